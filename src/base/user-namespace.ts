import { rm } from 'node:fs/promises';
import { isRoot } from '../platform/process/privilege-method.js';
import type { ToolError } from '../platform/errors.js';
import { Failure, hasCode } from '../platform/errors.js';
import { withParentDeathSignal } from '../platform/process/parent-death-signal.js';
import type { Command, Processes } from '../platform/process/processes.js';

/** root's default PATH (login.defs, ENV_SUPATH). The PATH of a plain user often lacks the sbin directories. */
const rootSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Lets a command create files of any user. root can do that already. For a plain user, the command runs in a user
 * namespace in which the caller is uid 0 and the caller's subuids are the other uids. The change of credentials clears
 * the parent-death signal of `Processes`, so it is set again.
 */
export function asRoot(argv: Command['argv'], env: Command['env'] = {}): Required<Pick<Command, 'argv' | 'env'>> {
  return {
    argv: isRoot()
      ? argv
      : ['unshare', '--user', '--map-auto', '--map-root-user', '--', ...withParentDeathSignal(argv)],
    env: { PATH: rootSearchPath, ...env },
  };
}

/** Removes a directory tree, including files that a command under `asRoot` created with other uids. */
export async function removeInNamespace(directory: string, ports: { readonly processes: Processes }): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM')) throw error;
    await ports.processes.run({
      ...asRoot(['rm', '-rf', '--one-file-system', '--', directory]),
      evenAfterCancel: true,
      timeoutMs: 60_000,
    });
  }
}

/** The failure of a command under `asRoot` if the namespace could not be created; undefined for any other cause. */
export function tryNamespaceFailure(error: ToolError): Failure | undefined {
  const text = error.evidence.join('\n');
  const details = { evidence: error.evidence, cause: error };
  if (/\/etc\/sub[ug]id|newuidmap|newgidmap/.test(text)) {
    return new Failure('this user has no subordinate uids, which are needed to build a base without root', {
      fix:
        'sudo apt-get install uidmap && ' +
        'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
      ...details,
    });
  }
  if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
    return new Failure('this user may not create a user namespace, which is needed to build a base without root', {
      fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
      ...details,
    });
  }
  return undefined;
}
