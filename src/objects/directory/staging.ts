import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, hasCode, ToolError } from '../../platform/errors.js';
import { tryCloneFile } from '../../platform/fs/clone-file.js';
import { fileChunkSize } from '../../platform/fs/file-chunks.js';
import { quoteText } from '../../platform/format.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';
import type { Processes } from '../../platform/process/processes.js';
import { withPathInErrors } from '../../platform/fs/system-errors.js';
import { createPath } from './paths.js';
import { tryLockFile } from '../../platform/fs/file-lock.js';
import { parseKey } from '../keys.js';
import type { StagedLeftover, StagedObject, StageRequest } from '../object-store.js';
import { assertSize, readVerified } from '../read-checked.js';

/** Where files are until they are complete: on the store's filesystem, under a name that no key can have. */
const stagingDirectory = '.staging';

/** The modes of objects: those that never change, and those that are replaced. Everyone may read them. */
const finalMode = 0o444;
export const replaceableMode = 0o644;

/**
 * Copies a file into the staging directory, and holds its lock until it is completed or aborted: if the lock of a
 * staged file can be taken, the process that staged it has ended.
 */
export async function stageInDirectory(
  root: string,
  request: StageRequest,
  processes: Processes,
): Promise<StagedObject> {
  const path = await createPartPath(root, request.key, request.writer.owner);
  try {
    // If something is wrong with the file itself, copying its bytes reports it.
    const cloned = await tryCloneFile(request.path, path);
    const file = await open(path, cloned ? 'r+' : 'wx+');
    try {
      if (!(await tryLockFile(file, lockSeconds, processes)))
        throw new Failure(`the lock of ${path} is held by another process`);
      await withPathInErrors(path, async () => (cloned ? checkClone(file, request) : copyChecked(file, request)));
      await file.sync();
      return createStagedObject({ root, key: request.key, size: request.size, cloned }, path, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Writes bytes durably to a file in the staging directory, for `use` to link or rename; removes the file afterwards.
 */
export async function withPart<T>(
  root: string,
  key: string,
  owner: string,
  bytes: Buffer,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await createPartPath(root, key, owner);
  try {
    await writeDurably(path, bytes);
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'wx');
  await withPathInErrors(path, async () => file.writeFile(bytes));
  await file.sync();
}

/** Gives a staged file its name in the store, unless the name is taken: link(2) never replaces a file. */
export async function linkOnce(part: string, path: string): Promise<'created' | 'exists'> {
  await chmod(part, finalMode);
  const outcome = await link(part, path).then(
    () => 'created' as const,
    (error: unknown) => {
      if (hasCode(error, 'EEXIST')) return 'exists' as const;
      if (hasCode(error, 'EPERM') || hasCode(error, 'ENOTSUP')) {
        throw new Failure(`${path} cannot be created: its filesystem does not support hard links`, { cause: error });
      }
      throw error;
    },
  );
  await syncDirectory(dirname(path));
  return outcome;
}

/** The files in the staging directory, whoever created them. */
export async function* listParts(root: string, processes: Processes): AsyncGenerator<StagedLeftover> {
  for (const name of (await ifPresent(readdir(join(root, stagingDirectory)))) ?? []) {
    const path = join(root, stagingDirectory, name);
    const key = tryParseKey(name);
    const stats = await ifPresent(stat(path));
    if (key === undefined || stats === undefined) continue;
    yield {
      key,
      since: stats.mtimeMs,
      alive: await isLocked(path, processes),
      abort: async () => rm(path, { force: true }),
    };
  }
}

const lockSeconds = 30;

async function createPartPath(root: string, key: string, owner: string): Promise<string> {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(owner))
    throw new Failure(`invalid owner ${quoteText(owner)}`, { fix: 'use at most 64 letters, digits and dashes' });
  return createPath(root, `${stagingDirectory}/${owner}.${randomUUID()}.${encodeURIComponent(key)}`);
}

function tryParseKey(partName: string): string | undefined {
  try {
    return parseKey(decodeURIComponent(/^[^.]+\.[^.]+\.(.+)$/.exec(partName)?.[1] ?? ''));
  } catch {
    return undefined;
  }
}

/** A clone has the file's blocks: no byte was moved, and none can be damaged. */
async function checkClone(clone: FileHandle, request: StageRequest): Promise<void> {
  request.signal?.throwIfAborted();
  assertSize((await clone.stat()).size, request);
  request.onProgress?.(request.size);
}

async function copyChecked(copy: FileHandle, request: StageRequest): Promise<void> {
  const { path, size, signal, onProgress } = request;
  const file = await open(path);
  try {
    assertSize((await file.stat()).size, request);
    const buffer = Buffer.allocUnsafe(fileChunkSize);
    for (let start = 0; start < size; start += fileChunkSize) {
      signal?.throwIfAborted();
      const bytes = await readVerified(file, { start, length: Math.min(fileChunkSize, size - start) }, request, buffer);
      await copy.writeFile(bytes);
      onProgress?.(start + bytes.length);
    }
    signal?.throwIfAborted();
    assertSize((await file.stat()).size, request);
  } finally {
    await file.close();
  }
}

interface StagedFacts {
  readonly root: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly cloned: boolean;
}

function createStagedObject({ root, key, size, cloned }: StagedFacts, part: string, file: FileHandle): StagedObject {
  const end = async (): Promise<void> => {
    await rm(part, { force: true });
    await file.close();
  };
  return {
    key,
    sentBytes: cloned ? 0 : size,
    copiedBytes: cloned ? size : 0,
    complete: async () => {
      const path = await createPath(root, key);
      const outcome = await linkOnce(part, path).catch((error: unknown) => {
        throw hasCode(error, 'ENOENT')
          ? new Failure(`the staged file of ${key} was removed before it was completed`, { cause: error })
          : error;
      });
      await end();
      return outcome;
    },
    abort: end,
  };
}

/** Whether a process holds the lock of a staged file; undefined if this user may not open it. */
async function isLocked(path: string, processes: Processes): Promise<boolean | undefined> {
  const flags = constants.O_NOFOLLOW | constants.O_NONBLOCK;
  // NFS locks only files that are open for writing. A death in the middle of `complete` leaves a file that nobody may
  // write to.
  const file = await open(path, flags | constants.O_RDWR)
    .catch(async () => open(path, flags | constants.O_RDONLY))
    .catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    return !(await tryLockFile(file, 0, processes));
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
