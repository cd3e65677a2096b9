import { restartVm } from '../../../host/vm/restart-vm.js';
import type { RestartCommand } from '../../../inputs/commands/vm/restart.js';
import type { Session } from '../../../platform/session.js';
import type { CommandResult } from '../result.js';

export async function runRestart(command: RestartCommand, session: Session): Promise<CommandResult> {
  const { name } = command;
  const { pid, end } = await session.steps.run(`restart ${name}`, async (log) =>
    restartVm(command, { ...session, log }),
  );
  const before = { 'powered off': '', forced: ' after it was killed', 'did not run': '; it did not run before' }[end];
  return { text: `${name} runs: process ${pid}${before}`, json: { name, pid, end }, exitCode: 0 };
}
