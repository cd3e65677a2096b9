import type { Daemon } from '../../daemon/daemon.js';
import { planDaemon } from '../../image/daemon-edits.js';
import { hygieneEdits } from '../../image/hygiene.js';
import type { Edit } from '../../image/plan.js';

/**
 * All edits of a base, in order: the user's changes, hygiene (also of what packages and scripts left behind), the
 * daemon.
 */
export function planImage(
  daemon: Pick<Daemon, 'path' | 'sha256'>,
  environment: readonly string[],
  changes: readonly Edit[] = [],
): readonly Edit[] {
  return [...changes, ...hygieneEdits, ...planDaemon({ binary: daemon.path, sha256: daemon.sha256, environment })];
}
