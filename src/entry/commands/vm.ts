import type { VmCommand } from '../../inputs/commands/vm.js';
import type { Session } from '../../platform/session.js';
import type { CommandResult } from './result.js';
import { runCreate } from './vm/create.js';
import { runDelete } from './vm/delete.js';
import { runList } from './vm/list.js';
import { runOutdated } from './vm/outdated.js';
import { runRecreate } from './vm/recreate.js';
import { runStart } from './vm/start.js';
import { runStop } from './vm/stop.js';

export async function runVmCommand(command: VmCommand, session: Session): Promise<CommandResult> {
  switch (command.command) {
    case 'create':
      return runCreate(command, session);
    case 'start':
      return runStart(command, session);
    case 'list':
      return runList(command, session);
    case 'outdated':
      return runOutdated(command, session);
    case 'recreate':
      return runRecreate(command, session);
    case 'stop':
      return runStop(command, session);
    case 'delete':
      return runDelete(command, session);
  }
}
