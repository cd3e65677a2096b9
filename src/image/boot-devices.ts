/**
 * At each boot, systemd-udev-trigger.service makes the kernel announce all of its devices to udev again. On one
 * emulated CPU, udev takes 7 s for them. Most are virtual consoles, memory, CPUs and ACPI objects, which no unit waits
 * for. They are added once the boot has finished.
 */

export const deviceUnit = 'systemd-udev-trigger.service';
export const lateDevicesUnit = 'ch-golden-devices.service';
export const lateDevicesScript = '/usr/local/libexec/ch-golden/late-devices';

/** Subsystems whose devices no unit and no network card needs. */
const lateSubsystems = [
  'acpi',
  'bdi',
  'clockevents',
  'clocksource',
  'cpu',
  'cpuid',
  'dmi',
  'event_source',
  'mem',
  'memory',
  'msr',
  'node',
  'tty',
  'vc',
  'vtconsole',
  'workqueue',
];

const trigger = '/bin/udevadm trigger --action=add';

function option(name: string, values: readonly string[]): string {
  return values.map((value) => ` --${name}=${value}`).join('');
}

/** Terminals that units wait for, as in udev's 99-systemd.rules, and the power button. */
const earlyTerminals =
  option('subsystem-match', ['tty', 'acpi']) +
  option('sysname-match', ['tty[a-zA-Z]*', 'hvc*', 'xvc*', 'hvsi*', 'sclp_line*', 'LNXPWRBN*', 'PNP0C0C*']);

/** A drop-in. Only options that systemd 237 and newer have. */
export const earlyDevicesLines: readonly string[] = [
  '[Service]',
  'ExecStart=',
  // What most of the boot waits for.
  `ExecStart=-${trigger} --type=devices${option('subsystem-match', ['block', 'net'])}`,
  `ExecStart=-${trigger} --type=devices${earlyTerminals}`,
  `ExecStart=-${trigger} --type=devices${option('subsystem-nomatch', ['block', 'net', ...lateSubsystems])}`,
];

export const lateDevicesUnitLines: readonly string[] = [
  '[Unit]',
  'Description=Add devices that the boot does not need',
  'ConditionPathIsReadWrite=/sys',
  '',
  '[Service]',
  // Its wait takes CPU time, too.
  'StartupCPUWeight=1',
  `ExecStart=-/bin/sh ${lateDevicesScript}`,
  '',
  '[Install]',
  'WantedBy=multi-user.target',
];

/** The unit counts as started before it waits, so the boot does not wait for it. */
export const lateDevicesScriptLines: readonly string[] = [
  'timeout 300 systemctl is-system-running --wait > /dev/null',
  `${trigger} --type=subsystems`,
  `${trigger} --type=devices${option('subsystem-match', lateSubsystems)}`,
];

/** Modules that are loaded when a program opens their device or mounts their filesystem, or with a driver. */
export const lateModules = ['configfs', 'dm_mod', 'drm', 'efi_pstore', 'fuse', 'loop'] as const;

/**
 * A drop-in for the unit that loads a module, so that it does nothing. Not a mask: mount units require it. If the VM
 * has EFI, efi_pstore is still loaded at boot: crash dumps in EFI variables are collected then.
 */
export function lateModuleLines(module: (typeof lateModules)[number]): readonly string[] {
  return ['[Unit]', `ConditionPathExists=${module === 'efi_pstore' ? '/sys/firmware/efi' : '!/sys'}`];
}

/** Of the script in the initramfs that starts udev. */
const scriptPath = /^(?:\.\/)?scripts\/init-top\/udev$/;
const allSubsystems = 'udevadm trigger --type=subsystems --action=add\n';
const allDevices = 'udevadm trigger --type=devices --action=add\n';
/** What can have a disk or a network card. Devices that are found on these are new, so the kernel announces them. */
const initramfsSubsystems = ['block', 'net', 'pci', 'platform', 'virtio'];

/**
 * The script that starts udev in an initramfs, changed to add only the devices that its modules can drive.
 * @returns undefined for any other file, and for a script that is not as expected
 */
export function tryTrimTrigger(path: string, content: Buffer | string): string | undefined {
  if (!scriptPath.test(path)) return undefined;
  const text = content.toString();
  if (text.split(allDevices).length !== 2) return undefined;
  const fewer = `udevadm trigger --type=devices --action=add${option('subsystem-match', initramfsSubsystems)}\n`;
  return text.replace(allSubsystems, '').replace(allDevices, fewer);
}
