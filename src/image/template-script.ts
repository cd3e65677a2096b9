import { warmGuest } from '../vmm/identity-records.js';

/** Programs that a clone runs until it is ready, if the image has them. */
const early = ['mount', 'rm', 'sed', 'sleep', 'ip', 'systemctl', 'ssh-keygen', 'ifup', 'dhclient', 'dhcpcd', 'udhcpc'];

/**
 * The script that prepares a warm template for its snapshot: docs/explanation/warm-starts.md has the reasons. It needs
 * what the identity script needs.
 */
export function writeTemplateScript({ daemonUnit }: { readonly daemonUnit: string }): string {
  return `#!/bin/sh
# Prepares a warm template for its snapshot. Written by ch-golden.
daemon_unit=${daemonUnit}
directory=${warmGuest.directory}
held_timers=${warmGuest.heldTimers}
held_services=${warmGuest.heldServices}
network_owner=${warmGuest.networkOwner}
zeros=/run/ch-golden/zeros
early="${early.join(' ')}"
${script}`;
}

const script = String.raw`
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_COLORS=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
set -e

is_active() { systemctl is-active --quiet "$1"; }

# In a clone, all timers that became due since then would run at once, and in all clones at the same time.
hold_timers() {
  systemctl list-units --type=timer --state=active --plain --no-legend | while read -r unit _; do
    echo "$unit"
  done > "$held_timers"
  [ ! -s "$held_timers" ] || systemctl stop $(cat "$held_timers")
}

# Services that each clone starts afresh.
hold_services() {
  for unit in ssh.service sshd.service; do
    if is_active "$unit"; then
      echo "$unit"
      break
    fi
  done > "$held_services"
  systemctl stop "$daemon_unit" $(cat "$held_services")
}

find_network_owner() {
  if is_active systemd-networkd.service; then
    echo networkd
  elif command -v ifup > /dev/null && is_active networking.service; then
    echo ifupdown
  elif [ -x /lib/systemd/systemd-networkd ] || [ -x /usr/lib/systemd/systemd-networkd ]; then
    echo networkd
  else
    echo none
  fi
}

# Reads files that exist.
load() {
  for file; do
    [ ! -f "$file" ] || cat "$file" > /dev/null
  done
}

load_early() {
  load "$directory"/*
  for name in $early; do
    program=$(command -v "$name") || continue
    load "$program" $(ldd "$program" 2> /dev/null | grep -o '/[^ )]*')
  done
}

# Free memory is still full of what was in it, and each clone would get a copy of that.
zero_free_memory() {
  free=$(sed -n 's/^MemFree: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  # Some has to stay free. A boot uses less than 2 GiB.
  mebibytes=$((free / 1024 - free / 16384 - 16))
  [ "$mebibytes" -le 2048 ] || mebibytes=2048
  [ "$mebibytes" -gt 0 ] && mkdir -p "$zeros" && mount -t tmpfs -o mode=700,size=3g none "$zeros" || return 0
  dd if=/dev/zero of="$zeros/zeros" bs=1M count="$mebibytes" 2> /dev/null || :
  umount "$zeros"
}

mkdir -p /run/ch-golden/seed
find_network_owner > "$network_owner"
hold_timers
sync
# Services still run: what they have loaded stays.
echo 3 > /proc/sys/vm/drop_caches
load_early
hold_services
sync
zero_free_memory
`;
