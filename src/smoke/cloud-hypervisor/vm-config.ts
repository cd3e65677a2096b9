import type { Release } from '../../vmm/cloud-hypervisor-release.js';
import type { MachineDisk, MachineSpec } from '../machine.js';
import { takesDiskOptions } from './needs.js';

/*
 * The part of the REST API's `VmConfig` that we use. What has no version is in v39 already, the first that boots a
 * distribution's kernel (release notes of v39.0, "Direct Booting with bzImages"). Source: vmm/src/vm_config.rs of each tag.
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
  /** `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial?: string;
  /** Since v50.1. Without it the format is guessed, which v52 deprecates. */
  readonly image_type?: 'Qcow2' | 'Raw';
  /** Since v50.1, where they are refused unless this is on; before, they are always followed (v34.0, #5573). */
  readonly backing_files?: boolean;
}

/** The VMM makes a tap of its own, with this address: it goes when the VMM does. */
export interface NetConfig {
  readonly mac: string;
  /** Its name, where others must know that. */
  readonly tap?: string;
  /** Of the host's end. Until v49 both have defaults, later none. */
  readonly ip: string;
  readonly mask: string;
}

export interface ConsoleConfig {
  readonly mode: 'File';
  readonly file: string;
}

/** How this product lays out a machine. Files have no directory: the VMM runs in that of the machine. */
export interface MachineLayout {
  readonly hostEnd: Pick<NetConfig, 'ip' | 'mask'>;
  readonly tap?: string;
  readonly serialFile: string;
  readonly virtioFile: string;
}

/** Every machine has a network of its own, so all can have the same addresses. */
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
      ...(spec.initramfs === undefined ? {} : { initramfs: spec.initramfs }),
    },
    cpus: { boot_vcpus: spec.cpus, max_vcpus: spec.cpus },
    memory: { size: spec.memoryMiB * 1024 ** 2, shared: false, hugepages: false },
    disks: spec.disks.map((disk) => toDiskConfig(disk, release)),
    net:
      spec.network === undefined
        ? []
        : [{ mac: spec.network.macAddress, ...hostEnd, ...(tap === undefined ? {} : { tap }) }],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'File', file: serialFile },
    console: { mode: 'File', file: virtioFile },
  };
}

function toDiskConfig({ path, format, readOnly, serial }: MachineDisk, release: Release): DiskConfig {
  return {
    path,
    readonly: readOnly,
    ...(serial === undefined ? {} : { serial }),
    ...(takesDiskOptions(release)
      ? { image_type: format === 'qcow2' ? 'Qcow2' : 'Raw', backing_files: format === 'qcow2' }
      : {}),
  };
}
