import { printVmLog } from '../../../host/vm/vm-log.js';
import type { LogsCommand } from '../../../inputs/commands/vm/logs.js';
import { hideCommands } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import type { CommandResult } from '../result.js';

const cancelledExitCode = 130;

/** Lines that are followed are printed as they come. */
export async function runLogs(command: LogsCommand, session: Session): Promise<CommandResult> {
  const lines: string[] = [];
  const print = command.follow
    ? (line: string): void => void process.stdout.write(`${hideCommands(line)}\n`)
    : (line: string): void => void lines.push(line);
  const isCancelled = await printVmLog(command, print, session).then(
    () => false,
    (error: unknown) => {
      // Following ends with ctrl-c, which is no failure.
      if (command.follow && session.signal.aborted) return true;
      throw error;
    },
  );
  if (command.follow) return { text: '', json: undefined, exitCode: isCancelled ? cancelledExitCode : 0 };
  return { text: lines.join('\n'), json: { name: command.name, lines }, exitCode: 0 };
}
