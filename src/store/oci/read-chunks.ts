import type { ObjectReader } from '../../objects/object-store.js';
import type { ByteRange } from '../../platform/byte-range.js';
import { Failure } from '../../platform/errors.js';
import { sha256Of } from '../../platform/fs/files.js';
import { HttpError } from '../../platform/http.js';
import { retryTransient, type RetryPorts } from '../../platform/retry.js';
import type { ManifestFile } from '../documents/manifest.js';
import { fileKey } from '../names.js';

/** Whole chunks of a file, with the digests that its manifest has for them. */
export interface Chunks extends ByteRange {
  readonly file: Pick<ManifestFile, 'role' | 'name' | 'chunkSize'>;
  readonly chunks: readonly string[];
}

/** Reads chunks of a file from a store. @throws Failure if they do not match the manifest */
export async function readChunks(
  { file, start, length, chunks }: Chunks,
  ports: RetryPorts & { readonly from: ObjectReader },
): Promise<Buffer> {
  const { from, signal } = ports;
  const key = fileKey(file);
  return retryTransient(ports, async () => {
    const source = await from.open(key, { start, length });
    if (source === undefined) throw new Failure(`${from.uri(key)} is missing, although its manifest exists`);
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    for await (const part of source as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      filled += part.copy(bytes, filled);
    }
    if (filled < length) throw new HttpError(`${from.uri(key)} ended at offset ${start + filled}`);
    chunks.forEach((sha256, index) => {
      const at = index * file.chunkSize;
      if (sha256Of(bytes.subarray(at, at + file.chunkSize)) !== sha256)
        throw new Failure(`${from.uri(key)} does not match its manifest at offset ${start + at}`, {
          fix: 'find out what is damaged: ch-golden verify VERSION',
        });
    });
    return bytes;
  });
}
