import { identityFile, entropyFile, identityProtocol, warmGuest } from '../vmm/identity-records.js';

/** What the script has to know of the image. */
export interface IdentityScriptRequest {
  readonly daemonUnit: string;
  readonly daemonBinary: string;
}

/**
 * The script that gives a clone of a warm template its own identity: docs/explanation/warm-starts.md has the steps and
 * the reason of each. It needs a POSIX shell, coreutils, iproute2 and systemd. OpenSSH and cloud-init are optional.
 *
 * The card is configured after everything that other machines could see is new. So nobody reaches the daemon or the SSH
 * server while they have what all clones of the template share.
 */
export function writeIdentityScript({ daemonUnit, daemonBinary }: IdentityScriptRequest): string {
  return `#!/bin/sh
# Gives a clone of a warm template its own identity, from the seed in $1. Written by ch-golden.
daemon_unit=${daemonUnit}
daemon_binary=${daemonBinary}
prefix=ch-golden/${identityProtocol}
protocol_number=${identityProtocol}
marker=${warmGuest.marker}
held_timers=${warmGuest.heldTimers}
reseed=${warmGuest.directory}/reseed
identity_file=${identityFile}
entropy_file=${entropyFile}
${[common, readSeed, names, sshKeys, network, daemon, cloudInit, timers, main].join('\n')}`;
}

const common = String.raw`
set -u
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_COLORS=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
state=/run/ch-golden
step=start
ready=no
ended=no
card=

# Opens the console for each record: a getty that starts on it hangs up everyone who has it open. In a subshell,
# because the console becomes the terminal of a session leader that opens it.
record() {
  read -r uptime _ < /proc/uptime
  (printf '\n%s\n' "$prefix $1 $uptime$2" > /dev/hvc0)
}

# Until the clone is handed over, a failure leaves neither a network nor a daemon.
fail() {
  ended=yes
  if [ "$ready" = no ]; then
    [ -z "$card" ] || ip link set dev "$card" down
    systemctl --no-block stop "$daemon_unit"
  fi
  record failed " step=$step reason=$1"
  exit 1
}

trap '[ "$ended" = yes ] || fail unexpected' EXIT
trap 'exit 1' HUP INT TERM

# Writes a file of one line, at once if it is not mounted over.
replace() {
  rm -f "$1.ch-golden"
  if printf '%s\n' "$2" > "$1.ch-golden" && chmod "$3" "$1.ch-golden" && mv -f "$1.ch-golden" "$1" 2> /dev/null; then
    return
  fi
  rm -f "$1.ch-golden"
  printf '%s\n' "$2" > "$1"
}

is_active() { systemctl is-active --quiet "$1"; }
`;

/** Of expansions with braces, which would be JavaScript's. */
const dollar = '$';

const readSeed = String.raw`
is_ipv4() {
  case $1 in '' | *[!0-9.]* | .* | *. | *..*) return 1 ;; esac
  separators=$IFS
  IFS=.
  set -- $1
  IFS=$separators
  [ $# = 4 ] || return 1
  for part; do
    [ ${dollar}{#part} -le 3 ] && [ "$part" -le 255 ] || return 1
  done
}

is_name() {
  case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 1 ;; esac
  [ ${dollar}{#1} -le 63 ]
}

is_mac() {
  byte='[0-9a-f][0-9a-f]'
  case $1 in $byte:$byte:$byte:$byte:$byte:$byte) ;; *) return 1 ;; esac
}

# Sets the variables below from a file whose every line it knows.
read_identity() {
  protocol= instance_id= hostname= mac= address= gateway= dns= position=0
  [ -f "$1" ] && [ "$(wc -c < "$1")" -le 4096 ] || fail identity-file
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *=*) ;; *) fail identity-line ;; esac
    value=${dollar}{line#*=}
    case $value in '' | *[!A-Za-z0-9.:/,_-]*) fail identity-value ;; esac
    [ ${dollar}{#value} -le 253 ] || fail identity-value
    before=$position
    case ${dollar}{line%%=*} in
      protocol) protocol=$value position=1 ;;
      instance-id) instance_id=$value position=2 ;;
      hostname) hostname=$value position=3 ;;
      mac) mac=$value position=4 ;;
      address) address=$value position=5 ;;
      gateway) gateway=$value position=6 ;;
      dns) dns=$value position=7 ;;
      *) fail identity-key ;;
    esac
    [ "$position" -gt "$before" ] || fail identity-order
  done < "$1"
  check_identity
}

check_identity() {
  [ "$protocol" = "$protocol_number" ] || fail protocol
  is_name "$instance_id" || fail instance-id
  is_name "$hostname" || fail hostname
  is_mac "$mac" || fail mac
  if [ "$address" != dhcp ]; then
    is_ipv4 "${dollar}{address%/*}" || fail address
    case ${dollar}{address##*/} in [1-9] | [12][0-9] | 3[0-2]) ;; *) fail address ;; esac
  fi
  [ -z "$gateway" ] || is_ipv4 "$gateway" || fail gateway
  servers=$(printf %s "$dns" | tr , ' ')
  case $dns in ,* | *, | *,,*) fail dns ;; esac
  for server in $servers; do is_ipv4 "$server" || fail dns; done
}
`;

