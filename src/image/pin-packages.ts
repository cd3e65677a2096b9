import { readAptFiles } from '../apt/config-files.js';
import type { GuestFiles } from '../disk/guest-files.js';
import { identifyPackage, pinSources } from '../apt/snapshot.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { PinnedPackages } from './golden-image.js';
import { readPackages } from '../apt/installed-packages.js';
import type { SystemEdit } from './plan.js';

/** The image's sources of packages as they were at a moment. */
export interface Pin {
  readonly snapshot: string;
  /** sources.list(5). */
  readonly sources: string;
}

/** Undefined where no edit has a snapshot. @throws Failure where nobody keeps snapshots of the image's archives */
export async function planPin(edits: readonly SystemEdit[], files: GuestFiles, log: Log): Promise<Pin | undefined> {
  const snapshot = edits.flatMap((edit) =>
    edit.kind === 'run' || edit.snapshot === undefined ? [] : [edit.snapshot],
  )[0];
  if (snapshot === undefined) return undefined;
  const { text, pinned, unpinned } = pinSources(await readAptFiles(files, 'sources'), snapshot);
  if (pinned.length === 0) {
    throw new Failure(
      `nobody keeps snapshots of the image's package sources: ${unpinned.join(', ') || 'it has none'}`,
      { fix: 'leave out snapshot, or use a base whose sources are those of Debian or Ubuntu' },
    );
  }
  if (unpinned.length > 0)
    log.warn(`packages of these come as they are now, for nobody keeps snapshots of them: ${unpinned.join(', ')}`);
  log.info(`packages come from ${pinned.join(', ')}`);
  return { snapshot, sources: text };
}

/** apt.conf(5) that makes apt take the sources in a file of the guest, and no others. */
export function formatPinConfiguration(sourcesPath: string): string {
  return `Dir::Etc::sourcelist "${sourcesPath}";\nDir::Etc::sourceparts "-";\nAcquire::GzipIndexes "false";\n`;
}

/** Looks for every package of the finished image in the lists of the snapshot. */
export async function checkPin(
  { snapshot }: Pin,
  indexed: ReadonlySet<string>,
  files: GuestFiles,
  log: Log,
): Promise<PinnedPackages> {
  const installed = (await readPackages(files)).map(identifyPackage);
  const unpinned = installed.filter((name) => !indexed.has(name));
  if (unpinned.length === 0) log.info(`all ${installed.length} packages are those of ${snapshot}`);
  else
    log.warn(
      `${unpinned.length} of ${installed.length} packages are not those of ${snapshot}: ${unpinned.slice(0, 3).join(', ')}${unpinned.length > 3 ? ', …' : ''}`,
    );
  return { snapshot, unpinned };
}
