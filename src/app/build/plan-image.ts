import type { Daemon } from '../../daemon/daemon.js';
import { planBoot, startsEarly, stockBoot, type BootRequest } from '../../image/boot-profile.js';
import { planDaemon } from '../../image/daemon-edits.js';
import { hygieneEdits } from '../../image/hygiene.js';
import { identityEdits } from '../../image/identity-edits.js';
import type { Edit } from '../../image/plan.js';

/**
 * All edits of a base, in order: the user's changes, hygiene (also of what packages and scripts left behind), the
 * boot profile, the daemon, and the identity of warm clones.
 */
export function planImage(
  daemon: Pick<Daemon, 'path' | 'sha256'>,
  environment: readonly string[],
  changes: readonly Edit[] = [],
  boot: BootRequest = stockBoot,
): readonly Edit[] {
  const { path: binary, sha256 } = daemon;
  return [
    ...changes,
    ...hygieneEdits,
    ...planBoot(boot),
    ...planDaemon({ binary, sha256, environment, early: startsEarly(boot) }),
    ...identityEdits,
  ];
}