const names = String.raw`
set_names() {
  printf %s "$hostname" > /proc/sys/kernel/hostname || fail hostname
  replace /etc/hostname "$hostname" 644 || fail hostname
  read -r uuid < /proc/sys/kernel/random/uuid
  machine_id=$(printf %s "$uuid" | tr -d -)
  replace /etc/machine-id "$machine_id" 444 || fail machine-id
  if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
    replace /var/lib/dbus/machine-id "$machine_id" 644 || fail machine-id
  fi
  read -r boot_id < /proc/sys/kernel/random/uuid
  replace "$state/boot-id" "$boot_id" 444 || fail boot-id
  mount --bind "$state/boot-id" /proc/sys/kernel/random/boot_id || fail boot-id
  # What the template's boot has left for the next one.
  random_seed=/var/lib/systemd/random-seed
  [ ! -e "$random_seed" ] || head -c 512 /dev/urandom > "$random_seed" || fail random-seed
  rm -f /var/lib/systemd/credential.secret /var/lib/dhcp/*.lease* || fail leftovers
  # From here on a second seed starts nothing.
  rm "$marker" || fail marker
}
`;

const sshKeys = String.raw`
# New keys of the types that the template has, in a directory that only root reads.
make_ssh_keys() {
  rm -rf "$state/keys" && mkdir -m 700 "$state/keys" || return 1
  for old in /etc/ssh/ssh_host_*_key; do
    [ -f "$old" ] || continue
    type=${dollar}{old#/etc/ssh/ssh_host_}
    case ${dollar}{type%_key} in
      rsa | ecdsa | ed25519)
        ssh-keygen -q -t "${dollar}{type%_key}" -N '' -C "root@$hostname" -f "$state/keys/ssh_host_$type" || return 1
        ;;
    esac
  done
}

restart_ssh() {
  for unit in ssh.service sshd.service; do
    if is_active "$unit"; then
      systemctl restart "$unit"
      return
    fi
  done
}

install_ssh_keys() {
  rm -f /etc/ssh/ssh_host_*_key* || return 1
  for new in "$state/keys/"*; do
    [ ! -f "$new" ] || mv "$new" /etc/ssh/ || return 1
  done
  rmdir "$state/keys" && restart_ssh
}

# " fingerprint=SHA256:...", or nothing without a key.
ssh_fingerprint() {
  for type in ed25519 ecdsa rsa; do
    [ -f "/etc/ssh/ssh_host_${dollar}{type}_key.pub" ] || continue
    set -- $(ssh-keygen -l -E sha256 -f "/etc/ssh/ssh_host_${dollar}{type}_key.pub")
    echo " fingerprint=$2"
    return
  done
}

ssh_state() { cksum /etc/ssh/ssh_host_*_key.pub /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* 2> /dev/null; }
`;

