import type { DefaultDirectories } from '../inputs/build-inputs.js';
import type { CommandLine } from '../inputs/command-line.js';
import type { Session } from '../platform/session.js';
import { productVersion } from '../platform/version.js';
import type { CommandResult } from './commands/result.js';
import { runBuildCommand } from './commands/build.js';
import { runChannelCommand } from './commands/channel.js';
import { runCompletionCommand } from './commands/completion.js';
import { runConfigCommand } from './commands/config.js';
import { runFleetCommand } from './commands/fleet.js';
import { runHostCommand } from './commands/host.js';
import { runKeyCommand } from './commands/key.js';
import { runPushCommand } from './commands/push.js';
import { runSmokeCommand } from './commands/smoke.js';
import { runStoreCommand } from './commands/store.js';
import { runTrustCommand } from './commands/trust.js';
import { runVmCommand } from './commands/vm.js';

export async function runCommand(
  command: CommandLine,
  session: Session,
  directories: DefaultDirectories,
): Promise<CommandResult> {
  const ports = { ...session, directories, builder: { tool: `ch-golden ${productVersion}` } };
  switch (command.group) {
    case 'build':
      return runBuildCommand(command, ports);
    case 'channel':
      return runChannelCommand(command, ports);
    case 'completion':
      return runCompletionCommand(command);
    case 'config':
      return runConfigCommand(command);
    case 'fleet':
      return runFleetCommand(command, session);
    case 'host':
      return runHostCommand(command, session);
    case 'key':
      return runKeyCommand(command);
    case 'push':
      return runPushCommand(command, session);
    case 'smoke':
      return runSmokeCommand(command, ports);
    case 'store':
      return runStoreCommand(command, session);
    case 'trust':
      return runTrustCommand(command, session);
    case 'vm':
      return runVmCommand(command, session);
  }
}
