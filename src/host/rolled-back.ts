import { rm } from 'node:fs/promises';
import { pathExists, writeFileAtomically } from '../platform/fs/files.js';
import { versionDirectory } from './kept-versions.js';

// A host that was rolled back from a version must not get it again from a timer. The mark outlives the version's files.

const markOf = (root: string, image: string, version: number): string =>
  `${versionDirectory(root, image, version)}.rolled-back`;

export async function markRolledBack(root: string, image: string, version: number): Promise<void> {
  await writeFileAtomically(markOf(root, image, version), '');
}

export async function isRolledBack(root: string, image: string, version: number): Promise<boolean> {
  return pathExists(markOf(root, image, version));
}

export async function clearRolledBack(root: string, image: string, version: number): Promise<void> {
  await rm(markOf(root, image, version), { force: true });
}
