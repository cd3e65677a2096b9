import { sha256Of } from './fs/files.js';

/** More lengths than a version has, few enough to stay small whatever documents claim. */
const maxDigests = 64;

/** Remembers digests by length: files have few chunk sizes, and one shorter chunk each. */
export function createDigestOfZeros(hash: (bytes: Buffer) => string): (length: number) => string {
  const digests = new Map<number, string>();
  return (length) => {
    const known = digests.get(length);
    if (known !== undefined) return known;
    const digest = hash(Buffer.alloc(length));
    if (digests.size >= maxDigests) digests.clear();
    digests.set(length, digest);
    return digest;
  };
}

/** The SHA-256 of so many zero bytes. A length is hashed once, however many chunks have it. */
export const digestOfZeros = createDigestOfZeros(sha256Of);

/** Compares each byte with its neighbour, which runs natively. */
export function isZero(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1)));
}

/** As `sha256Of`, without hashing zeros. */
export function sha256OfChunk(bytes: Buffer): string {
  return isZero(bytes) ? digestOfZeros(bytes.length) : sha256Of(bytes);
}