const network = String.raw`
find_card() {
  card=
  for device in /sys/class/net/*; do
    read -r found < "$device/address" || continue
    [ "$found" != "$mac" ] || card=${dollar}{device##*/}
  done 2> /dev/null
  [ -n "$card" ]
}

wait_for_card() {
  tries=0
  until find_card; do
    tries=$((tries + 1))
    [ "$tries" -le 600 ] || fail no-card
    sleep 0.05
  done
  # It may be about to get its final name.
  udevadm settle --timeout=30 || fail udev
  find_card || fail no-card
}

# The client identifier: the default is made of the machine ID that networkd had read in the template.
write_networkd_file() {
  mkdir -p /run/systemd/network || return 1
  {
    printf '[Match]\nMACAddress=%s\n\n[Network]\n' "$mac"
    if [ "$address" = dhcp ]; then
      echo DHCP=ipv4
    else
      echo "Address=$address"
      [ -z "$gateway" ] || echo "Gateway=$gateway"
    fi
    for server in $servers; do echo "DNS=$server"; done
    [ "$address" != dhcp ] || printf '\n[DHCPv4]\nClientIdentifier=mac\n'
  } > /run/systemd/network/05-ch-golden.network
}

write_interfaces_file() {
  {
    if [ "$address" = dhcp ]; then
      echo "iface $card inet dhcp"
    else
      echo "iface $card inet static"
      echo "  address $address"
      [ -z "$gateway" ] || echo "  gateway $gateway"
    fi
  } > "$state/interfaces"
}

configure_directly() {
  ip link set dev "$card" up || return 1
  if [ "$address" = dhcp ]; then
    dhclient -1 "$card" || dhcpcd -4 -1 "$card" || udhcpc -i "$card" -n -q
    return
  fi
  ip address replace "$address" dev "$card" || return 1
  [ -z "$gateway" ] || ip route replace default via "$gateway" dev "$card"
}

set_dns() {
  [ -n "$servers" ] || return 0
  if is_active systemd-resolved.service; then
    # networkd tells it.
    [ "$owner" = networkd ] || resolvectl dns "$card" $servers
  elif [ ! -L /etc/resolv.conf ]; then
    for server in $servers; do echo "nameserver $server"; done > /etc/resolv.conf
  fi
}

# Whatever owns the cards of this image also owns this one: a second owner would remove its address, or fail.
find_owner() {
  if is_active systemd-networkd.service; then
    owner=networkd
  elif command -v ifup > /dev/null && is_active networking.service; then
    owner=ifupdown
  elif [ -x /lib/systemd/systemd-networkd ] || [ -x /usr/lib/systemd/systemd-networkd ]; then
    owner=networkd
  else
    owner=none
  fi
}

has_address() {
  set -- $(ip -4 -o address show dev "$card" scope global 2> /dev/null)
  actual=${dollar}{4:-}
  [ -n "$actual" ] && { [ "$address" = dhcp ] || [ "$actual" = "$address" ]; }
}

set_network() {
  wait_for_card
  find_owner
  case $owner in
    networkd) write_networkd_file && systemctl restart systemd-networkd.service ;;
    ifupdown) write_interfaces_file && ifup --interfaces="$state/interfaces" "$card" ;;
    none) configure_directly ;;
  esac || fail "$owner"
  tries=0
  until has_address; do
    tries=$((tries + 1))
    [ "$tries" -le 1200 ] || fail no-address
    sleep 0.05
  done
  set_dns || fail dns
}
`;

const daemon = String.raw`
# Sets sandbox_id to that of the process that runs now. Just after the start the process is systemd's.
start_daemon() {
  systemctl start "$daemon_unit" || fail start
  tries=0
  until
    pid=$(systemctl show -p MainPID --value "$daemon_unit")
    [ "$(readlink "/proc/$pid/exe")" = "$(readlink -f "$daemon_binary")" ]
  do
    tries=$((tries + 1))
    [ "$tries" -le 200 ] || fail no-process
    sleep 0.05
  done
  sandbox_id=$(tr '\000' '\n' < "/proc/$pid/environ" | sed -n 's/^DAYTONA_SANDBOX_ID=//p') || fail no-process
  case $sandbox_id in *[!A-Za-z0-9.:/,_-]*) fail sandbox-id ;; esac
  [ ${dollar}{#sandbox_id} -le 253 ] || fail sandbox-id
}
`;

