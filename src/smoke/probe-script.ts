import { quoteShell } from '../platform/process/shell.js';
import { awaitConsole } from '../vmm/guest-console.js';

/** What the probe of one clone must find out. */
export interface GuestProbeRequest {
  /** The daemon's unit. */
  readonly unit: string;
  /** The daemon's port in the guest. */
  readonly port: number;
  /** Indices of the golden disk's chunks to hash. */
  readonly chunks: readonly number[];
  readonly chunkSize: number;
  readonly killDaemon: boolean;
}

/** The serial of the disk that the probe hashes. */
export const goldenSerial = 'golden';

/**
 * The shell script that runs in the guest and reports on `/dev/hvc0`; probe-state.ts reads it. It needs only a POSIX
 * shell and coreutils, because an image need not have Python, jq or curl.
 */
export function writeProbeScript(request: GuestProbeRequest): string {
  return `#!/bin/sh
unit=${quoteShell(request.unit)}
port=${quoteShell(request.port.toString(16).toUpperCase().padStart(4, '0'))}
chunks=${quoteShell(request.chunks.join(' '))}
chunk_size=${request.chunkSize}
kill_daemon=${request.killDaemon ? 'yes' : 'no'}
golden=/dev/disk/by-id/virtio-${goldenSerial}
${script}`;
}

