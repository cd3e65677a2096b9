import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import { withHostLock } from './host-folders.js';
import { isWhole, listKept, switchCurrent, tryReadCurrent, type KeptVersion } from './kept-versions.js';
import { isRolledBack, markRolledBack } from './rolled-back.js';

/**
 * Takes the previous kept version into use, from this host alone. The one that was in use is marked, so that no channel
 * brings it back. @throws Failure where there is none
 */
export async function rollBack(
  request: { readonly root: string; readonly image: string }, ports: { readonly processes: Processes; readonly log: Log },
): Promise<{ readonly kept: KeptVersion; readonly from: number }> {
  const root = resolve(request.root);
  const { image } = request;
  return withHostLock(root, 'switch', ports, async () => {
    const from = await tryReadCurrent(root, image);
    if (from === undefined) throw new Failure(`no version of ${image} is in use on this host`, { mend: 'ch-golden pull' });
    const { kept } = await listKept(root, image);
    const previous = await tryFindPrevious(root, kept, from);
    if (previous === undefined) throw new Failure(`no whole version of ${image} before ${from} is kept on this host`, { mend: 'name one: ch-golden pull N' });
    await markRolledBack(root, image, from);
    await switchCurrent(root, image, previous.version);
    return { kept: previous, from };
  });
}

/** The newest whole version before the one in use that was not rolled back from itself. */
export async function tryFindPrevious(root: string, kept: readonly KeptVersion[], current: number): Promise<KeptVersion | undefined> {
  for (const candidate of kept) {
    const isOlder = candidate.version < current && !(await isRolledBack(root, candidate.image, candidate.version));
    if (isOlder && await isWhole(candidate)) return candidate;
  }
  return undefined;
}