const cloudInit = String.raw`
# The stages of a first boot: the new instance ID makes cloud-init run everything again that it does once an instance.
# Its host keys are those that exist now, and those that the new seed names.
run_cloud_init() {
  if ! command -v cloud-init > /dev/null; then
    status=missing
    return
  fi
  if [ -e /etc/cloud/cloud-init.disabled ] || [ -e /run/cloud-init/disabled ]; then
    status=disabled
    return
  fi
  status=done
  # Within a boot, cloud-init trusts the data source that it has found, and renders the network once.
  rm -rf /var/lib/cloud/instance /run/cloud-init/.instance-id /run/cloud-init/sem || fail cache
  mkdir -p /run/cloud-init && printf '\nssh_deletekeys: false\n' >> /run/cloud-init/cloud.cfg || fail configuration
  ssh_before=$(ssh_state)
  cloud-init init --local < /dev/null || status=error
  read -r instance < /var/lib/cloud/data/instance-id
  [ "$instance" = "$instance_id" ] || fail instance-id
  cloud-init init < /dev/null || status=error
  [ "$(ssh_state)" = "$ssh_before" ] || restart_ssh || status=error
  cloud-init modules --mode=config < /dev/null || status=error
  cloud-init modules --mode=final < /dev/null || status=error
  cloud-init status > /dev/null
  case $? in 0) ;; 2) [ "$status" = error ] || status=degraded ;; *) status=error ;; esac
}
`;

const timers = String.raw`
# A timer has no past in a VM that was booted cold, and would catch up on nothing.
restart_timers() {
  [ -s "$held_timers" ] || return 0
  for stamp in /var/lib/systemd/timers/stamp-*; do
    [ ! -e "$stamp" ] || touch "$stamp" || return 1
  done
  delay=$(($(od -An -N2 -tu2 /dev/urandom) % 900))
  systemd-run --quiet --unit=ch-golden-timers --on-active="${dollar}{delay}s" --timer-property=AccuracySec=1s \
    systemctl start $(cat "$held_timers")
}
`;

const main = String.raw`
mkdir -p "$state/seed" && mount -t iso9660 -o ro,nosuid,nodev,noexec "$1" "$state/seed" || fail seed
read_identity "$state/seed/$identity_file"
record start ''

step=reseeded
systemctl stop "$daemon_unit" &
stop_daemon=$!
"$reseed" < "$state/seed/$entropy_file" || fail entropy
umount "$state/seed" || fail seed
record reseeded ''

step=names
make_ssh_keys &
make_ssh_keys=$!
set_names
record names " hostname=$hostname machine-id=$machine_id boot-id=$boot_id"

step=ssh-keys
wait "$make_ssh_keys" || fail generate
install_ssh_keys || fail install

step=daemon
wait "$stop_daemon" || fail stop

step=network
set_network
record network " mac=$mac address=$actual"

step=ssh-keys
fingerprint=$(ssh_fingerprint) || fail fingerprint
record ssh-keys "$fingerprint"

step=daemon
start_daemon
record daemon "${dollar}{sandbox_id:+ sandbox-id=$sandbox_id}"
record ready ''
ready=yes

step=cloud-init
# It had opened the journal of the template's machine ID.
systemctl restart systemd-journald.service
run_cloud_init
record cloud-init " status=$status"

step=done
restart_timers || fail timers
record done ''
ended=yes
`;

/**
 * Stops the timers of a template before its snapshot. In a clone, all that became due since then would run at once, and
 * in all clones at the same time. The identity script starts them again.
 */
export const holdTimersScript = `#!/bin/sh
# Stops all timers of a warm template before its snapshot. Its clones start them again. Written by ch-golden.
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_COLORS=0 PATH=/usr/sbin:/usr/bin:/sbin:/bin
set -e
mkdir -p /run/ch-golden
systemctl list-units --type=timer --state=active --plain --no-legend | while read -r unit _; do
  echo "$unit"
done > ${warmGuest.heldTimers}
[ ! -s ${warmGuest.heldTimers} ] || systemctl stop $(cat ${warmGuest.heldTimers})
`;
