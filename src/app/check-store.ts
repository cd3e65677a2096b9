import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/log.js';
import type { ObjectStore } from '../store/object-store.js';
import { probeStore } from '../store/probe-store.js';

export interface CheckStoreRequest {
  readonly image: string;
  /** Unique for this run. */
  readonly owner: string;
  /** A store that cannot keep versions apart is used all the same. */
  readonly allowUnsafe: boolean;
}

/**
 * Tries the store out before any work: permissions, and the conditional writes that versions rely on. Answers with what it
 * does wrong. @throws Failure where that is anything, unless it is allowed
 */
export async function checkStore(
  { image, owner, allowUnsafe }: CheckStoreRequest, { store, log }: { readonly store: ObjectStore; readonly log: Log },
): Promise<readonly string[]> {
  const defects = await probeStore({ image, owner }, { store, log });
  const [first] = defects;
  if (first === undefined) return [];
  if (!allowUnsafe) {
    throw new Failure(`the store cannot keep versions apart: ${first}`, {
      evidence: defects, mend: 'use a store with conditional writes (docs/store.md names some), or unsafe-store: true where nobody else ever publishes',
    });
  }
  for (const defect of defects) log.warn(`unsafe store: ${defect}`);
  return defects;
}
