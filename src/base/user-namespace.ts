import { rm } from 'node:fs/promises';
import { isRoot } from '../platform/process/privilege-method.js';
import type { ToolError } from '../platform/errors.js';
import { Failure, hasCode } from '../platform/errors.js';
import { withParentDeathSignal } from '../platform/process/parent-death-signal.js';
import type { Command, Processes } from '../platform/process/processes.js';

/** root's usual one (login.defs, ENV_SUPATH): a plain user's PATH often lacks the administrators' directories. */
const rootSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The command, made able to own files of any user: for root it is that already; for a plain user in a user namespace where
 * the caller is uid 0 and the caller's subuids are the other uids, so that a system's tree can be made without root.
 * The credentials change there, which clears the parent-death signal of `Processes`: it is set once more.
 */
export function asRoot(argv: Command['argv'], env: Command['env'] = {}): Required<Pick<Command, 'argv' | 'env'>> {
  return {
    argv: isRoot()
      ? argv
      : ['unshare', '--user', '--map-auto', '--map-root-user', '--', ...withParentDeathSignal(argv)],
    env: { PATH: rootSearchPath, ...env },
  };
}

/** Removes a directory with all that is in it, also what a user namespace of ours made under other uids. */
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

/** The failure of a command that ran under `asRoot`, in the user's words where the namespace could not be made. */
export function tryNamespaceFailure(error: ToolError): Failure | undefined {
  const text = error.evidence.join('\n');
  const details = { evidence: error.evidence, cause: error };
  if (/\/etc\/sub[ug]id|newuidmap|newgidmap/.test(text)) {
    return new Failure('this user has no subordinate uids, which a system made without root needs', {
      fix: 'sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
      ...details,
    });
  }
  if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
    return new Failure('this user may not make a user namespace, which a system made without root needs', {
      fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
      ...details,
    });
  }
  return undefined;
}
