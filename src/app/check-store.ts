import type { BuildInputs } from '../inputs/build-inputs.js';
import type { Clock } from '../platform/clock.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { silentLog, type Log } from '../platform/progress/log.js';
import type { ObjectStore } from '../objects/object-store.js';
import { probeStore } from '../store/probe-store.js';
import { probeStoreOnce, type ProbeOnceRequest } from '../store/proven-store.js';
import type { Finding } from './doctor/finding.js';

export interface CheckStoreRequest {
  readonly image: string;
  /** Unique for this run. */
  readonly owner: string;
  /** A store that cannot keep versions apart is used all the same. */
  readonly allowUnsafe: boolean;
  /** With a cache, a store that passed within the last day is not probed again. */
  readonly cached?: Pick<ProbeOnceRequest, 'place' | 'cacheDirectory'> | undefined;
}

const fix =
  'use a store with conditional writes (docs/reference/store.md lists some), or unsafe-store: true where nobody else ever publishes';

/**
 * Tries the store out before any work: permissions, and the conditional writes that versions rely on. Answers with what it
 * does wrong. @throws Failure where that is anything, unless it is allowed
 */
export async function checkStore(
  { image, owner, allowUnsafe, cached }: CheckStoreRequest,
  ports: { readonly store: ObjectStore; readonly clock: Clock; readonly log: Log },
): Promise<readonly string[]> {
  const probe = { image, owner };
  const defects = await (cached === undefined
    ? probeStore(probe, ports)
    : probeStoreOnce({ ...probe, ...cached }, ports));
  const [first] = defects;
  if (first !== undefined && !allowUnsafe)
    throw new Failure(`the store cannot keep versions apart: ${first}`, { evidence: defects, fix });
  for (const defect of defects) ports.log.warn(`unsafe store: ${defect}`);
  return defects;
}

/** The same for the doctor, who tells of everything. */
export async function examineStore(
  { publish }: Pick<BuildInputs, 'publish'>,
  { owner, ...ports }: { readonly store: ObjectStore; readonly clock: Clock; readonly owner: string },
): Promise<Finding> {
  const name = 'store';
  try {
    const defects = await probeStore({ image: publish.image, owner }, { ...ports, log: silentLog });
    if (defects.length === 0)
      return { name, state: 'ok', text: 'can be written, and its conditional writes are right' };
    return {
      name,
      state: publish.unsafeStore ? 'warning' : 'broken',
      text: `cannot keep versions apart: ${defects.join('; ')}`,
      fix,
    };
  } catch (error) {
    return {
      name,
      state: 'broken',
      text: errorMessage(error),
      ...(error instanceof Failure && error.fix !== undefined ? { fix: error.fix } : {}),
    };
  }
}
