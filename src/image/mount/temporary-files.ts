import { readFile } from 'node:fs/promises';
import { Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { GuestFile, GuestFiles } from '../../disk/guest-files.js';
import { rootOwned, type FileEdit } from '../plan.js';

/** A file of the image that is replaced while programs of the image run. */
export interface TemporaryFile {
  readonly path: string;
  readonly text: string;
  readonly replace: FileEdit;
  readonly restore: FileEdit;
}

/** invoke-rc.d(8): forbids starting services. */
const policy = '#!/bin/sh\nexit 101\n';
const largest = 1024 ** 2;

/** The runner's resolver, and a policy that keeps packages from starting services. */
export async function planTemporaryFiles(files: GuestFiles): Promise<readonly TemporaryFile[]> {
  const resolver = (await ifPresent(readFile('/etc/resolv.conf', 'utf8'))) ?? '';
  return Promise.all([
    planFile({ path: '/etc/resolv.conf', text: resolver, mode: 0o644 }, files),
    planFile({ path: '/usr/sbin/policy-rc.d', text: policy, mode: 0o755 }, files),
  ]);
}

async function planFile(
  { path, text, mode }: { readonly path: string; readonly text: string; readonly mode: number },
  files: GuestFiles,
): Promise<TemporaryFile> {
  const before = await files.tryStat(path);
  return {
    path,
    text,
    replace: { kind: 'write', path, content: { text }, attributes: rootOwned(mode) },
    restore: before === undefined ? { kind: 'remove', pattern: path } : await toFileEdit(path, before, files),
  };
}

async function toFileEdit(path: string, { inode, mount }: GuestFile, files: GuestFiles): Promise<FileEdit> {
  switch (inode.kind) {
    case 'link':
      return { kind: 'link', path, target: await mount.filesystem.readLink(inode) };
    case 'file':
      return {
        kind: 'write',
        path,
        content: { text: (await files.read(path, largest)).toString('utf8') },
        attributes: { mode: inode.mode, uid: inode.uid, gid: inode.gid },
      };
    case 'directory':
    case 'other':
      throw new Failure(`${path} in the image is neither a file nor a link`);
  }
}

/** Restores the files, except those that a package or a script has replaced. */
export async function planRestore(replaced: readonly TemporaryFile[], files: GuestFiles): Promise<readonly FileEdit[]> {
  const edits = await Promise.all(
    replaced.map(async ({ path, text, restore }) => {
      const now = await files.tryStat(path);
      const isOurs =
        now?.inode.kind === 'file' &&
        now.inode.size === Buffer.byteLength(text) &&
        (await files.read(path, largest)).toString('utf8') === text;
      return isOurs ? [restore] : [];
    }),
  );
  return edits.flat();
}
