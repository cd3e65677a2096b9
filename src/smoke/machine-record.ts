import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRelease, program } from '../vmm/cloud-hypervisor-release.js';
import { maskedBytes } from './content-proof.js';
import { cloudHypervisorArguments } from './cloud-hypervisor/command-line.js';
import type { MachineSpec, Vmm } from './machine.js';
import { qemuArguments, qemuProgram } from './qemu.js';

export const machineRecordFile = 'machine.json';

/** How a VM of the smoke test was started, and what it takes to start it again. */
export interface MachineRecord {
  readonly name: string;
  readonly vmm: { readonly kind: Vmm['kind']; readonly version: string; readonly accelerator: Vmm['accelerator'] };
  /** A command line that starts this VM. For Cloud Hypervisor: the equivalent of the API requests. */
  readonly command: readonly string[];
  /** The same command for a directory with the files named as in `replayFiles`. */
  readonly replay: readonly string[];
  readonly files: Readonly<Record<'image' | 'kernel' | 'initramfs' | 'seed' | 'overlay', string>>;
  /** The overlay is on an uncompressed copy of the image. */
  readonly copied: boolean;
  /** Number of zeros at the start of the second disk. */
  readonly maskedBytes: number;
  /** The daemon's port in the guest, and its address as seen from the host. QEMU forwards a host port to it. */
  readonly daemon: { readonly port: number; readonly address: string };
}

/** File names in a replay. `overlay` and `golden` are overlays on the image. */
export const replayFiles = {
  overlay: 'disk.qcow2',
  golden: 'golden.qcow2',
  seed: 'seed.iso',
  kernel: 'vmlinuz',
  initramfs: 'initramfs',
} as const;

export interface RecordRequest {
  readonly spec: MachineSpec;
  readonly image: string;
  readonly copied: boolean;
  readonly seed: string;
  readonly overlay: string;
}

/** Writes the record next to the VM's consoles. */
export async function recordMachine(request: RecordRequest, vmm: Vmm): Promise<void> {
  await writeFile(
    join(request.spec.directory, machineRecordFile),
    `${JSON.stringify(toMachineRecord(request, vmm), undefined, 2)}\n`,
  );
}

export function toMachineRecord(
  { spec, image, copied, seed, overlay }: RecordRequest,
  vmm: Omit<Vmm, 'start'>,
): MachineRecord {
  const { name, kernel, initramfs = '', network } = spec;
  const { kind, version, accelerator, guestNetwork } = vmm;
  const port = network?.guestPort ?? 0;
  return {
    name,
    vmm: { kind, version, accelerator },
    command: listCommand(spec, vmm),
    replay: listCommand(renameFiles(spec), vmm),
    files: { image, kernel, initramfs, seed, overlay },
    copied,
    maskedBytes,
    daemon: {
      port,
      address: kind === 'qemu' || guestNetwork === 'dhcp' ? '127.0.0.1' : guestNetwork.address.replace(/\/.*/, ''),
    },
  };
}

/** The order of the disks is that of `proveImage`. */
function renameFiles(spec: MachineSpec): MachineSpec {
  const names = [replayFiles.overlay, replayFiles.seed, replayFiles.golden];
  return {
    ...spec,
    kernel: replayFiles.kernel,
    initramfs: replayFiles.initramfs,
    disks: spec.disks.map((disk, index) => ({ ...disk, path: names[index] ?? disk.path })),
  };
}

function listCommand(spec: MachineSpec, { kind, version, accelerator }: Omit<Vmm, 'start'>): readonly string[] {
  if (kind === 'qemu')
    return [qemuProgram, ...qemuArguments(spec, { accelerator, hostPort: spec.network?.guestPort ?? 0 })];
  return [program, ...cloudHypervisorArguments(spec, parseRelease(version))];
}
