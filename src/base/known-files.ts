import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { createDirectories } from '../platform/fs/create-directories.js';
import type { Clock } from '../platform/clock.js';
import { sha256Of, sha256OfFile, writeFileAtomically } from '../platform/fs/files.js';

/** A file's digest, and how old it is. */
export interface HashedFile {
  readonly sha256: string;
  /** When hashing started, in milliseconds since the epoch. */
  readonly hashedAt: number;
  /** True if the digest comes from a record. */
  readonly wasKnown: boolean;
}

export interface KnownFileRequest {
  /** The directory with the records. Anyone who can write to it can forge a file's digest. */
  readonly directory: string;
  /** Hash the file even if there is a record. */
  readonly full?: boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal?: AbortSignal;
}

/** Writing to a file or replacing it changes one of these. Programs can set the mtime, but not the ctime: inode(7). */
const identitySchema = z.object({
  dev: z.string(),
  ino: z.string(),
  size: z.string(),
  mtimeNs: z.string(),
  ctimeNs: z.string(),
});
const recordSchema = z.object({
  path: z.string(),
  identity: identitySchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  hashedAt: z.number(),
});

type Identity = z.infer<typeof identitySchema>;
type FileRecord = z.infer<typeof recordSchema>;

/** How long a record is valid. Data loss on the disk does not change a file's times. */
const trustedMs = 24 * 3600 * 1000;
/** Filesystems store times in steps of up to 2 s, so a younger file could change again without a new time. */
const stableMs = 2000;

/** Like `sha256OfFile`, but does not rehash a file that was hashed within the last day and has not changed since. */
export async function sha256OfKnownFile(path: string, request: KnownFileRequest): Promise<HashedFile> {
  const { directory, full = false, clock, signal } = request;
  const now = clock.now();
  const absolute = resolve(path);
  const identity = await identify(absolute);
  const known = full ? undefined : await tryReadRecord(absolute, directory);
  if (known !== undefined && isTrusted(known, now) && isDeepStrictEqual(known.identity, identity)) {
    return { sha256: known.sha256, hashedAt: known.hashedAt, wasKnown: true };
  }
  const sha256 = await sha256OfFile(absolute, signal);
  if (isStable(identity, now)) await trySaveRecord({ path: absolute, identity, sha256, hashedAt: now }, directory);
  return { sha256, hashedAt: now, wasKnown: false };
}

/** Removes a file's record. Failures are ignored, because a record that stays does no harm. */
export async function forgetFile(path: string, directory: string): Promise<void> {
  await rm(recordPath(path, directory), { force: true }).catch(() => undefined);
}

/** Opens the file first, because NFS may return outdated times until then. */
async function identify(path: string): Promise<Identity> {
  const file = await open(path, 'r');
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    return {
      dev: String(dev),
      ino: String(ino),
      size: String(size),
      mtimeNs: String(mtimeNs),
      ctimeNs: String(ctimeNs),
    };
  } finally {
    await file.close();
  }
}

function isStable({ mtimeNs, ctimeNs }: Identity, now: number): boolean {
  return [mtimeNs, ctimeNs].every((time) => now - Number(BigInt(time) / 1_000_000n) >= stableMs);
}

/** A record from the future was written while the clock was wrong. */
function isTrusted({ hashedAt }: FileRecord, now: number): boolean {
  return hashedAt <= now && now - hashedAt <= trustedMs;
}

async function tryReadRecord(path: string, directory: string): Promise<FileRecord | undefined> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(recordPath(path, directory), 'utf8')));
    return record.path === path ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Saves nothing if the file changed while it was hashed. Failures are ignored: the file is rehashed the next time. */
async function trySaveRecord(record: FileRecord, directory: string): Promise<void> {
  try {
    if (!isDeepStrictEqual(await identify(record.path), record.identity)) return;
    await createDirectories(directory);
    await writeFileAtomically(recordPath(record.path, directory), `${JSON.stringify(record)}\n`);
  } catch {
    return;
  }
}

function recordPath(path: string, directory: string): string {
  return join(directory, `${sha256Of(resolve(path))}.json`);
}
