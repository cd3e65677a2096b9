import type { Release } from '../../vmm/cloud-hypervisor-release.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { MachineDisk, MachineSpec } from '../machine.js';
import { takesDiskOptions } from './needs.js';

/*
 * The part of the REST API's `VmConfig` that we use. Fields without a version exist since v39, the first release that
 * boots a distribution's kernel (release notes of v39.0). Source: vmm/src/vm_config.rs of each tag.
 */

/** The body of `vm.create`. */
export interface VmConfig {
  readonly payload: { readonly kernel: string; readonly cmdline: string; readonly initramfs?: string };
  readonly cpus: { readonly boot_vcpus: number; readonly max_vcpus: number };
  /** `size` is in bytes. */
  readonly memory: { readonly size: number; readonly shared: boolean; readonly hugepages: boolean };
  readonly disks: readonly DiskConfig[];
  readonly net: readonly NetConfig[];
  readonly rng: { readonly src: string };
  readonly serial: ConsoleConfig;
  /** The virtio console. */
  readonly console: ConsoleConfig;
}

export interface DiskConfig {
  readonly path: string;
  readonly readonly: boolean;
  /** Several corrupt a qcow2 file: see known-defects.ts. */
  readonly num_queues: 1;
  /** `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial?: string;
  /** Since v50.1. Without it the format is detected, which v52 deprecates. */
  readonly image_type?: 'Qcow2' | 'Raw';
  /** Since v50.1, which rejects backing files unless this is on. Older releases always follow them (v34.0, #5573). */
  readonly backing_files?: boolean;
}

/** The VMM creates a tap with this address, and removes it when it exits. */
export interface NetConfig {
  readonly mac: string;
  /** The tap's name, if others must know it. */
  readonly tap?: string;
  /** Address of the host's end. It has defaults only until v49. */
  readonly ip: string;
  readonly mask: string;
}

export interface ConsoleConfig {
  readonly mode: 'File';
  readonly file: string;
}

/** Network and files of a VM. Files have no directory: the VMM runs in that of the VM. */
export interface MachineLayout {
  readonly hostEnd: Pick<NetConfig, 'ip' | 'mask'>;
  readonly tap?: string;
  readonly serialFile: string;
  readonly virtioFile: string;
}

/** Every VM has a separate network, so all can have the same addresses. */
export const machineLayout: MachineLayout = {
  hostEnd: { ip: '192.168.249.1', mask: '255.255.255.0' },
  serialFile: 'serial.log',
  virtioFile: 'hvc0.log',
};

export function toVmConfig(
  spec: MachineSpec,
  release: Release,
  { hostEnd, tap, serialFile, virtioFile }: MachineLayout,
): VmConfig {
  return {
    payload: {
      kernel: spec.kernel,
      cmdline: spec.cmdline,
      ...withoutUndefined({ initramfs: spec.initramfs }),
    },
    cpus: { boot_vcpus: spec.cpus, max_vcpus: spec.cpus },
    memory: { size: spec.memoryMiB * 1024 ** 2, shared: false, hugepages: false },
    disks: spec.disks.map((disk) => toDiskConfig(disk, release)),
    net: spec.network === undefined ? [] : [{ mac: spec.network.macAddress, ...hostEnd, ...withoutUndefined({ tap }) }],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'File', file: serialFile },
    console: { mode: 'File', file: virtioFile },
  };
}

function toDiskConfig({ path, format, readOnly, serial }: MachineDisk, release: Release): DiskConfig {
  const base = { path, readonly: readOnly, num_queues: 1 as const, ...withoutUndefined({ serial }) };
  if (!takesDiskOptions(release)) return base;
  return { ...base, image_type: format === 'qcow2' ? 'Qcow2' : 'Raw', backing_files: format === 'qcow2' };
}
