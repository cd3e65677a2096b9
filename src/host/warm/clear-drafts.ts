import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifPresent } from '../../platform/fs/files.js';
import { draftPrefix } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { removeDirectoryTree, withVmDirectory } from '../vm/vm-files.js';
import { killVmm, tryFindVmm } from '../vm/vmm-process.js';

/** Drafts of templates of any version. The caller holds the lock `warm`, so killed commands left them. */
export async function listTemplateDrafts(root: string): Promise<readonly string[]> {
  const drafts: string[] = [];
  for (const version of (await ifPresent(readdir(join(root, 'versions')))) ?? []) {
    const warm = join(root, 'versions', version, 'warm');
    // Anything but a directory in a version's directory was not put there by us.
    const names = await readdir(warm).catch(() => []);
    drafts.push(...names.filter((name) => name.startsWith(draftPrefix)).map((name) => join(warm, name)));
  }
  return drafts;
}

/** Removes a draft, and the VMM that may still run in it. */
export async function removeTemplateDraft(draft: string, ports: Omit<HostPorts, 'log'>): Promise<void> {
  await withVmDirectory(draft, async (directory) => {
    const vmm = await tryFindVmm(directory, ports.signal);
    if (vmm !== undefined) await killVmm(vmm, directory, ports);
  });
  await removeDirectoryTree(draft, ports);
}
