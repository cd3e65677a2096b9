import type { Guest } from '../disk/open-guest.js';
import { isFileEdit, type Edit } from './plan.js';

/** Which files of a base with SELinux will have no label after the edits, or undefined. */
export async function findLabelProblem({ root, files }: Guest, edits: readonly Edit[]): Promise<string | undefined> {
  const config = (await files.tryReadText('/etc/selinux/config')) ?? '';
  const mode = /^SELINUX=(enforcing|permissive)\s*$/m.exec(config)?.[1];
  if (mode === undefined) return undefined;
  const top = await files.tryStat('/');
  const labels = top === undefined ? new Map() : await root.mount.filesystem.readAttributes(top.inode);
  const problem = !labels.has('security.selinux')
    ? 'its files have no labels'
    : edits.every(isFileEdit)
      ? undefined
      : 'files that packages and scripts create get no label';
  if (problem === undefined) return undefined;
  const fix = 'add an empty /.autorelabel with files, so that VMs label all files at their first boot';
  return `the base uses SELinux (${mode}), but ${problem}: ${fix}`;
}
