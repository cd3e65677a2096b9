import { readUserData } from '../../app/read-user-data.js';
import { createVm, type CreatedVm } from '../../host/vm/create-vm.js';
import { startVm } from '../../host/vm/start-vm.js';
import { deleteVm, stopVm, type VmEnd } from '../../host/vm/stop-vm.js';
import { vmDirectory } from '../../host/vm/vm-record.js';
import { listVms, type VmState } from '../../host/vm/vm-state.js';
import type { VmCommand } from '../../inputs/commands/vm.js';
import { formatBytes } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import { formatCommand } from '../../platform/process/processes.js';
import type { Session } from '../../platform/session.js';
import { renderRows } from '../../report/render-text.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runVmCommand(command: VmCommand, session: Session): Promise<CommandResult> {
  switch (command.command) {
    case 'create': {
      const request = { ...command.request, userData: await readUserData(command.userData) };
      const make = async (log: Log): Promise<CreatedVm> => createVm(request, { ...session, log });
      const { vm, command: argv } = await session.steps.run(`make VM ${request.name}`, make);
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
    case 'start': {
      const { vm, pid, changed } = await session.steps.run(`start ${command.name}`, async (log) =>
        startVm(command, { ...session, log }),
      );
      return {
        text: `${vm.name} ${changed ? 'runs' : 'was running already'}: process ${pid}`,
        json: { name: vm.name, pid, changed },
        exitCode: changed ? 0 : nothingToDo,
      };
    }
    case 'list': {
      const vms = await listVms(command.root, session.signal);
      return {
        text:
          vms.length === 0
            ? `no VM in ${command.root}`
            : renderRows(vms.map((vm) => [vm.name, formatState(vm)] as const)).join('\n'),
        json: vms,
        exitCode: 0,
      };
    }
    case 'stop': {
      const end = await session.steps.run(`stop ${command.name}`, async (log) => stopVm(command, { ...session, log }));
      return { ...toStopResult(command.name, end), exitCode: end === 'did not run' ? nothingToDo : 0 };
    }
    case 'delete': {
      const end = await session.steps.run(`delete ${command.name}`, async (log) =>
        deleteVm(command, { ...session, log }),
      );
      return { text: `${command.name} is gone, with its disk`, json: { name: command.name, end }, exitCode: 0 };
    }
  }
}

function formatState({ state, problem, version, revoked, diskBytes, pid }: VmState): string {
  const used = [...(version === undefined ? [] : [version]), ...(revoked === undefined ? [] : [`REVOKED: ${revoked}`])];
  const details = [
    state,
    ...used,
    `${formatBytes(diskBytes)} on disk`,
    ...(pid === undefined ? [] : [`process ${pid}`]),
  ];
  return [...details, ...(problem === undefined ? [] : [problem])].join(', ');
}

function toStopResult(name: string, end: VmEnd): Pick<CommandResult, 'text' | 'json'> {
  const said: Readonly<Record<VmEnd, string>> = {
    'powered off': 'has powered off',
    forced: 'was ended, for it did not power off',
    'did not run': 'was not running',
  };
  return { text: `${name} ${said[end]}`, json: { name, end } };
}
