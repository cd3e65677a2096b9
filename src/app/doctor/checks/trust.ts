import { resolve } from 'node:path';
import { policyPath, readPolicy } from '../../../host/trust-policy.js';
import { Failure } from '../../../platform/errors.js';
import { formatCount, quoteText } from '../../../platform/format.js';
import { shortenId } from '../../../trust/dsse.js';
import type { SigningKey } from '../../../trust/keys.js';
import { trustUses, type TrustPolicy, type TrustUse } from '../../../trust/policy.js';
import { loadSigningKey } from '../../load-signer.js';
import type { Check, DoctorRequest } from '../check.js';
import { toFinding, type Finding } from '../finding.js';

/**
 * The policy of a host must accept what the key signs, so both are checked here. A key can be a pipe, which is read
 * once.
 */
export const trustCheck: Check = {
  name: 'trust policy',
  appliesTo: ({ root, signing }) => root !== undefined || signing !== undefined,
  check: checkTrust,
};

/** @throws Failure if the policy cannot be read, or is invalid */
export async function checkTrust({
  root,
  signing,
}: Pick<DoctorRequest, 'root' | 'signing'>): Promise<readonly Finding[]> {
  const { key, findings = [] } = signing === undefined ? {} : await checkSignKey(signing);
  if (root === undefined) return findings;
  const path = policyPath(resolve(root));
  return [...findings, checkPolicy(await readPolicy(resolve(root)), path, key)];
}

async function checkSignKey(
  signing: NonNullable<DoctorRequest['signing']>,
): Promise<{ readonly key?: SigningKey; readonly findings: readonly Finding[] }> {
  const name = 'sign-key';
  try {
    const { key, exposedPath } = await loadSigningKey(signing);
    const text = `Ed25519 key ${shortenId(key.id)}`;
    if (exposedPath === undefined) return { key, findings: [{ name, state: 'ok', text }] };
    const exposed = `${text}: every user of this machine can read ${quoteText(exposedPath)}`;
    return { key, findings: [{ name, state: 'warning', text: exposed, fix: `chmod 600 ${quoteText(exposedPath)}` }] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { findings: [toFinding(name, error)] };
  }
}

/** @param key what versions for this host are signed with, if known */
export function checkPolicy(policy: TrustPolicy | undefined, path: string, key: SigningKey | undefined): Finding {
  const name = 'trust policy';
  if (policy === undefined) return { name, state: 'ok', text: `${path} does not exist: signatures are not verified` };
  const { keys, identities } = policy;
  if (keys.length + identities.length === 0) {
    return {
      name,
      state: 'warning',
      text: `${path} has no entries: every version is rejected`,
      fix: `ch-golden trust add-key <file>   # or remove ${path} to verify no signatures`,
    };
  }
  const missing = key === undefined ? [] : listMissingUses(keys, key);
  if (key !== undefined && missing.length > 0) {
    return {
      name,
      state: 'warning',
      text: `${path} does not accept key ${shortenId(key.id)} for ${missing.join(' and ')}`,
      fix: 'ch-golden trust add-key <file>',
    };
  }
  const identityCount = identities.length === 1 ? '1 identity' : `${identities.length} identities`;
  return { name, state: 'ok', text: `${path}: ${formatCount(keys.length, 'key')}, ${identityCount}` };
}

/** The uses that the policy requires signatures for, and does not accept from this key. */
function listMissingUses(keys: TrustPolicy['keys'], key: SigningKey): readonly TrustUse[] {
  const accepted = keys.find((trusted) => trusted.key.id === key.id)?.uses ?? [];
  return trustUses.filter((use) => keys.some(({ uses }) => uses.includes(use)) && !accepted.includes(use));
}
