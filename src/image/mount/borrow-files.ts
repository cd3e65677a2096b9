import { readFile } from 'node:fs/promises';
import { Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { GuestFile, GuestFiles } from '../../disk/guest-files.js';
import { rootOwned, type FileEdit } from '../plan.js';

/** A file of the image that is another one while programs of the image run. */
export interface BorrowedFile {
  readonly path: string;
  readonly text: string;
  readonly putIn: FileEdit;
  readonly putBack: FileEdit;
}

/** invoke-rc.d(8): no service may be started. */
const policy = '#!/bin/sh\nexit 101\n';
const largest = 1024 ** 2;

/** The runner's resolver, and a policy by which packages start no service. */
export async function planBorrowedFiles(files: GuestFiles): Promise<readonly BorrowedFile[]> {
  const resolver = (await ifPresent(readFile('/etc/resolv.conf', 'utf8'))) ?? '';
  return Promise.all([
    planFile({ path: '/etc/resolv.conf', text: resolver, mode: 0o644 }, files),
    planFile({ path: '/usr/sbin/policy-rc.d', text: policy, mode: 0o755 }, files),
  ]);
}

async function planFile(
  { path, text, mode }: { readonly path: string; readonly text: string; readonly mode: number },
  files: GuestFiles,
): Promise<BorrowedFile> {
  const before = await files.tryStat(path);
  return {
    path,
    text,
    putIn: { kind: 'write', path, content: { text }, attributes: rootOwned(mode) },
    putBack: before === undefined ? { kind: 'remove', pattern: path } : await toFileEdit(path, before, files),
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

/** What puts the files back, but those that a package or a script has made anew meanwhile. */
export async function planReturn(borrowed: readonly BorrowedFile[], files: GuestFiles): Promise<readonly FileEdit[]> {
  const returned = await Promise.all(
    borrowed.map(async ({ path, text, putBack }) => {
      const now = await files.tryStat(path);
      const isOurs =
        now?.inode.kind === 'file' &&
        now.inode.size === Buffer.byteLength(text) &&
        (await files.read(path, largest)).toString('utf8') === text;
      return isOurs ? [putBack] : [];
    }),
  );
  return returned.flat();
}
