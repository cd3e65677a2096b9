import type { Argv } from './command.js';
import { withParentDeathSignal } from './parent-death-signal.js';
import type { Processes } from './processes.js';

/**
 * As `withParentDeathSignal`, for a command inside one that changes credentials, such as one that creates a user
 * namespace. That clears the parent-death signal of `Processes`, so it is set again.
 */
export async function withParentDeathSignalInside(argv: Argv, processes: Processes): Promise<Argv> {
  return withParentDeathSignal(await resolveProgram(argv, processes));
}

/**
 * The command with the absolute path of its program: PATH may differ inside, and a plain user's often lacks the sbin
 * directories.
 */
export async function resolveProgram([program, ...rest]: Argv, processes: Processes): Promise<Argv> {
  return [(await processes.tryFind(program)) ?? program, ...rest];
}
