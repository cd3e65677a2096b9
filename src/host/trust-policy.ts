import { join, resolve } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import type { AcceptHeartbeat } from '../store/heartbeat.js';
import type { AcceptIndex } from '../store/read-versions.js';
import {
  emptyPolicy,
  formatPolicy,
  parsePolicy,
  policyLimit,
  verifyStoreDocument,
  type TrustPolicy,
} from '../trust/policy.js';
import { createHostDirectories, withHostLock } from './host-directories.js';
import { tryReadSmallFile } from './host-files.js';
import type { HostPorts } from './ports.js';

/** The trust policy: whose signatures this host accepts. */
export function policyPath(root: string): string {
  return join(root, 'trust.json');
}

/**
 * Undefined if this host has no policy.
 * @throws Failure if others can write to it, or it is invalid: nothing is accepted then
 */
export async function readPolicy(root: string): Promise<TrustPolicy | undefined> {
  const path = policyPath(root);
  const bytes = await tryReadSmallFile({ path, limit: policyLimit, owned: true });
  return bytes === undefined ? undefined : parsePolicy(bytes, path);
}

/** Changes the policy, and creates it if there is none. @returns whether that made a difference */
export async function changePolicy(
  request: { readonly root: string; readonly change: (policy: TrustPolicy) => TrustPolicy },
  ports: Pick<HostPorts, 'processes' | 'log'>,
): Promise<boolean> {
  const root = resolve(request.root);
  await createHostDirectories(root);
  return withHostLock(root, 'switch', ports, async () => {
    const before = (await readPolicy(root)) ?? emptyPolicy;
    const policy = request.change(before);
    const bytes = formatPolicy(policy);
    parsePolicy(bytes, 'the new trust policy');
    const changed = !bytes.equals(formatPolicy(before));
    if (changed) await writeFileAtomically(policyPath(root), bytes, 0o644);
    return changed;
  });
}

/** Rejects an index that the policy does not accept. */
export function acceptSignedIndex(policy: TrustPolicy | undefined, clock: Clock): AcceptIndex {
  return async ({ expires }, bytes, name) => {
    if (policy !== undefined && bytes !== undefined)
      verifyStoreDocument(policy, { type: 'index', bytes, expires, name }, clock.now());
    return Promise.resolve();
  };
}

/** Rejects a heartbeat that the policy does not accept. */
export function acceptSignedHeartbeat(policy: TrustPolicy | undefined, clock: Clock): AcceptHeartbeat {
  return ({ expires }, bytes, name) => {
    if (policy !== undefined) verifyStoreDocument(policy, { type: 'heartbeat', bytes, expires, name }, clock.now());
  };
}
