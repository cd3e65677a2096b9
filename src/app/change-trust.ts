import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { changePolicy, policyPath, readPolicy } from '../host/trust-policy.js';
import type { TrustCommand } from '../inputs/commands/trust.js';
import { errorMessage, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { parsePublicKey } from '../trust/keys.js';
import { addIdentity, addKey, removeTrusted, type TrustPolicy } from '../trust/policy.js';
import { parseTrustedRoots } from '../trust/trusted-root.js';

export interface TrustReport {
  /** Of the file. */
  readonly path: string;
  /** Undefined if this host has none. */
  readonly policy: TrustPolicy | undefined;
  readonly changed: boolean;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

/** Shows or changes whose signatures this host accepts. @throws UsageError for a file that cannot be used */
export async function changeTrust(command: TrustCommand, ports: Ports): Promise<TrustReport> {
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
      return (policy) => addKey(policy, { key, uses, ...(comment === undefined ? {} : { comment }) });
    }
    case 'add-github': {
      const { identity, trustedRootFile: file } = command;
      const trustedRoots =
        file === undefined ? {} : { trustedRoots: parseTrustedRoots(await readText('trusted-root', file), file) };
      return (policy) => addIdentity(policy, { ...identity, ...trustedRoots });
    }
    case 'remove':
      return (policy) => removeTrusted(policy, command.id);
  }
}

/** Bytes: more than a key or trusted roots have. */
const largestFile = 512 * 1024;

/** What is behind `largestFile` is not read. */
async function readText(what: string, path: string): Promise<string> {
  try {
    return (await buffer(createReadStream(path, { end: largestFile }))).toString('utf8');
  } catch (error) {
    throw new UsageError(`${what} ${quoteText(path)} cannot be read: ${errorMessage(error)}`, {
      fix: 'give the path of a file',
      cause: error,
    });
  }
}
