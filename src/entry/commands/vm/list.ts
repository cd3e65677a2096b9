import { listVms, type VmState } from '../../../host/vm/vm-state.js';
import type { ListCommand } from '../../../inputs/commands/vm/list.js';
import { formatBytes } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import type { CommandResult } from '../result.js';

export async function runList(command: ListCommand, session: Session): Promise<CommandResult> {
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
