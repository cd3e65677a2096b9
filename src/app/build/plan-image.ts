import type { Daemon } from '../../daemon/daemon.js';
import { planDaemon } from '../../image/daemon-edits.js';
import { hygieneEdits } from '../../image/hygiene.js';
import type { Edit } from '../../image/plan.js';

/**
 * All that is done to a base, in order: the user's changes, then what must not be in an image goes,
 * also what packages and scripts have left, then the daemon comes.
 */
export function planImage(
  daemon: Pick<Daemon, 'path' | 'sha256'>,
  environment: readonly string[],
  changes: readonly Edit[] = [],
): readonly Edit[] {
  return [...changes, ...hygieneEdits, ...planDaemon({ binary: daemon.path, sha256: daemon.sha256, environment })];
}
