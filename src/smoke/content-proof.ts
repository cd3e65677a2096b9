import type { DiskChunk, DiskDigest } from '../disk/disk-digest.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { Processes } from '../platform/process/processes.js';
import type { MachineDisk, Vmm } from './machine.js';
import { goldenSerial } from './probe-script.js';

/** The guest sees these bytes as zeros: the partition table, and the first superblock of any filesystem. */
export const maskedBytes = 128 * 1024;
/** Chunks that a guest without KVM hashes. Each takes it a second. */
const sampleSize = 8;

/**
 * The golden image as a second, read-only disk of the guest: an overlay whose first bytes are zeros. Otherwise the
 * guest would find two disks with the same labels and UUIDs, and could mount either as its root.
 */
export async function maskGolden(golden: string, path: string, processes: Processes): Promise<MachineDisk> {
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', golden, path] });
  // Zeros as data, not as a zero cluster: Cloud Hypervisor reads those only since v51 (release notes, #7627).
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
 * The chunks that each clone hashes. With KVM the clones share all of them; otherwise a sample with the first and the
 * last. The masked chunk with the partition table is left out: a boot that finds its root has read it.
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

/** @throws Failure if the guest read something other than what the image holds */
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
  const problem = found === undefined || found === sha256Of('') ? 'could not be read' : 'has different content';
  throw new Failure(
    `${name}: ${wrong.length} of ${expected.length} chunks of the image differ when read through the VMM; ` +
      `the one at byte ${first.index * chunkSize} ${problem}`,
    {
      fix: 'rebuild the image: this VMM reads it differently than qemu-img, or it changed after it was hashed',
      evidence: wrong
        .slice(0, 10)
        .map(({ index, sha256 }) => `chunk ${index}: expected ${sha256}, read ${read.get(index) ?? 'nothing'}`),
    },
  );
}
