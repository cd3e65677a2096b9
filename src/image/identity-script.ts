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
held_services=${warmGuest.heldServices}
network_owner=${warmGuest.networkOwner}
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
  [ -f "$1" ] || fail identity-file
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
  case $dns in ,* | *, | *,,*) fail dns ;; esac
  separators=$IFS
  IFS=,
  set -- $dns
  IFS=$separators
  servers=$*
  for server; do is_ipv4 "$server" || fail dns; done
}
`;

const names = String.raw`
# A UUID without its hyphens.
join_parts() (
  IFS=-
  set -- $1
  IFS=
  printf %s "$*"
)

# Files are written in place: a clone that fails is not used again.
set_names() {
  printf %s "$hostname" > /proc/sys/kernel/hostname || fail hostname
  echo "$hostname" > /etc/hostname || fail hostname
  read -r uuid < /proc/sys/kernel/random/uuid
  machine_id=$(join_parts "$uuid")
  echo "$machine_id" > /etc/machine-id || fail machine-id
  if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
    echo "$machine_id" > /var/lib/dbus/machine-id || fail machine-id
  fi
  read -r boot_id < /proc/sys/kernel/random/uuid
  echo "$boot_id" > "$state/boot-id" || fail boot-id
  mount --bind "$state/boot-id" /proc/sys/kernel/random/boot_id || fail boot-id
}

renew_random_seed() {
  random_seed=/var/lib/systemd/random-seed
  [ ! -e "$random_seed" ] || head -c 512 /dev/urandom > "$random_seed"
}
`;

const sshKeys = String.raw`
# New keys of the types that the template has, and no certificates of the old ones.
make_ssh_keys() {
  types=
  for old in /etc/ssh/ssh_host_*_key; do
    [ -f "$old" ] || continue
    type=${dollar}{old#/etc/ssh/ssh_host_}
    case ${dollar}{type%_key} in
      rsa | ecdsa | ed25519) types="$types ${dollar}{type%_key}" ;;
    esac
  done
  # Without the marker, a second seed starts nothing. The rest is what the template's boot has left for the next one.
  rm -f /etc/ssh/ssh_host_*_key* "$marker" /var/lib/systemd/credential.secret /var/lib/dhcp/*.lease* || fail remove
  for type in $types; do
    ssh-keygen -t "$type" -N '' -C "root@$hostname" -f "/etc/ssh/ssh_host_${dollar}{type}_key" > "$state/ssh-$type" ||
      fail generate
  done
}

# Sets fingerprint to " fingerprint=SHA256:...", or to nothing without a key. ssh-keygen has printed it.
find_ssh_fingerprint() {
  fingerprint=
  for type in ed25519 ecdsa rsa; do
    [ -f "$state/ssh-$type" ] || continue
    while read -r word _; do
      case $word in SHA256:*)
        fingerprint=" fingerprint=$word"
        return
        ;;
      esac
    done < "$state/ssh-$type"
  done
}

# SSH was stopped in the template. One that runs, started by a socket, has its keys already.
start_services() {
  [ ! -s "$held_services" ] || systemctl --no-block start $(cat "$held_services")
}

restart_ssh() {
  for unit in ssh.service sshd.service; do
    if is_active "$unit"; then
      systemctl restart "$unit"
      return
    fi
  done
}

ssh_state() { cksum /etc/ssh/ssh_host_*_key.pub /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* 2> /dev/null; }
`;

const network = String.raw`
find_card() {
  card=
  for device in /sys/class/net/*; do
    # Meanwhile it can get another name.
    read -r found < "$device/address" && [ "$found" = "$mac" ] && read -r index < "$device/ifindex" || continue
    card=${dollar}{device##*/}
  done 2> /dev/null
  [ -n "$card" ]
}

# udev records a card that it is about to rename, and again under its final name.
has_final_name() {
  [ -e "/run/udev/data/n$index" ] || return 1
  while read -r line; do
    [ "$line" != E:ID_RENAMING=1 ] || return 1
  done < "/run/udev/data/n$index"
}

