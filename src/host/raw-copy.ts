import { constants } from 'node:fs';
import { chmod, copyFile, lstat, open, rename, rm, truncate, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tryFindDifference } from '../disk/disk-digest.js';
import { withRawFile } from '../disk/raw-file.js';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { syncDirectory } from '../platform/fs/files.js';
import { isUnmodified, type ExpectedFile } from './check-file.js';
import { assertFreeSpace } from './check-host.js';
import { tryStatFile } from './host-files.js';
import { partialPrefix, type LocalFile, type LocalVersion } from './local-versions.js';
import type { HostPorts } from './ports.js';

type Ports = Pick<HostPorts, 'processes' | 'log' | 'signal'>;

const convertWithinMs = 3600_000;
const blockBytes = 512;
/** Flags of a file that nobody writes to. */
const readOnly = 0o444;

function getImage({ image, version, files }: LocalVersion): LocalFile {
  const file = files.find(({ role }) => role === 'image');
  if (file === undefined) throw new Failure(`${image}.${version} has no image`);
  return file;
}

/**
 * Where the raw copy of a version's image is, if there is one: beside the image. Raw disks share its blocks. Its
 * modification time says that every byte was verified, as that of an image does.
 */
export function rawCopyOf(local: LocalVersion): ExpectedFile {
  return {
    path: getImage(local).path.replace(/\.qcow2$/, '.raw'),
    size: local.manifest.disk.virtualSize,
    verifiedDate: new Date(local.manifest.created),
  };
}

/** What is wrong with the raw copy of a version, all of which is read; undefined if it is right, or does not exist. */
export async function tryFindRawProblem(
  local: LocalVersion,
  ports: Pick<HostPorts, 'log' | 'signal'>,
): Promise<string | undefined> {
  const { path } = rawCopyOf(local);
  return (await tryStatFile(path)) === undefined ? undefined : tryFindContentProblem(path, local, ports);
}

async function tryFindContentProblem(
  path: string,
  { manifest: { disk } }: LocalVersion,
  { log, signal }: Pick<HostPorts, 'log' | 'signal'>,
): Promise<string | undefined> {
  const difference = await withRawFile(path, async (file) => {
    if (file.size !== disk.virtualSize) return `${file.size} bytes instead of ${disk.virtualSize}`;
    return tryFindDifference(file, disk, (done) => {
      signal.throwIfAborted();
      log.progress(basename(path), done, disk.virtualSize);
    });
  });
  return difference === undefined ? undefined : `${path} is not the disk of its manifest: ${difference}`;
}

/**
 * Creates a raw disk with the content of a version's image. With reflinks, it shares the blocks of a raw copy that the
 * host keeps per version; without them, it is a sparse copy. Logs what it costs. No other process may create or
 * remove a raw copy meanwhile.
 * @param path of the new disk
 * @param size of the new disk in bytes, at least that of the image
 */
export async function createRawDisk(
  local: LocalVersion,
  { path, size }: { readonly path: string; readonly size: number },
  ports: Ports,
): Promise<void> {
  const name = `${local.image}.${local.version}`;
  const cloned = (await sharesBlocks(getImage(local).path, path))
    ? await tryClone(await ensureRawCopy(local, ports), path)
    : false;
  if (!cloned) await convert(local, path, ports);
  await chmod(path, 0o600);
  await truncate(path, size);
  if (cloned) {
    ports.log.info(`The raw disk shares the blocks of the raw copy of ${name} (reflink)`);
    return;
  }
  const { blocks } = await lstat(path);
  ports.log.info(
    `The raw disk is a sparse copy of ${name}, which takes ${formatBytes(blocks * blockBytes)}: ` +
      `${dirname(path)} shares no blocks with it (no reflinks)`,
  );
}

/** Whether a file in the directory of `to` can share the blocks of `from`, which takes the same filesystem. */
async function sharesBlocks(from: string, to: string): Promise<boolean> {
  const probe = `${to}.probe`;
  const shares = await tryClone(from, probe);
  await rm(probe, { force: true });
  return shares;
}

async function tryClone(from: string, to: string): Promise<boolean> {
  return copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL).then(
    () => true,
    async () => {
      await rm(to, { force: true });
      return false;
    },
  );
}

/** The path of a version's raw copy, which is created if it is missing, or was written to. */
async function ensureRawCopy(local: LocalVersion, ports: Ports): Promise<string> {
  const copy = rawCopyOf(local);
  const name = `${local.image}.${local.version}`;
  if (await isUnmodified(copy)) return copy.path;
  const partial = join(dirname(copy.path), `${partialPrefix}${basename(copy.path)}`);
  await rm(partial, { force: true });
  try {
    await convert(local, partial, ports);
    const problem = await tryFindContentProblem(partial, local, ports);
    if (problem !== undefined) throw new Failure(problem, { fix: `ch-golden pull ${local.version} --verify` });
    await sealFile(partial, copy);
    const { blocks } = await lstat(partial);
    await rename(partial, copy.path);
    await syncDirectory(dirname(copy.path));
    ports.log.info(
      `Created the raw copy of ${name}, which takes ${formatBytes(blocks * blockBytes)}, once: ${copy.path}`,
    );
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return copy.path;
}

async function sealFile(path: string, { verifiedDate = new Date() }: ExpectedFile): Promise<void> {
  await chmod(path, readOnly);
  await utimes(path, verifiedDate, verifiedDate);
  await using file = await open(path, 'r');
  await file.sync();
}

/** The image has passed the gate: it opens no other files than those of its version. */
async function convert(local: LocalVersion, path: string, { processes }: Ports): Promise<void> {
  const { chunkSize, chunks, virtualSize } = local.manifest.disk;
  await assertFreeSpace([{ path, neededBytes: Math.min(virtualSize, chunks.length * chunkSize) }]);
  await processes.run({
    argv: ['qemu-img', 'convert', '-q', '-f', 'qcow2', '-O', 'raw', '-W', '-m', '8', getImage(local).path, path],
    timeoutMs: convertWithinMs,
  });
}
