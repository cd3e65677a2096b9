import type { StagedLeftover } from '../../objects/object-store.js';
import { isStagedKey } from '../names.js';
import type { StorePorts } from '../store-ports.js';

/** A process stages its first byte a moment before it takes the lock that proves it alive. */
const youngMs = 60_000;

/**
 * Removes what killed runs left staged, and returns its keys. What a live process holds stays. If the store cannot
 * tell, whatever is younger than `graceMs` stays.
 */
export async function reapStaged(request: { readonly graceMs: number }, ports: StorePorts): Promise<readonly string[]> {
  const reaped: string[] = [];
  for (const leftover of (await listStaged(request, ports)).dead) {
    await leftover.abort();
    ports.log.detail(`Removed the unfinished upload of ${leftover.key}`);
    reaped.push(leftover.key);
  }
  return reaped;
}

/** Splits staged objects into those that a run may still complete, and those that none will. */
export async function listStaged(
  { graceMs }: { readonly graceMs: number },
  { store, clock }: Pick<StorePorts, 'store' | 'clock'>,
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
