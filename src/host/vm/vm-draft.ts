import { mkdtemp, open, readdir, rename, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/fs/file-lock.js';
import { ifPresent } from '../../platform/fs/files.js';
import { openDirectory } from '../../platform/fs/owned-directory.js';
import { draftPrefix, rawDraftPrefix } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { removeDirectoryTree } from './vm-files.js';

type Ports = Pick<HostPorts, 'processes'>;

/**
 * The directory of a VM that does not exist yet. It is locked, as that of a VM is, which distinguishes the drafts of
 * commands that run from those of killed ones, also across containers. Removed at the end of its scope, unless it
 * became a VM.
 */
export interface VmDraft extends AsyncDisposable {
  readonly path: string;
  /** Gives it the name of its VM. It stays locked until the end of its scope. @throws as rename(2) */
  publish(vmPath: string): Promise<void>;
}

/** A command that checks whether a draft is dead holds its lock for a moment. */
const lockSeconds = 30;

export async function createVmDraft(sandboxes: string, ports: Ports): Promise<VmDraft> {
  const path = await mkdtemp(join(sandboxes, draftPrefix));
  const handle = await open(path);
  let isVm = false;
  const draft: VmDraft = {
    path,
    publish: async (vmPath) => {
      await rename(path, vmPath);
      isVm = true;
    },
    [Symbol.asyncDispose]: async () => {
      // Locked until it is gone.
      if (!isVm) await removeDirectoryTree(path, ports);
      await handle.close();
    },
  };
  try {
    if (await tryLockFile(handle, lockSeconds, ports.processes)) return draft;
    throw new Failure(`another process holds the lock of ${path}`, { fix: `find it: fuser ${path}` });
  } catch (error) {
    await draft[Symbol.asyncDispose]();
    throw error;
  }
}

/** A command that has just started has its draft before it has the lock. */
const startsWithinMs = 60_000;

/**
 * The drafts that killed commands left: those of VMs that were to be created or deleted.
 * @param minAgeMs younger ones are left out, without a look at their locks
 */
export async function listDeadDrafts(sandboxes: string, ports: Ports, minAgeMs = 0): Promise<readonly string[]> {
  const paths = (await readdir(sandboxes))
    .filter((name) => [draftPrefix, rawDraftPrefix].some((prefix) => name.startsWith(prefix)))
    .map((name) => join(sandboxes, name));
  const dead: string[] = [];
  for (const path of paths) if (await isDead(path, ports, minAgeMs)) dead.push(path);
  return dead;
}

async function isDead(path: string, { processes }: Ports, minAgeMs: number): Promise<boolean> {
  const stats = await ifPresent(stat(path));
  if (stats?.isDirectory() !== true) return false;
  const ageMs = Date.now() - stats.mtimeMs;
  if (ageMs < minAgeMs) return false;
  await using handle: FileHandle | undefined = await ifPresent(openDirectory(path, path));
  if (handle === undefined || !(await tryLockFile(handle, 0, processes))) return false;
  return ageMs >= startsWithinMs || (await readdir(path)).length > 0;
}
