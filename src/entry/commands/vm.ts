import type { VmCommand } from '../../inputs/commands/vm.js';
import type { Session } from '../../platform/session.js';
import type { CommandResult } from './result.js';
import { runAutostart } from './vm/autostart.js';
import { runClone } from './vm/clone.js';
import { runConsole } from './vm/console.js';
import { runCreate } from './vm/create.js';
import { runDelete } from './vm/delete.js';
import { runIp } from './vm/ip.js';
import { runVmList } from './vm/list.js';
import { runLogs } from './vm/logs.js';
import { runOutdated } from './vm/outdated.js';
import { runRecreate } from './vm/recreate.js';
import { runRestart } from './vm/restart.js';
import { runShow } from './vm/show.js';
import { runStart, runStartAll } from './vm/start.js';
import { runStop } from './vm/stop.js';

export async function runVmCommand(command: VmCommand, session: Session): Promise<CommandResult> {
  switch (command.command) {
    case 'create':
      return runCreate(command, session);
    case 'clone':
      return runClone(command, session);
    case 'start':
      return runStart(command, session);
    case 'start all':
      return runStartAll(command, session);
    case 'list':
      return runVmList(command, session);
    case 'ip':
      return runIp(command, session);
    case 'show':
      return runShow(command, session);
    case 'logs':
      return runLogs(command, session);
    case 'console':
      return runConsole(command, session);
    case 'outdated':
      return runOutdated(command, session);
    case 'recreate':
      return runRecreate(command, session);
    case 'stop':
      return runStop(command, session);
    case 'restart':
      return runRestart(command, session);
    case 'autostart':
      return runAutostart(command, session);
    case 'delete':
      return runDelete(command, session);
  }
}
