import { pushImage } from '../../app/push-image.js';
import type { PushCommand } from '../../inputs/commands/push.js';
import type { Session } from '../../platform/session.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runPushCommand(command: PushCommand, session: Session): Promise<CommandResult> {
  const report = await pushImage(command, session);
  return { text: report.reference, json: report, exitCode: report.changed ? 0 : nothingToDo };
}
