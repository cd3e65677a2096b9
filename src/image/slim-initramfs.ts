import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { errorMessage, ToolError } from '../platform/errors.js';
import type { Processes } from '../platform/process/processes.js';
import type { Artifact } from './golden-image.js';
import { tryTrimTrigger } from './boot-devices.js';
import { isNewc, replaceContent, tryReadNewc, writeNewc, type Archive, type ArchiveEntry } from './newc-archive.js';
import type { Ports } from './ports.js';

const largestUnpacked = 1024 ** 3;

/** What a VM needs to find its root filesystem, by name. Modules that these depend on are added. */
const neededModules = /^(?:virtio\w*|ext4|isofs|crc32c\w*|libcrc32c)$/;
/** Without these, no VM mounts its root. A kernel has them built in, or the initramfs has them. */
const rootModules = ['virtio_pci', 'virtio_blk', 'ext4'];
const modulePath = /^(?:\.\/)?(?:usr\/)?lib\/modules\/[^/]+\/(kernel\/.*\.ko)(?:\.(?:zst|xz|gz))?$/;
/** A VM's devices have no firmware, and its host loads the microcode. */
const firmwarePath = /^(?:\.\/)?(?:(?:usr\/)?lib\/firmware\/|kernel\/x86\/microcode\/)./;

export interface SlimInitramfs {
  readonly bytes: Buffer;
  readonly kept: number;
  readonly dropped: number;
  /** Whether udev starts with those devices only that the modules can drive. */
  readonly hasFewerDevices: boolean;
}

/**
 * Replaces a published initramfs by one with the modules of a VM only, not compressed: unpacking it is most of what the
 * kernel does before it starts /init. The image keeps the distribution's, for VMs with other hardware.
 * @returns what was done; undefined if the initramfs stays as it is, after a log line with the reason
 */
export async function slimArtifact(
  initramfs: Artifact,
  directory: string,
  { processes, log }: Ports,
): Promise<{ readonly artifact: Artifact; readonly edit: string } | undefined> {
  const outcome = await trySlim(await readFile(initramfs.path), directory, processes);
  if (typeof outcome === 'string') {
    log.info(`Kept the initramfs of the image: ${outcome}`);
    return undefined;
  }
  const { bytes, kept, dropped, hasFewerDevices } = outcome;
  await rm(initramfs.path);
  await writeFile(initramfs.path, bytes, { flag: 'wx', mode: 0o444 });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    artifact: { path: initramfs.path, size: bytes.length, sha256 },
    edit:
      `publish ${basename(initramfs.path)} with ${kept} of ${kept + dropped} modules, not compressed` +
      (hasFewerDevices ? ', whose udev adds fewer devices' : ''),
  };
}

/** @returns the reason if it cannot be made smaller */
export async function trySlim(
  initramfs: Buffer,
  directory: string,
  processes: Processes,
): Promise<SlimInitramfs | string> {
  const archives = await tryReadArchives(initramfs, directory, processes);
  if (typeof archives === 'string') return archives;
  const entries = archives.flatMap((archive) => archive.entries);
  const needed = findNeeded(entries);
  if (typeof needed === 'string') return needed;
  const isDropped = ({ path, isFile }: ArchiveEntry): boolean => {
    const module = modulePath.exec(path)?.[1];
    return isFile && (module === undefined ? firmwarePath.test(path) : !needed.has(module));
  };
  const dropped = entries.filter(isDropped);
  if (dropped.some(({ links }) => links > 1)) return 'it has modules that are hard links';
  const isModule = ({ path }: ArchiveEntry): boolean => modulePath.test(path);
  const trimmed = trimTriggers(entries);
  const plain = await unpackModules(
    entries.filter((entry) => isModule(entry) && !isDropped(entry)),
    directory,
    processes,
  );
  const toKept = (one: Archive): readonly ArchiveEntry[] =>
    one.entries.filter((entry) => !isDropped(entry)).map((entry) => trimmed.get(entry) ?? plain.get(entry) ?? entry);
  return {
    bytes: Buffer.concat(archives.map((one) => writeNewc(toKept(one)))),
    hasFewerDevices: trimmed.size > 0,
    kept: entries.filter(isModule).length - dropped.filter(isModule).length,
    dropped: dropped.filter(isModule).length,
  };
}

/** By the entry that each one replaces. */
type Replacements = ReadonlyMap<ArchiveEntry, ArchiveEntry>;

function trimTriggers(entries: readonly ArchiveEntry[]): Replacements {
  const trimmed = new Map<ArchiveEntry, ArchiveEntry>();
  for (const entry of entries) {
    const text = entry.isFile && entry.links === 1 ? tryTrimTrigger(entry.path, entry.content) : undefined;
    if (text !== undefined) trimmed.set(entry, replaceContent(entry, Buffer.from(text)));
  }
  return trimmed;
}

