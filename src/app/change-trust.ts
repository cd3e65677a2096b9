import { resolve } from 'node:path';
import { changePolicy, policyPath, readPolicy } from '../host/trust-policy.js';
import type { TrustCommand } from '../inputs/commands/trust.js';
import { errorMessage, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { readStart } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { parsePublicKey } from '../trust/keys.js';
import { addIdentity, addKey, removeTrusted, type TrustPolicy } from '../trust/policy.js';
import { parseTrustedRoots } from '../trust/trusted-root.js';

export interface TrustReport {
  /** The path of the policy file. */
  readonly path: string;
  /** Undefined if this host has none. */
  readonly policy: TrustPolicy | undefined;
  readonly changed: boolean;
}

/** Reads or changes whose signatures this host accepts. @throws UsageError for a file that cannot be used */
export async function changeTrust(
  command: TrustCommand,
  ports: Pick<Session, 'processes'> & { readonly log: Log },
): Promise<TrustReport> {
  const root = resolve(command.root);
  const path = policyPath(root);
  if (command.command === 'list') return { path, policy: await readPolicy(root), changed: false };
  const changed = await changePolicy({ root, change: await toChange(command) }, ports);
  return { path, policy: await readPolicy(root), changed };
}

async function toChange(
  command: Exclude<TrustCommand, { command: 'list' }>,
): Promise<(policy: TrustPolicy) => TrustPolicy> {
  switch (command.command) {
    case 'add-key': {
      const { file, uses, comment } = command;
      const key = parsePublicKey(await readText('key', file), file);
      return (policy) => addKey(policy, withoutUndefined({ key, uses, comment }));
    }
    case 'add-github': {
      const { identity, trustedRootFile: file } = command;
      const trustedRoots =
        file === undefined ? undefined : parseTrustedRoots(await readText('trusted-root', file), file);
      return (policy) => addIdentity(policy, { ...identity, ...withoutUndefined({ trustedRoots }) });
    }
    case 'remove':
      return (policy) => removeTrusted(policy, command.id);
  }
}

/** More than any key or trusted root has. The rest of a larger file is not read, so the parser rejects it. */
const maxFileBytes = 512 * 1024;

async function readText(what: string, path: string): Promise<string> {
  try {
    return (await readStart(path, maxFileBytes)).toString('utf8');
  } catch (error) {
    throw new UsageError(`${what} ${quoteText(path)} cannot be read: ${errorMessage(error)}`, {
      fix: 'give the path of a readable file',
      cause: error,
    });
  }
}
