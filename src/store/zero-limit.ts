import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { digestOfZeros } from '../platform/zeros.js';
import type { ManifestFile } from './documents/manifest.js';

const gibibyte = 1024 ** 3;

/**
 * A host hashes whole files while it holds a lock. Zeros cost it time, but neither transfer nor disk space, so nothing
 * else limits them. A file that is worth publishing has fewer: a store receives every zero.
 */
const maxZeroBytes: Readonly<Record<ManifestFile['role'], number>> = {
  image: 64 * gibibyte,
  base: 64 * gibibyte,
  kernel: gibibyte,
  initramfs: gibibyte,
};

/** @throws Failure if a file has too many chunks of zeros */
export function assertFewZeros(file: Omit<ManifestFile, 'sha256' | 'storeTag'>): void {
  const [zeroBytes, max] = [countZeroBytes(file), maxZeroBytes[file.role]];
  if (zeroBytes <= max) return;
  throw new Failure(
    `${file.name} has ${formatBytes(zeroBytes)} of zeros, which a host would hash (maximum: ${formatBytes(max)})`,
    { fix: 'convert the base image and build again: qemu-img convert -O qcow2 BASE.raw BASE.qcow2' },
  );
}

function countZeroBytes({ size, chunkSize, chunks }: Pick<ManifestFile, 'size' | 'chunkSize' | 'chunks'>): number {
  const zeros = digestOfZeros(chunkSize);
  const isZero = (sha256: string, chunk: number): boolean => sha256 === zeros && (chunk + 1) * chunkSize <= size;
  return chunks.filter(isZero).length * chunkSize;
}