const script = String.raw`
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_COLORS=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Reads lines "KEY VALUE" and writes them as JSON, one object a line, between two markers.
# Reopens the console for each block, because a getty that starts on it hangs up everyone who has it open.
report() {
  {
    echo
    echo "@@ch-golden begin $1"
    tr '\000-\011\013-\037\177' ' ' | cut -b 1-1500 | sed -e 's/[\\"]/\\&/g' -e 's/^\([^ ]*\) *\(.*\)$/{"\1":"\2"}/'
    echo "@@ch-golden end $1"
  } > /dev/hvc0
}

# LOCAL-ADDRESS:PORT INODE of every listening TCP socket, in hexadecimal as the kernel prints them.
listeners() {
  cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | while read -r _ local _ state _ _ _ _ _ inode _; do
    if [ "$state" = 0A ]; then echo "$local $inode"; fi
  done
}

listening() { listeners | grep -q ":$port "; }

# Hundredths of a second since the kernel's start.
uptime_ticks() {
  IFS='. ' read -r seconds part _ < /proc/uptime
  echo $((seconds * 100 + 1$part - 100))
}

# When the daemon first closed an answered connection, in hundredths of a second since the kernel's start. Linux lists
# such a connection for 60 s (TCP_TIMEWAIT_LEN), with the hundredths that are left. After 50 s the first may be gone.
find_answer() {
  [ -z "$answered" ] || return 0
  now_ticks=$(uptime_ticks)
  for left in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null |
    sed -n "s/^ *[0-9]*: [0-9A-F]*:$port [0-9A-F:]* 06 [0-9A-F:]* 03:\([0-9A-F]*\) .*/\1/p"); do
    at=$((now_ticks - 6000 + 0x$left))
    [ -n "$answered" ] && [ "$answered" -le "$at" ] || answered=$at
  done
  [ -z "$answered" ] || [ "$answered" -ge $((now_ticks - 5000)) ] || answered=unknown
}

# The smoke test checks a daemon that listens several times a second.
await_answer() {
  for _ in 1 2 3 4 5; do
    find_answer
    [ -z "$answered" ] && listening || return 0
    sleep 1
  done
}

main_pid() { systemctl show -p MainPID --value "$unit"; }

# The journal takes an emulated guest a second: read it only if the daemon has a problem.
status() {
  properties=$(systemctl show -p LoadState -p UnitFileState -p ActiveState -p SubState -p Result -p ExecMainCode \
    -p ExecMainStatus -p NRestarts -p ControlGroup "$unit")
  {
    echo "$properties" | sed 's/=/ /'
    listeners | sed 's/^/listen /'
    group=$(echo "$properties" | sed -n 's/^ControlGroup=//p')
    if [ -n "$group" ]; then
      cgroups=/sys/fs/cgroup
      for pid in $(cat "$cgroups$group/cgroup.procs" "$cgroups/systemd$group/cgroup.procs" 2> /dev/null); do
        ls -l "/proc/$pid/fd" 2> /dev/null | sed -n 's/.*socket:\[\([0-9]*\)\].*/socket \1/p'
      done
    fi
    [ "$(echo "$properties" | grep -c -e '^SubState=running$' -e '^NRestarts=0$')" -eq 2 ] ||
      journalctl -u "$unit" -n 12 -o cat --no-pager 2> /dev/null | sed 's/^/journal /'
  } | report status
}

# Reports the daemon's state at growing intervals until a command succeeds. The boot needs the CPU more than we do.
status_until() {
  pause=1
  until "$@"; do
    find_answer
    status
    sleep "$pause"
    [ "$pause" -ge 8 ] || pause=$((pause + 1))
  done
}

booted() {
  [ -e /run/cloud-init/result.json ] || return 1
  case $(systemctl is-system-running) in initializing | starting) return 1 ;; esac
}

identity() {
  {
    echo "machine-id $(cat /etc/machine-id)"
    echo "boot-id $(cat /proc/sys/kernel/random/boot_id)"
    echo "hostname $(uname -n)"
    tr '\000' '\n' < "/proc/$(main_pid)/environ" 2> /dev/null | sed -n 's/^DAYTONA_SANDBOX_ID=/sandbox-id /p'
    echo "kernel $(uname -r)"
    for key in /etc/ssh/ssh_host_*_key.pub; do
      [ ! -e "$key" ] || ssh-keygen -l -f "$key" | sed 's/^[0-9]* \([^ ]*\) .*/host-key \1/'
    done
    networkctl status --all --no-pager 2> /dev/null | sed -n 's/.*DHCP6 Client DUID: */duid /p'
    sed -n 's/^ *DUIDRawData=/duid /p' /etc/systemd/networkd.conf /etc/systemd/networkd.conf.d/*.conf 2> /dev/null
    sed -n 's/^ *default-duid */duid /p' /var/lib/dhcp/*.leases 2> /dev/null
    sed 's/^/duid /' /var/lib/dhcpcd/duid 2> /dev/null
    ip -o addr show scope global 2> /dev/null | sed -n 's/.* inet6\{0,1\} \([^ ]*\) .*/address \1/p'
    systemctl list-units --failed --no-legend --plain --no-pager | sed 's/^\([^ ]*\).*/failed-unit \1/'
    echo "answered-ticks $answered"
    echo "cloud-init $(cat /run/cloud-init/result.json | tr '\n' ' ')"
    dmesg | sed -n 's/^\[ *\([0-9.]*\)\] Run \/init as init process.*/initramfs-seconds \1/p'
    systemctl show -p UserspaceTimestampMonotonic -p FinishTimestampMonotonic | sed 's/=/ /'
    systemctl show -p ActiveEnterTimestampMonotonic "$unit" | sed 's/=/ /'
    slow=$(systemd-analyze blame --no-pager 2> /dev/null | head -n 10)
    echo "$slow" | sed 's/^ */slow-unit /'
    # Split into words: unit names have no spaces.
    systemctl show -p InactiveExitTimestampMonotonic --value $(echo "$slow" | sed 's/.* //') |
      sed -e '/^$/d' -e 's/^/slow-unit-start /'
  } | report identity
}

content() {
  for chunk in $chunks; do
    digest=$(dd if="$golden" bs="$chunk_size" skip="$chunk" count=1 iflag=fullblock 2> /dev/null | sha256sum)
    echo "chunk $chunk $digest" | sed 's/ *-$//'
  done | report content
}

restarted() {
  now=$(main_pid)
  [ "$now" != 0 ] && [ "$now" != "$before" ] && listening
}

restart() {
  status_until listening
  before=$(main_pid)
  echo "pid $before" | report killed
  systemctl kill -s KILL "$unit"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    restarted && break
    sleep 0.2
  done
  status_until restarted
  echo "pid $now" | report restarted
}

${awaitConsole}
systemctl stop serial-getty@hvc0.service 2> /dev/null
answered=
status_until booted
await_answer
identity
[ -z "$chunks" ] || content
[ "$kill_daemon" = no ] || restart
status_until false
`;
