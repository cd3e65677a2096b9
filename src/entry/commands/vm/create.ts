import { loadUserData } from '../../../app/read-user-data.js';
import { syncUnit } from '../../../host/vm/autostart.js';
import { createVm, type CreatedVm } from '../../../host/vm/create-vm.js';
import { vmDirectory } from '../../../host/vm/vm-record.js';
import type { CreateCommand } from '../../../inputs/commands/vm/create.js';
import { formatCommand } from '../../../platform/process/processes.js';
import type { Log } from '../../../platform/progress/log.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import type { CommandResult } from '../result.js';

export async function runCreate(command: CreateCommand, session: Session): Promise<CommandResult> {
  const request = { ...command.request, userData: await loadUserData(command.userData) };
  const create = async (log: Log): Promise<CreatedVm> => createVm(request, { ...session, log });
  const { vm, command: argv } = await session.steps.run(`create VM ${request.name}`, create);
  if (vm.autostart === true)
    await session.steps.run('enable autostart', async (log) =>
      syncUnit({ name: vm.name, autostart: true }, { ...session, log }),
    );
  const directory = vmDirectory(command.root, vm.name);
  const rows = [
    ['VM', vm.name],
    ['image', `${vm.image}.${vm.version}`],
    ['directory', directory],
    ['MAC address', vm.macAddress],
    ['start', `ch-golden vm start ${vm.name}`],
    ['by hand', `cd ${formatCommand([directory])} && ${formatCommand(argv)}`],
  ] as const;
  return { text: renderRows(rows).join('\n'), json: { ...vm, folder: directory, command: argv }, exitCode: 0 };
}
