import type { ObjectStore } from '../objects/object-store.js';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import { probeStore } from '../store/probe-store.js';
import { probeStoreOnce, type ProbeOnceRequest } from '../store/proven-store.js';

export interface SafeStoreRequest {
  readonly image: string;
  /** Unique for this run. */
  readonly owner: string;
  /** Whether to publish to a store without working conditional writes. */
  readonly allowUnsafe: boolean;
  /** With a cache, a store that passed within the last day is not probed again. */
  readonly cached?: Pick<ProbeOnceRequest, 'place' | 'cacheDirectory'> | undefined;
}

export const unsafeStoreFix =
  'use a store with conditional writes (docs/reference/store.md lists some),' +
  ' or set unsafe-store: true if nobody else publishes to it';

/**
 * Before any heavy work, tests the permissions and the conditional writes that publishing relies on.
 * @returns the defects of a store that is allowed to have some
 * @throws Failure
 */
export async function assertSafeStore(
  { image, owner, allowUnsafe, cached }: SafeStoreRequest,
  ports: { readonly store: ObjectStore; readonly clock: Clock; readonly log: Log },
): Promise<readonly string[]> {
  const probe = { image, owner };
  const defects = await (cached === undefined
    ? probeStore(probe, ports)
    : probeStoreOnce({ ...probe, ...cached }, ports));
  const [first] = defects;
  if (first !== undefined && !allowUnsafe)
    throw new Failure(`the store's conditional writes do not work: ${first}`, {
      evidence: defects,
      fix: unsafeStoreFix,
    });
  for (const defect of defects) ports.log.warn(`Unsafe store: ${defect}`);
  return defects;
}
