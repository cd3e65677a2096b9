import type { CommandLine } from '../inputs/command-line.js';
import type { Session } from '../platform/session.js';
import { productVersion } from '../platform/version.js';
import type { Answer } from './commands/answer.js';
import { answerBuild } from './commands/build.js';
import { answerChannel } from './commands/channel.js';
import { answerHost } from './commands/host.js';
import { answerKey } from './commands/key.js';
import { answerSmoke } from './commands/smoke.js';
import { answerStore } from './commands/store.js';
import { answerTrust } from './commands/trust.js';
import { answerVm } from './commands/vm.js';

export async function runCommand(command: CommandLine, session: Session): Promise<Answer> {
  const ports = { ...session, builder: { tool: `ch-golden ${productVersion}` } };
  switch (command.group) {
    case 'build':
      return answerBuild(command, ports);
    case 'channel':
      return answerChannel(command, session);
    case 'host':
      return answerHost(command, session);
    case 'key':
      return answerKey(command);
    case 'smoke':
      return answerSmoke(command, ports);
    case 'store':
      return answerStore(command, session);
    case 'trust':
      return answerTrust(command, session);
    case 'vm':
      return answerVm(command, session);
  }
}
