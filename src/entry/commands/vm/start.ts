import { startVm } from '../../../host/vm/start-vm.js';
import type { StartCommand } from '../../../inputs/commands/vm/start.js';
import type { Session } from '../../../platform/session.js';
import { nothingToDo, type CommandResult } from '../result.js';

export async function runStart(command: StartCommand, session: Session): Promise<CommandResult> {
  const { vm, pid, changed } = await session.steps.run(`start ${command.name}`, async (log) =>
    startVm(command, { ...session, log }),
  );
  return {
    text: `${vm.name} ${changed ? 'runs' : 'was running already'}: process ${pid}`,
    json: { name: vm.name, pid, changed },
    exitCode: changed ? 0 : nothingToDo,
  };
}
