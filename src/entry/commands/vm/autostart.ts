import { setAutostart } from '../../../host/vm/autostart.js';
import type { AutostartCommand } from '../../../inputs/commands/vm/autostart.js';
import type { Session } from '../../../platform/session.js';
import { nothingToDo, type CommandResult } from '../result.js';

export async function runAutostart(command: AutostartCommand, session: Session): Promise<CommandResult> {
  const { name, autostart } = command;
  const { changed, unit } = await session.steps.run(`set autostart of ${name}`, async (log) =>
    setAutostart(command, { ...session, log }),
  );
  return {
    text: `${name} ${autostart ? 'starts' : 'does not start'} with the host (systemd unit: ${unit})`,
    json: { name, autostart, unit, changed },
    exitCode: changed ? 0 : nothingToDo,
  };
}