wait_for_card() {
  tries=0
  until find_card && has_final_name; do
    tries=$((tries + 1))
    if [ "$tries" -gt 600 ]; then
      [ -n "$card" ] || fail no-card
      fail udev
    fi
    sleep 0.05
  done
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

# Hooks of ifupdown do not run for it, and it knows that the card is up.
configure_static() {
  {
    echo "link set dev $card up"
    echo "address replace $address dev $card"
    [ -z "$gateway" ] || echo "route replace default via $gateway dev $card"
  } | ip -batch - || return 1
  [ "$owner" != ifupdown ] || echo "$card=$card" >> /run/network/ifstate
}

request_lease() {
  if [ "$owner" = ifupdown ]; then
    echo "iface $card inet dhcp" > "$state/interfaces" && ifup --interfaces="$state/interfaces" "$card"
    return
  fi
  ip link set dev "$card" up && { dhclient -1 "$card" || dhcpcd -4 -1 "$card" || udhcpc -i "$card" -n -q; }
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

has_address() {
  set -- $(ip -4 -o address show dev "$card" scope global 2> /dev/null)
  actual=${dollar}{4:-}
  [ -n "$actual" ] && { [ "$address" = dhcp ] || [ "$actual" = "$address" ]; }
}

wait_for_address() {
  tries=0
  until has_address; do
    tries=$((tries + 1))
    [ "$tries" -le 1200 ] || fail no-address
    sleep 0.05
  done
}

# Whatever owns the cards of this image also owns this one: a second owner would remove its address, or fail.
set_network() {
  wait_for_card
  read -r owner < "$network_owner"
  if [ "$owner" = networkd ]; then
    write_networkd_file && systemctl restart systemd-networkd.service || fail networkd
    wait_for_address
  elif [ "$address" = dhcp ]; then
    request_lease || fail "$owner"
    wait_for_address
  else
    configure_static || fail "$owner"
    actual=$address
  fi
  set_dns || fail dns
}
`;

const daemon = String.raw`
# The control group says it sooner than systemctl.
find_daemon() {
  pid=
  read -r pid < "/sys/fs/cgroup/system.slice/$daemon_unit/cgroup.procs" ||
    pid=$(systemctl show -p MainPID --value "$daemon_unit")
  [ "/proc/$pid/exe" -ef "$daemon_binary" ]
} 2> /dev/null

# Sets sandbox_id to that of the process that runs now. Just after its start, a process is systemd's.
start_daemon() {
  systemctl restart "$daemon_unit" || fail start
  tries=0
  until find_daemon; do
    tries=$((tries + 1))
    [ "$tries" -le 200 ] || fail no-process
    sleep 0.05
  done
  sandbox_id=$(sed -nz 's/^DAYTONA_SANDBOX_ID=//p' "/proc/$pid/environ") || fail no-process
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
[ -d "$state/seed" ] || mkdir -p "$state/seed"
mount -t iso9660 -o ro,nosuid,nodev,noexec "$1" "$state/seed" || fail seed
read_identity "$state/seed/$identity_file"
record start ''

step=reseeded
"$reseed" < "$state/seed/$entropy_file" || fail entropy
record reseeded ''

step=names
set_names
record names " hostname=$hostname machine-id=$machine_id boot-id=$boot_id"

step=ssh-keys
make_ssh_keys
find_ssh_fingerprint

step=network
set_network
record network " mac=$mac address=$actual"

step=ssh-keys
record ssh-keys "$fingerprint"

step=daemon
start_daemon
record daemon "${dollar}{sandbox_id:+ sandbox-id=$sandbox_id}"
record ready ''
ready=yes

step=cloud-init
start_services || fail services
umount "$state/seed" && renew_random_seed || fail leftovers
# It had opened the journal of the template's machine ID.
systemctl restart systemd-journald.service
run_cloud_init
record cloud-init " status=$status"

step=done
restart_timers || fail timers
record done ''
ended=yes
`;
