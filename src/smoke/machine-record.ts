import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRelease, program } from '../vmm/cloud-hypervisor-release.js';
import { maskedBytes } from './content-proof.js';
import { cloudHypervisorArguments } from './cloud-hypervisor/command-line.js';
import type { MachineSpec, Vmm } from './machine.js';
import { qemuArguments, qemuProgram } from './qemu.js';

/** The name of the record in a machine's directory. */
export const machineRecordFile = 'machine.json';

/** How a machine of the smoke test was started, and what it takes to start it again. */
export interface MachineRecord {
  readonly name: string;
  readonly vmm: { readonly kind: Vmm['kind']; readonly version: string; readonly accelerator: Vmm['accelerator'] };
  /** A command line that starts this machine: for Cloud Hypervisor what stands for the requests that it was sent. */
  readonly command: readonly string[];
  /** The same for a directory that has the files by the names in `replayFiles`. */
  readonly replay: readonly string[];
  readonly files: Readonly<Record<'image' | 'kernel' | 'initramfs' | 'seed' | 'overlay', string>>;
  /** The overlay is over an uncompressed copy of the image. */
  readonly copied: boolean;
  /** Zeros at the beginning of the second disk. */
  readonly maskedBytes: number;
  /** On which the daemon answers in the guest, and where it is asked from the host; QEMU takes a port of the host for it. */
  readonly daemon: { readonly port: number; readonly address: string };
}

/** What the files of a replay are called. The image itself is behind `overlay` and `golden`. */
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

/** Writes beside a machine's consoles how it is started. */
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
