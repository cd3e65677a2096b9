import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure, hasCode } from '../platform/errors.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
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

/** Whose signatures this host accepts. */
export function policyPath(root: string): string {
  return join(root, 'trust.json');
}

/** Undefined if this host has no policy. @throws Failure if others can write to it, or it is not valid: nothing is accepted then */
export async function readPolicy(root: string): Promise<TrustPolicy | undefined> {
  const path = policyPath(root);
  // Not blocked by a pipe, and not sent elsewhere by a link.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw hasCode(error, 'ELOOP') ? new Failure(`${path} is a link; it must be a file`, { cause: error }) : error;
    },
  );
  try {
    if (file === undefined) return undefined;
    assertOwn(path, await file.stat());
    return parsePolicy(await file.readFile(), path);
  } finally {
    await file?.close();
  }
}

/** @throws Failure unless only root and this user can write to the file */
function assertOwn(path: string, stats: Stats): void {
  const user = process.geteuid?.() ?? 0;
  if (!stats.isFile()) throw new Failure(`${path} is not a file`);
  if (stats.uid !== 0 && stats.uid !== user) {
    throw new Failure(`${path} belongs to user ${stats.uid}; it must belong to root or this user (${user})`, {
      fix: `check its content, then chown ${user} ${path}`,
    });
  }
  const mode = stats.mode & 0o777;
  if ((mode & 0o022) !== 0) {
    throw new Failure(
      `${path} has the mode ${mode.toString(8).padStart(4, '0')}; others must not be able to write to it`,
      {
        fix: `check its content, then chmod 644 ${path}`,
      },
    );
  }
  if (stats.size > policyLimit)
    throw new Failure(`${path} has ${stats.size} bytes, more than the ${policyLimit} that it may have`);
}

/** Changes the policy, and creates it if there is none; true if that made a difference. What follows is checked against the new one. */
export async function changePolicy(
  request: { readonly root: string; readonly change: (policy: TrustPolicy) => TrustPolicy },
  ports: { readonly processes: Processes; readonly log: Log },
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
