import type { Argv } from './command.js';
import { withParentDeathSignal } from './parent-death-signal.js';
import type { Processes } from './processes.js';

/**
 * As `dieWithParent`, for a command behind one that changes credentials, as a user namespace does: that clears the parent-death signal of
 * `Processes`, and it is set once more.
 */
export async function withParentDeathSignalInside(argv: Argv, processes: Processes): Promise<Argv> {
  return withParentDeathSignal(await resolveProgram(argv, processes));
}

/** The command with its program looked up by us: the PATH inside may be another, and a plain user's often lacks the administrators' directories. */
export async function resolveProgram([program, ...rest]: Argv, processes: Processes): Promise<Argv> {
  return [(await processes.tryFind(program)) ?? program, ...rest];
}
