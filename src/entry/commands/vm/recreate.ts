import { recreateImageVm } from '../../../app/recreate-vm.js';
import type { RecreatedVm } from '../../../host/vm/recreate-vm.js';
import type { RecreateCommand } from '../../../inputs/commands/vm/recreate.js';
import { formatBytes, formatCount } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import { nothingToDo, type CommandResult } from '../result.js';

export async function runRecreate(command: RecreateCommand, session: Session): Promise<CommandResult> {
  const recreated = await recreateImageVm(command, session);
  return {
    text: renderRows(listRows(recreated)).join('\n'),
    json: recreated,
    exitCode: recreated.changed ? 0 : nothingToDo,
  };
}

const proofs = { daemon: 'runs, and its daemon responds', running: 'runs (its daemon was not checked)' };

function listRows(vm: RecreatedVm): readonly (readonly [string, string])[] {
  const { name, image, from, to, changed, carried, proof, oldDisk } = vm;
  const version = from === to ? `${image}.${to}, as before` : `${image}.${from} → ${image}.${to}`;
  const skipped = carried?.skipped ?? { count: 0, first: [] };
  return [
    ['VM', name],
    ['version', version],
    ...(carried === undefined
      ? []
      : [['kept', `${formatCount(carried.count, 'file')}, ${formatBytes(carried.bytes)}`] as const]),
    ...(skipped.count === 0
      ? []
      : [['not kept', `${skipped.count} devices, sockets and pipes: ${skipped.first.join(', ')}`] as const]),
    ['state', proof === undefined ? (changed ? 'stopped, as before' : 'unchanged') : proofs[proof]],
    ...(oldDisk === undefined
      ? []
      : [
          ['old disk', oldDisk] as const,
          ['go back', `ch-golden vm recreate ${name} --undo`] as const,
          ['remove it', `ch-golden vm recreate ${name} --to ${to} --drop-old`] as const,
        ]),
  ];
}
