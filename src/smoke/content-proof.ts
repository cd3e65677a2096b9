import type { DiskChunk, DiskDigest } from '../disk/disk-digest.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { Processes } from '../platform/process/processes.js';
import type { MachineDisk, Vmm } from './machine.js';
import { goldenSerial } from './probe-script.js';

/** Bytes that the guest sees as zeros: room for the partition table, and for any file system's first super block. */
export const maskedBytes = 128 * 1024;
/** Chunks that a guest without KVM hashes: it needs a second for each. */
const sampleSize = 8;

/**
 * The golden image as a second, read-only disk of the guest: an overlay whose first bytes are zeros.
 * With them the guest would find two disks with the same labels and UUIDs, and could mount either as its root.
 */
export async function maskGolden(golden: string, path: string, processes: Processes): Promise<MachineDisk> {
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', golden, path] });
  // Zeros as data, not as a mark: Cloud Hypervisor reads the mark since v51 (release notes, #7627).
  await processes.run({ argv: ['qemu-io', '-f', 'qcow2', '-c', `write -q -P 0 0 ${maskedBytes}`, path] });
  return { path, format: 'qcow2', readOnly: true, serial: goldenSerial };
}

/** A standalone copy of an image, without compressed clusters and backing files. */
export async function copyUncompressed(image: string, path: string, processes: Processes): Promise<void> {
  await processes.run({
    argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', '-W', '-m', '8', image, path],
    timeoutMs: 30 * 60_000,
  });
}

/**
 * The chunks that each clone hashes: with KVM all of them between the clones, else a sample with the first and the last.
 * The chunk of the partition table is not among them: it is masked, and read by every boot that finds its root.
 */
export function shareChunks(
  digest: DiskDigest,
  accelerator: Vmm['accelerator'],
  clones: number,
): readonly (readonly DiskChunk[])[] {
  const readable = digest.chunks.filter(({ index }) => index * digest.chunkSize >= maskedBytes);
  const chosen = accelerator === 'kvm' ? readable : pickSample(readable, sampleSize);
  return Array.from({ length: clones }, (_, clone) => chosen.filter((_chunk, place) => place % clones === clone));
}

function pickSample(chunks: readonly DiskChunk[], size: number): readonly DiskChunk[] {
  const step = Math.max(1, (chunks.length - 1) / (size - 1));
  const places = new Set(Array.from({ length: size }, (_, nth) => Math.round(nth * step)));
  return chunks.filter((_, place) => places.has(place));
}

/** @throws Failure where the guest read something else than the image holds. */
export function assertSameContent(
  name: string,
  expected: readonly DiskChunk[],
  read: ReadonlyMap<number, string>,
  chunkSize: number,
): void {
  const wrong = expected.filter(({ index, sha256 }) => read.get(index) !== sha256);
  const [first] = wrong;
  if (first === undefined) return;
  const found = read.get(first.index);
  const what = found === undefined || found === sha256Of('') ? 'could not be read' : 'was read with another content';
  throw new Failure(
    `${name}: ${wrong.length} of ${expected.length} chunks of the image differ through the VMM; the one at byte ${first.index * chunkSize} ${what}`,
    {
      fix: 'the file is right for qemu-img and wrong for this VMM, or it has changed since its digest was made: build it anew',
      evidence: wrong
        .slice(0, 10)
        .map(({ index, sha256 }) => `chunk ${index}: expected ${sha256}, read ${read.get(index) ?? 'nothing'}`),
    },
  );
}
