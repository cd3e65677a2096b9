import { rm } from 'node:fs/promises';
import { pathExists, writeFileAtomically } from '../platform/fs/files.js';
import { versionDirectory } from './local-versions.js';

// A timer must not pull a version again that the host was rolled back from. The mark outlives the version's files.

const markPath = (root: string, image: string, version: number): string =>
  `${versionDirectory(root, image, version)}.rolled-back`;

export async function markRolledBack(root: string, image: string, version: number): Promise<void> {
  await writeFileAtomically(markPath(root, image, version), '');
}

export async function isRolledBack(root: string, image: string, version: number): Promise<boolean> {
  return pathExists(markPath(root, image, version));
}

export async function clearRolledBack(root: string, image: string, version: number): Promise<void> {
  await rm(markPath(root, image, version), { force: true });
}
