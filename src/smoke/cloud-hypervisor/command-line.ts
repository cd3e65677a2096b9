import type { Release } from '../../vmm/cloud-hypervisor-release.js';
import type { MachineSpec } from '../machine.js';
import { toVmConfig, machineLayout, type DiskConfig } from './vm-config.js';

/** The command line for the same VM as `vm.create`. A VM meant for a bridge gets a tap that leads nowhere. */
export function cloudHypervisorArguments(spec: MachineSpec, release: Release): readonly string[] {
  const vm = toVmConfig(spec, release, machineLayout);
  return [
    '--kernel',
    vm.payload.kernel,
    ...(vm.payload.initramfs === undefined ? [] : ['--initramfs', vm.payload.initramfs]),
    '--cmdline',
    vm.payload.cmdline,
    '--cpus',
    `boot=${vm.cpus.boot_vcpus},max=${vm.cpus.max_vcpus}`,
    '--memory',
    `size=${vm.memory.size}`,
    '--disk',
    ...vm.disks.map(formatDisk),
    ...(vm.net.length === 0 ? [] : ['--net', ...vm.net.map((net) => `mac=${net.mac},ip=${net.ip},mask=${net.mask}`)]),
    '--rng',
    `src=${vm.rng.src}`,
    '--serial',
    `file=${vm.serial.file}`,
    '--console',
    `file=${vm.console.file}`,
  ];
}

function formatDisk(disk: DiskConfig): string {
  const { path, readonly, num_queues: queues, serial, image_type: type, backing_files: backingFiles } = disk;
  return [
    `path=${path}`,
    `readonly=${formatSwitch(readonly)}`,
    ...(serial === undefined ? [] : [`serial=${serial}`]),
    ...(type === undefined ? [] : [`image_type=${type.toLowerCase()}`]),
    ...(backingFiles === undefined ? [] : [`backing_files=${formatSwitch(backingFiles)}`]),
    `num_queues=${queues}`,
  ].join(',');
}

function formatSwitch(on: boolean): string {
  return on ? 'on' : 'off';
}
