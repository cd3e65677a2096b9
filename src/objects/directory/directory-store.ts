import { chmod, lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Failure } from '../../platform/errors.js';
import { ifPresent, sha256Of, syncDirectory } from '../../platform/fs/files.js';
import type { Processes } from '../../platform/process/processes.js';
import { createPath, notPlainFailure, tryGetPath, tryOpenPlainFile } from './paths.js';
import { linkOnce, listParts, replaceableMode, stageInDirectory, withPart } from './staging.js';
import { openLockFile, tryLockFile } from '../../platform/fs/file-lock.js';
import { parseKey } from '../keys.js';
import type { ByteRange } from '../../platform/byte-range.js';
import type { ObjectHead, ObjectStore, TaggedContent, Writer } from '../object-store.js';

/**
 * A store in a directory, with an absolute path: local, on NFS, or shared between containers. link(2) creates,
 * rename(2) under a lock swaps, and both are durable before they are reported. No mode depends on the umask: a
 * publisher's must not shut readers out.
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
    list: async function* (prefix, { startAfter = '' } = {}) {
      for await (const key of listKeys(root, prefix)) {
        if (key <= startAfter) continue;
        const stats = await ifPresent(lstat(join(root, key)));
        if (stats !== undefined) yield { key, size: stats.size };
      }
    },
    stage: async (request) => {
      parseKey(request.key);
      return stageInDirectory(root, request, ports.processes);
    },
    listStaged: () => listParts(root, ports.processes),
    delete: async (key) => removeFiles(root, [key]),
    deleteMany: async (keys) => removeFiles(root, keys),
  };
}

/**
 * One lock for all swaps of the store, which are rare and short: a lock for each key would leave a file for every key
 * there ever was.
 */
const swapLock = '.locks/swap';
const lockSeconds = 30;
/**
 * A swap publishes a version: a cancel just before it would leave the version's files unlisted. Others hold the lock
 * for milliseconds.
 */
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
    // The lock file stays: if it were removed, two processes could hold locks of two files of that name.
    await using lock = await openLockFile(await createPath(root, swapLock));
    const isOurs =
      (await tryLockFile(lock, lockSecondsAfterCancel, processes, true)) ||
      (await tryLockFile(lock, lockSeconds, processes));
    if (!isOurs) throw new Failure(`another process has held the lock of ${path} for ${lockSeconds} s`);
    const current = await readWhole(root, key, Infinity);
    if (current?.tag !== swap.expectedTag) return 'lost';
    await chmod(part, replaceableMode);
    await rename(part, path);
    await syncDirectory(dirname(path));
    return 'swapped';
  });
}

async function readWhole(root: string, key: string, limit: number): Promise<TaggedContent | undefined> {
  const path = await tryGetPath(root, key);
  await using file = path === undefined ? undefined : await tryOpenPlainFile(path);
  if (path === undefined || file === undefined) return undefined;
  const { size } = await file.stat();
  if (size > limit) throw new Failure(`${path} has ${size} bytes, more than the ${limit} allowed`);
  const bytes = await file.readFile();
  return { bytes, tag: sha256Of(bytes) };
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

/** Syncs each directory once, however many files it loses. */
async function removeFiles(root: string, keys: readonly string[]): Promise<void> {
  const directories = new Set<string>();
  for (const key of keys.map(parseKey)) {
    const path = await tryGetPath(root, key);
    if (path === undefined) continue;
    await rm(path, { force: true });
    directories.add(dirname(path));
  }
  for (const directory of directories) await syncDirectory(directory);
}

/** Walks the directories that the prefix allows, in order. Hidden names are not the store's objects, nor are links. */
async function* listKeys(root: string, prefix: string, directory = ''): AsyncGenerator<string> {
  const entries = (await ifPresent(readdir(join(root, directory), { withFileTypes: true }))) ?? [];
  const paths = entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
    .map((entry) => directory + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort((one, other) => (one < other ? -1 : 1));
  for (const path of paths) {
    if (!path.endsWith('/')) {
      if (path.startsWith(prefix)) yield path;
    } else if (path.startsWith(prefix) || prefix.startsWith(path)) yield* listKeys(root, prefix, path);
  }
}
