import { withSigner } from '../../app/load-signer.js';
import { runChannelOperation } from '../../app/move-channel.js';
import type { PublishFromPorts } from '../../app/publish-from.js';
import type { ChannelCommand } from '../../inputs/commands/channel.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runChannelCommand(command: ChannelCommand, session: PublishFromPorts): Promise<CommandResult> {
  const report = await runChannelOperation(command, await withSigner(command.signing, session));
  return { text: report.lines.join('\n'), json: report, exitCode: report.changed ? 0 : nothingToDo };
}