/** Unpacking a module takes longer than loading it. Names stay: kmod goes by the first bytes of a file. */
async function unpackModules(
  modules: readonly ArchiveEntry[],
  directory: string,
  processes: Processes,
): Promise<Replacements> {
  const plain = new Map<ArchiveEntry, ArchiveEntry>();
  for (const entry of modules.filter(({ isFile, links }) => isFile && links === 1)) {
    const content = await tryUnpack(entry.content, directory, processes);
    if (typeof content !== 'string') plain.set(entry, replaceContent(entry, content));
  }
  return plain;
}

/** Paths, below the directory of the kernel's version and without compression, of the modules to keep. */
function findNeeded(entries: readonly ArchiveEntry[]): ReadonlySet<string> | string {
  const textOf = (name: string): string =>
    entries
      .filter(({ path }) => path.endsWith(`/${name}`))
      .map(({ content }) => content.toString('utf8'))
      .join('\n');
  const withoutCompression = (path: string): string => path.replace(/\.(?:zst|xz|gz)$/, '');
  const dependencies = new Map(
    textOf('modules.dep')
      .split('\n')
      .map((line) =>
        line
          .split(/:? +|:$/)
          .filter(Boolean)
          .map(withoutCompression),
      )
      .map(([module = '', ...others]) => [module, others] as const),
  );
  const present = entries.flatMap(({ path }) => modulePath.exec(path)?.[1] ?? []);
  const builtIn = textOf('modules.builtin').split('\n').map(nameOf);
  const named = new Set([...present.map(nameOf), ...builtIn]);
  const missing = rootModules.find((name) => !named.has(name));
  if (missing !== undefined) return `it has no module ${missing}`;
  if (present.some((module) => !dependencies.has(module))) return 'its modules.dep does not list all modules';
  const roots = present.filter((module) => neededModules.test(nameOf(module)));
  return new Set(roots.flatMap((module) => [module, ...(dependencies.get(module) ?? [])]));
}

/** `kernel/drivers/block/virtio-blk.ko` is `virtio_blk`. */
function nameOf(module: string): string {
  return basename(module, '.ko').replaceAll('-', '_');
}

/** An initramfs is archives one after the other. The last can be compressed, with more of them in it. */
async function tryReadArchives(
  initramfs: Buffer,
  directory: string,
  processes: Processes,
): Promise<readonly Archive[] | string> {
  const outer = readPlain(initramfs);
  if (outer.rest.length === 0) return outer.archives;
  const unpacked = await tryUnpack(outer.rest, directory, processes);
  if (typeof unpacked === 'string') return unpacked;
  const inner = readPlain(unpacked);
  return inner.rest.length === 0 ? [...outer.archives, ...inner.archives] : 'it is not a cpio archive';
}

/** Archives may be followed by zeros. */
function readPlain(bytes: Buffer): { readonly archives: readonly Archive[]; readonly rest: Buffer } {
  const archives: Archive[] = [];
  for (let at = 0; ; ) {
    while (bytes[at] === 0) at++;
    if (at % 4 !== 0 || !isNewc(bytes, at)) return { archives, rest: bytes.subarray(at) };
    const archive = tryReadNewc(bytes, at);
    if (archive === undefined) return { archives, rest: bytes.subarray(at) };
    archives.push(archive);
    at = archive.end;
  }
}

const unpackers = [
  ['28b52ffd', ['zstd', '-dcq', '--single-thread', '--memory=128MB']],
  ['fd377a585a00', ['xz', '-dcq', '--memlimit-decompress=256MiB']],
  ['02214c18', ['lz4', '-dcq']],
] as const;

async function tryUnpack(bytes: Buffer, directory: string, processes: Processes): Promise<Buffer | string> {
  const start = bytes.toString('hex', 0, 6);
  try {
    if (start.startsWith('1f8b')) return gunzipSync(bytes, { maxOutputLength: largestUnpacked });
  } catch (error) {
    return `its compression is damaged: ${errorMessage(error)}`;
  }
  const argv = unpackers.find(([magic]) => start.startsWith(magic))?.[1];
  if (argv === undefined) return `unsupported compression (it starts with ${start})`;
  if ((await processes.tryFind(argv[0])) === undefined) return `${argv[0]} is not installed`;
  const file = join(directory, 'initramfs-payload');
  await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  try {
    return await processes.stream({ argv: [...argv, file], timeoutMs: 120_000 }, collect);
  } catch (error) {
    if (error instanceof ToolError) return `its compression is damaged: ${error.message}`;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

async function collect(stdout: AsyncIterable<Buffer>): Promise<Buffer | string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stdout) {
    length += piece.length;
    if (length > largestUnpacked) return `it unpacks to more than ${largestUnpacked} bytes`;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}
