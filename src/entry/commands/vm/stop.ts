import { stopVm, type VmEnd } from '../../../host/vm/stop-vm.js';
import type { StopCommand } from '../../../inputs/commands/vm/stop.js';
import type { Session } from '../../../platform/session.js';
import { nothingToDo, type CommandResult } from '../result.js';

export async function runStop(command: StopCommand, session: Session): Promise<CommandResult> {
  const end = await session.steps.run(`stop ${command.name}`, async (log) => stopVm(command, { ...session, log }));
  return { ...toStopResult(command.name, end), exitCode: end === 'did not run' ? nothingToDo : 0 };
}

function toStopResult(name: string, end: VmEnd): Pick<CommandResult, 'text' | 'json'> {
  const results: Readonly<Record<VmEnd, string>> = {
    'powered off': 'has powered off',
    forced: 'was killed because it did not power off',
    'did not run': 'was not running',
  };
  return { text: `${name} ${results[end]}`, json: { name, end } };
}
