import { addressWord } from '../vmm/kernel-identity.js';

export const addressUnit = 'ch-golden-address.service';
export const cardUnit = 'ch-golden-address@.service';
export const addressEndUnit = 'ch-golden-address-end.service';
export const addressScript = '/usr/local/libexec/ch-golden/early-address';
export const addressEndScript = '/usr/local/libexec/ch-golden/early-address-end';
/** It is there once a card has the address. */
export const addressState = '/run/ch-golden-address';

/**
 * Gives a network card the address on the kernel's command line. Whatever configures the network waits for cloud-init's
 * first stage, and finds the same address in the seed later. The card is the one with the MAC address on the command
 * line, or else the first. If the script has no argument, udev must have named the card in the initramfs.
 *
 * The argument is not `ip=`. With that, the initramfs of Debian 13 also configures a card, and cloud-init then ignores
 * the network of the seed. And systemd-network-generator gives the address to all cards without a configuration.
 */
export const addressLines = [
  'read -r cmdline < /proc/cmdline',
  'found=',
  'set -f',
  'for word in $cmdline; do',
  `  case $word in ${addressWord}=*.*.*.*/*,*.*.*.*) found=\${word#*=} ;; esac`,
  'done',
  '[ -n "$found" ] || exit 0',
  'IFS=,',
  'set -- "$1" $found',
  'unset IFS',
  'set +f',
  'card= first=',
  'for entry in /sys/class/net/*; do',
  '  [ "$entry/device/driver" -ef /sys/bus/virtio/drivers/virtio_net ] || continue',
  '  read -r index < "$entry/ifindex" && read -r mac < "$entry/address" || continue',
  '  [ -z "$4" ] || [ "$4" = "$mac" ] || continue',
  '  [ -z "$first" ] || [ "$index" -lt "$first" ] || continue',
  '  first=$index card=${entry##*/}',
  'done',
  '[ -n "$card" ] || exit 0',
  'if [ -n "$1" ]; then [ "$1" = "$card" ]; else [ -e "/run/udev/data/n$first" ]; fi || exit 0',
  `mkdir ${addressState} 2> /dev/null || exit 0`,
  `echo "$card" > ${addressState}/card`,
  // As systemd-networkd sets both. Without the broadcast address, networkd 252 sets it again and again, then fails.
  // With another protocol of the route, networkd 257 removes it until it has set its own, and 252 keeps both.
  'printf "%s\\n" "link set dev $card up" "address replace $2 brd + dev $card" \\',
  '  "route replace default via $3 dev $card proto static" | ip -force -batch -',
];

/** ifupdown adds the address of the seed itself, and fails if the card already has it. */
export const addressEndLines = [
  `mkdir -p ${addressState}`,
  `[ -e ${addressState}/card ] || exit 0`,
  `read -r card < ${addressState}/card`,
  `rm ${addressState}/card`,
  'ip address flush dev "$card" scope global',
];

export const addressEndUnitLines = [
  '[Unit]',
  "Description=Leave the address from the kernel's command line to ifupdown",
  `ConditionKernelCommandLine=${addressWord}`,
  'DefaultDependencies=no',
  'After=network-pre.target',
  'Before=networking.service shutdown.target',
  'Conflicts=shutdown.target',
  '',
  '[Service]',
  'Type=oneshot',
  `ExecStart=-/bin/sh ${addressEndScript}`,
];

/** @param argument of the script */
export function addressUnitLines(description: string, argument: string): readonly string[] {
  return [
    '[Unit]',
    `Description=${description}`,
    `ConditionKernelCommandLine=${addressWord}`,
    `ConditionPathExists=!${addressState}`,
    'DefaultDependencies=no',
    'Before=network-pre.target systemd-networkd.service networking.service shutdown.target',
    'Conflicts=shutdown.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=-/bin/sh ${addressScript}${argument}`,
  ];
}
