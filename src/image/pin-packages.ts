import { readAptFiles } from '../apt/config-files.js';
import type { GuestFiles } from '../disk/guest-files.js';
import { identifyPackage, pinSources } from '../apt/snapshot.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { PinnedPackages } from './golden-image.js';
import { readPackages } from '../apt/installed-packages.js';
import type { SystemEdit } from './plan.js';

/** The image's package sources, pinned to a snapshot. */
export interface Pin {
  readonly snapshot: string;
  /** sources.list(5). */
  readonly sources: string;
}

/** Undefined if no edit has a snapshot. @throws Failure if no archive of the image has snapshots */
export async function planPin(edits: readonly SystemEdit[], files: GuestFiles, log: Log): Promise<Pin | undefined> {
  const snapshot = edits.flatMap((edit) =>
    edit.kind === 'run' || edit.snapshot === undefined ? [] : [edit.snapshot],
  )[0];
  if (snapshot === undefined) return undefined;
  const { text, pinned, unpinned } = pinSources(await readAptFiles(files, 'sources'), snapshot);
  if (pinned.length === 0) {
    throw new Failure(`no snapshots exist of the image's package sources: ${unpinned.join(', ') || 'it has none'}`, {
      fix: 'remove snapshot, or use a base with the package sources of Debian or Ubuntu',
    });
  }
  if (unpinned.length > 0)
    log.warn(`No snapshots exist of these package sources, so their packages are not pinned: ${unpinned.join(', ')}`);
  log.info(`Packages come from ${pinned.join(', ')}`);
  return { snapshot, sources: text };
}

/** apt.conf(5) by which apt uses only the sources in one file of the guest. */
export function formatPinConfiguration(sourcesPath: string): string {
  return `Dir::Etc::sourcelist "${sourcesPath}";\nDir::Etc::sourceparts "-";\nAcquire::GzipIndexes "false";\n`;
}

/** Compares the finished image's packages with the lists of the snapshot. */
export async function findPinnedPackages(
  { snapshot }: Pin,
  indexed: ReadonlySet<string>,
  files: GuestFiles,
  log: Log,
): Promise<PinnedPackages> {
  const installed = (await readPackages(files)).map(identifyPackage);
  const unpinned = installed.filter((name) => !indexed.has(name));
  if (unpinned.length === 0) log.info(`All ${installed.length} packages come from snapshot ${snapshot}`);
  else {
    const examples = [...unpinned.slice(0, 3), ...(unpinned.length > 3 ? ['…'] : [])].join(', ');
    log.warn(`${unpinned.length} of ${installed.length} packages do not come from snapshot ${snapshot}: ${examples}`);
  }
  return { snapshot, unpinned };
}
