import { attachConsole } from '../../../host/vm/console.js';
import type { ConsoleCommand } from '../../../inputs/commands/vm/console.js';
import type { Session } from '../../../platform/session.js';
import { createTerminal } from '../../../platform/terminal.js';
import type { CommandResult } from '../result.js';

export async function runConsole(command: ConsoleCommand, session: Session): Promise<CommandResult> {
  const end = await attachConsole(command, createTerminal(process.stdin, process.stdout), session);
  const { name } = command;
  return { text: end === 'detached' ? `detached from ${name}` : `${name} stopped`, json: { name, end }, exitCode: 0 };
}
