import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { createDirectories } from '../platform/fs/create-directories.js';
import type { Clock } from '../platform/clock.js';
import { sha256Of, sha256OfFile, writeFileAtomically } from '../platform/fs/files.js';

/** What a file holds, and since when that is known. */
export interface HashedFile {
  readonly sha256: string;
  /** When the reading began that the digest comes from, in milliseconds since the epoch. */
  readonly hashedAt: number;
  /** False if the file was read just now. */
  readonly wasKnown: boolean;
}

export interface KnownFileRequest {
  /** Has the records. Who may write to it can have any file taken for another. */
  readonly directory: string;
  /** Read the file, whatever is known of it. */
  readonly full?: boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal?: AbortSignal;
}

/** Whoever writes to a file or replaces it changes one of these. Programs can set the mtime back, but not the ctime: inode(7). */
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

/** A disk that loses what it was given changes no times: each file is read again after so long. */
const trustedMs = 24 * 3600 * 1000;
/** Times of filesystems go in steps, of 2 s at the most: a younger file could change once more under the same times. */
const stableMs = 2000;

/** As `sha256OfFile`, but a file that was read within the last day and has not changed since is not read again. */
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

/** Removes what is known of a file, where that can be: it is of no more use, and does no harm. */
export async function forgetFile(path: string, directory: string): Promise<void> {
  await rm(recordPath(path, directory), { force: true }).catch(() => undefined);
}

/** The file is opened for it: over NFS the times may be old ones until then. */
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

/** A record of a moment that is still to come is of a clock that was wrong. */
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

/** Keeps nothing of a file that changed while it was read, or where nothing can be kept: it is read again the next time. */
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
