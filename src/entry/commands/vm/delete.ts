import { syncUnit } from '../../../host/vm/autostart.js';
import { deleteVm } from '../../../host/vm/stop-vm.js';
import type { DeleteCommand } from '../../../inputs/commands/vm/delete.js';
import type { Session } from '../../../platform/session.js';
import type { CommandResult } from '../result.js';

export async function runDelete(command: DeleteCommand, session: Session): Promise<CommandResult> {
  const end = await session.steps.run(`delete ${command.name}`, async (log) => deleteVm(command, { ...session, log }));
  await session.steps.run('disable autostart', async (log) =>
    syncUnit({ name: command.name, autostart: false }, { ...session, log }),
  );
  return { text: `${command.name} is gone, with its disk`, json: { name: command.name, end }, exitCode: 0 };
}
