import { awaitConsole } from '../../vmm/guest-console.js';
import { warmGuest } from '../../vmm/identity-records.js';
import { toYaml } from '../../vmm/seed-iso.js';

/** The daemon's port. */
export const daemonPort = 2280;

/** Also its instance ID. */
export const templateHostname = 'ch-golden-template';

const scriptPath = '/run/ch-golden/template-probe';

/**
 * Runs in the template, with a POSIX shell and coreutils. A getty on the console would write between our lines, in
 * every clone. The address of a listening socket ends with the port in hexadecimal: proc_net_tcp(5).
 */
const probe = String.raw`#!/bin/sh
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
systemctl mask --runtime --now serial-getty@hvc0.service
${awaitConsole}
record() { read -r up _ < /proc/uptime; printf '\nch-golden/1 %s %s%s\n' "$1" "$up" "$2" > /dev/hvc0; }
fail() { record failed " step=template-ready reason=$1"; exit 1; }
for program in ${warmGuest.directory}/identity ${warmGuest.directory}/reseed ${warmGuest.prepareTemplate}; do
  [ -x "$program" ] || fail no-identity
done
state=$(systemctl is-system-running --wait)
if [ "$state" != running ]; then
  systemctl --failed --no-legend --plain > /dev/console
  fail "boot-$state"
fi
cloud-init status --wait > /dev/null 2>&1
case $? in 0 | 2) ;; *) fail cloud-init ;; esac
port=${daemonPort.toString(16).toUpperCase().padStart(4, '0')}
listens() { grep -q "^ *[0-9]*: [0-9A-F]*:$port [0-9A-F:]* 0A" /proc/net/tcp /proc/net/tcp6 2> /dev/null; }
tries=0
until listens; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] || fail daemon
  sleep 1
done
read -r host < /proc/sys/kernel/hostname
read -r machine_id < /etc/machine-id
read -r boot_id < /proc/sys/kernel/random/boot_id
fingerprint=
key=/etc/ssh/ssh_host_ed25519_key.pub
[ ! -f $key ] || fingerprint=" fingerprint=$(ssh-keygen -l -f $key | cut -d ' ' -f 2)"
${warmGuest.prepareTemplate} || fail prepare
record template-ready " hostname=$host machine-id=$machine_id boot-id=$boot_id$fingerprint"
`;

/**
 * Appended to the kernel command line of a template: without a network card, this service would wait two minutes and
 * fail. A guest that reboots gets the command line of its version.
 */
export const templateCmdline = 'systemd.mask=systemd-networkd-wait-online.service';

/** The seed of a template: nothing of a VM is in it. */
export function templateSeedFiles(): Readonly<Record<string, string>> {
  const prepare =
    `mkdir -p /run/ch-golden && : > ${warmGuest.marker} && printf %s "$1" > ${scriptPath} && ` +
    `systemd-run --no-block --collect --unit=ch-golden-template sh ${scriptPath}`;
  // Clones get keys of the types that the template has: one of this type is made in milliseconds.
  const userData = { ssh_genkeytypes: ['ed25519'], bootcmd: [['sh', '-c', prepare, 'sh', probe]] };
  return {
    'meta-data': toYaml({ 'instance-id': templateHostname, 'local-hostname': templateHostname }),
    'network-config': toYaml({ config: 'disabled' }),
    'user-data': `#cloud-config\n${toYaml(userData)}`,
  };
}
