import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Failure } from '../../platform/errors.js';
import { ifPresent, sha256Of, syncDirectory } from '../../platform/fs/files.js';
import type { Processes } from '../../platform/process/processes.js';
import { createPath, notPlainFailure, tryGetPath, tryOpenPlainFile } from './paths.js';
import { linkOnce, listParts, stageInDirectory, withPart } from './staging.js';
import { openLockFile, tryLockFile } from '../../platform/fs/file-lock.js';
import { parseKey } from '../keys.js';
import type { ByteRange } from '../../platform/byte-range.js';
import type { ListedObject, ObjectHead, ObjectStore, TaggedContent, Writer } from '../object-store.js';

/**
 * A store in a directory, whose path is absolute: local, on NFS, or shared between containers.
 * link(2) creates, rename(2) under a lock swaps, and both are durable before they are reported.
 */
export function createDirectoryStore(root: string, ports: { readonly processes: Processes }): ObjectStore {
  return {
    uri: (key) => pathToFileURL(join(root, parseKey(key))).href,
    createOnly: async (key, bytes, writer, hold) => {
      const path = await createPath(root, parseKey(key));
      return withPart(root, key, writer.owner, bytes, async (part) => {
        await hold?.();
        return linkOnce(part, path);
      });
    },
    compareAndSwap: async (key, expectedTag, bytes, writer) =>
      swapLocked({ root, key: parseKey(key), expectedTag, bytes, writer }, ports.processes),
    read: async (key, limit) => readWhole(root, parseKey(key), limit),
    open: async (key, range) => openRange(root, parseKey(key), range),
    head: async (key) => headOf(root, parseKey(key)),
    list: (prefix) => listFiles(root, prefix),
    stage: async (request) => {
      parseKey(request.key);
      return stageInDirectory(root, request, ports.processes);
    },
    listStaged: () => listParts(root, ports.processes),
    delete: async (key) => {
      const path = await tryGetPath(root, parseKey(key));
      if (path === undefined) return;
      await rm(path, { force: true });
      await syncDirectory(dirname(path));
    },
  };
}

/** One for all swaps of the store, which are rare and short: a lock for each key would leave a file for each key that ever was. */
const swapLock = '.locks/swap';
const lockSeconds = 30;
/** A version is published by a swap: a cancel just before it would leave all of its files without one. Others hold the lock for milliseconds. */
const lockSecondsAfterCancel = 2;

interface Swap {
  readonly root: string;
  readonly key: string;
  readonly expectedTag: string | undefined;
  readonly bytes: Buffer;
  readonly writer: Writer;
}

async function swapLocked(swap: Swap, processes: Processes): Promise<'swapped' | 'lost'> {
  const { root, key } = swap;
  const path = await createPath(root, key);
  return withPart(root, key, swap.writer.owner, swap.bytes, async (part) => {
    // The lock file stays: were it removed, two could hold the lock of two files of that name.
    const lock = await openLockFile(await createPath(root, swapLock));
    try {
      const isOurs =
        (await tryLockFile(lock, lockSecondsAfterCancel, processes, true)) ||
        (await tryLockFile(lock, lockSeconds, processes));
      if (!isOurs) throw new Failure(`the lock of ${path} was held by another for ${lockSeconds} s`);
      const current = await readWhole(root, key, Infinity);
      if (current?.tag !== swap.expectedTag) return 'lost';
      await rename(part, path);
      await syncDirectory(dirname(path));
      return 'swapped';
    } finally {
      await lock.close();
    }
  });
}

async function readWhole(root: string, key: string, limit: number): Promise<TaggedContent | undefined> {
  const path = await tryGetPath(root, key);
  const file = path === undefined ? undefined : await tryOpenPlainFile(path);
  if (path === undefined || file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > limit) throw new Failure(`${path} has ${size} bytes, more than the ${limit} that it may have`);
    const bytes = await file.readFile();
    return { bytes, tag: sha256Of(bytes) };
  } finally {
    await file.close();
  }
}

async function openRange(root: string, key: string, range: ByteRange | undefined): Promise<Readable | undefined> {
  const path = await tryGetPath(root, key);
  const file = path === undefined ? undefined : await tryOpenPlainFile(path);
  return file?.createReadStream(range === undefined ? {} : { start: range.start, end: range.start + range.length - 1 });
}

async function headOf(root: string, key: string): Promise<ObjectHead | undefined> {
  const path = await tryGetPath(root, key);
  const stats = path === undefined ? undefined : await ifPresent(lstat(path));
  if (path === undefined || stats === undefined) return undefined;
  if (!stats.isFile()) throw notPlainFailure(path);
  return { size: stats.size };
}

/** Walks the directories that the prefix allows; hidden names are not the store's objects, nor are links. */
async function* listFiles(root: string, prefix: string, directory = ''): AsyncGenerator<ListedObject> {
  for (const entry of (await ifPresent(readdir(join(root, directory), { withFileTypes: true }))) ?? []) {
    const key = directory + entry.name;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() && (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)))
      yield* listFiles(root, prefix, `${key}/`);
    if (!entry.isFile() || !key.startsWith(prefix)) continue;
    const stats = await ifPresent(lstat(join(root, key)));
    if (stats !== undefined) yield { key, size: stats.size };
  }
}
