import { createHash } from 'node:crypto';
import { fileChunkSize } from '../platform/fs/file-chunks.js';
import type { Log } from '../platform/progress/log.js';
import { runConcurrently } from '../platform/concurrency.js';
import { manifestLimit, type Manifest, type ManifestFile } from './documents/manifest.js';
import { documentKey, fileKey } from './names.js';
import type { ObjectReader } from '../objects/object-store.js';
import { formatSums } from './publish-version.js';

export interface VerifiedFile {
  readonly key: string;
  /** Bytes read from the store. */
  readonly size: number;
  /** Undefined if the file matches the manifest. */
  readonly problem: string | undefined;
}

export interface VerifyPorts {
  readonly store: ObjectReader;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Reads every byte of a version once, two files at a time, and compares it with the manifest. */
export async function verifyVersionFiles(manifest: Manifest, ports: VerifyPorts): Promise<readonly VerifiedFile[]> {
  const verified = new Map<string, VerifiedFile>();
  const files = [...manifest.files, ...Object.values(manifest.documents ?? {}).map(toCheckedFile)];
  await runConcurrently({ items: files, concurrency: 2, signal: ports.signal }, (signal) => async (file) => {
    verified.set(file.name, await verifyFile(file, { ...ports, signal }));
  });
  return [...files.flatMap(({ name }) => verified.get(name) ?? []), await verifySums(manifest, ports.store)];
}

/** Documents are small: the manifest has no chunk digests for them. */
function toCheckedFile(document: Pick<ManifestFile, 'name' | 'size' | 'sha256'>): CheckedFile {
  return { ...document, role: 'document', chunkSize: fileChunkSize, chunks: [] };
}

type CheckedFile = Omit<ManifestFile, 'role'> & { readonly role: string };

async function verifyFile(file: CheckedFile, { store, log, signal }: VerifyPorts): Promise<VerifiedFile> {
  const key = fileKey(file);
  const source = await store.open(key);
  if (source === undefined) return { key, size: 0, problem: 'missing' };
  const whole = createHash('sha256');
  const chunks = createChunkHash(file.chunkSize);
  let size = 0;
  for await (const bytes of source as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    size += bytes.length;
    whole.update(bytes);
    chunks.update(bytes);
    log.progress(file.name, size, file.size);
  }
  const sha256 = whole.digest('hex');
  return { key, size, problem: findProblem(file, { size, sha256, chunks: chunks.digests() }) };
}

/** Hashes each chunk, whatever pieces the bytes come in. The last chunk can be shorter. */
function createChunkHash(chunkSize: number): { update(bytes: Buffer): void; digests(): readonly string[] } {
  const digests: string[] = [];
  let hash = createHash('sha256');
  let length = 0;
  const end = (): void => {
    digests.push(hash.digest('hex'));
    hash = createHash('sha256');
    length = 0;
  };
  return {
    update: (bytes) => {
      for (let offset = 0; offset < bytes.length; ) {
        const piece = bytes.subarray(offset, offset + chunkSize - length);
        hash.update(piece);
        offset += piece.length;
        length += piece.length;
        if (length === chunkSize) end();
      }
    },
    digests: () => {
      if (length > 0) end();
      return digests;
    },
  };
}

function findProblem(file: CheckedFile, found: Pick<CheckedFile, 'size' | 'sha256' | 'chunks'>): string | undefined {
  const bad = file.chunks.findIndex((chunk, index) => found.chunks[index] !== chunk);
  const where = bad === -1 ? '' : `; first difference in the chunk at offset ${bad * file.chunkSize}`;
  if (found.size !== file.size) return `size is ${found.size} bytes, not ${file.size}${where}`;
  if (found.sha256 !== file.sha256) return `SHA-256 differs from the manifest${where}`;
  return bad === -1
    ? undefined
    : `the manifest's digest of the chunk at offset ${bad * file.chunkSize} is wrong, but the file's SHA-256 is right`;
}

async function verifySums(manifest: Manifest, store: ObjectReader): Promise<VerifiedFile> {
  const key = documentKey(manifest.image, manifest.version, 'SHA256SUMS');
  const wanted = formatSums(manifest);
  const found = await store.read(key, manifestLimit);
  if (found === undefined) return { key, size: 0, problem: 'missing' };
  const problem = found.bytes.equals(wanted) ? undefined : 'differs from the checksums in the manifest';
  return { key, size: found.bytes.length, problem };
}
