import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/progress/log.js';
import type { ObjectStore, StagedLeftover } from '../../objects/object-store.js';
import { isStagedKey } from '../names.js';

/** A process needs a moment from the first byte that it stages to the lock that says it lives. */
const youngMs = 60_000;

/**
 * Removes what runs that were killed have left staged, and gives its keys. What a live process holds stays; where
 * the store cannot tell, what is younger than `graceMs` stays.
 */
export async function reapStaged(
  request: { readonly graceMs: number },
  ports: { readonly store: ObjectStore; readonly clock: Clock; readonly log: Log },
): Promise<readonly string[]> {
  const reaped: string[] = [];
  for (const leftover of (await listStaged(request, ports)).dead) {
    await leftover.abort();
    ports.log.detail(`removed what a run that has ended left staged for ${leftover.key}`);
    reaped.push(leftover.key);
  }
  return reaped;
}

/** Tells what is staged by runs that may go on from what none will complete. */
export async function listStaged(
  { graceMs }: { readonly graceMs: number },
  { store, clock }: { readonly store: ObjectStore; readonly clock: Clock },
): Promise<{ readonly alive: readonly StagedLeftover[]; readonly dead: readonly StagedLeftover[] }> {
  const alive: StagedLeftover[] = [];
  const dead: StagedLeftover[] = [];
  for await (const leftover of store.listStaged(isStagedKey)) {
    const age = clock.now() - leftover.since;
    const stays = leftover.alive === true || age < (leftover.alive === false ? youngMs : graceMs);
    (stays ? alive : dead).push(leftover);
  }
  return { alive, dead };
}
