import type { Release } from '../../platform/cloud-hypervisor-release.js';
import type { GuestNetwork, MachineSpec } from '../machine.js';
import { describeVm, type DiskConfig } from './vm-config.js';

/** Of the host's end of a tap. */
const mask = '255.255.255.0';

/** The command line for what `vm.create` is sent: the same machine without the API. A guest of a bridge gets a tap that nothing is behind. */
export function cloudHypervisorArguments(spec: MachineSpec, release: Release, guestNetwork: GuestNetwork): readonly string[] {
  const ip = guestNetwork === 'dhcp' ? '192.168.249.1' : guestNetwork.gateway;
  const vm = describeVm(spec, release, { hostEnd: { ip, mask }, serialFile: 'serial.log', virtioFile: 'hvc0.log' });
  return [
    '--kernel', vm.payload.kernel,
    ...(vm.payload.initramfs === undefined ? [] : ['--initramfs', vm.payload.initramfs]),
    '--cmdline', vm.payload.cmdline,
    '--cpus', `boot=${vm.cpus.boot_vcpus},max=${vm.cpus.max_vcpus}`,
    '--memory', `size=${vm.memory.size}`,
    '--disk', ...vm.disks.map(formatDisk),
    ...(vm.net.length === 0 ? [] : ['--net', ...vm.net.map((net) => `mac=${net.mac},ip=${net.ip},mask=${net.mask}`)]),
    '--rng', `src=${vm.rng.src}`,
    '--serial', `file=${vm.serial.file}`,
    '--console', `file=${vm.console.file}`,
  ];
}

function formatDisk({ path, readonly, serial, image_type: type, backing_files: backingFiles }: DiskConfig): string {
  return [
    `path=${path}`,
    `readonly=${formatSwitch(readonly)}`,
    ...(serial === undefined ? [] : [`serial=${serial}`]),
    ...(type === undefined ? [] : [`image_type=${type.toLowerCase()}`]),
    ...(backingFiles === undefined ? [] : [`backing_files=${formatSwitch(backingFiles)}`]),
  ].join(',');
}

function formatSwitch(on: boolean): string {
  return on ? 'on' : 'off';
}
