import { loadUserData } from '../../../app/read-user-data.js';
import { cloneVms, type CloneOutcome } from '../../../host/warm/clone-vms.js';
import type { CloneCommand } from '../../../inputs/commands/vm/clone.js';
import { formatDuration } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import type { CommandResult } from '../result.js';

export async function runClone(command: CloneCommand, session: Session): Promise<CommandResult> {
  const request = { ...command.request, userData: await loadUserData(command.userData) };
  const outcomes = await session.steps.run('clone VMs', async (log) => cloneVms(request, { ...session, log }));
  return {
    text: renderRows(outcomes.flatMap(toRows)).join('\n'),
    json: outcomes,
    exitCode: outcomes.some(({ outcome }) => outcome === 'failed') ? 1 : 0,
  };
}

function toRows(result: CloneOutcome): readonly (readonly [string, string])[] {
  if (result.outcome === 'failed') {
    const fix = result.fix === undefined ? [] : ([['', `Fix: ${result.fix}`]] as const);
    return [[result.name, `FAILED: ${result.problem}`], ...fix];
  }
  const { name, pid, warm } = result;
  const how = warm === undefined ? 'started cold' : `responds after ${formatDuration(warm.answered)}`;
  return [[name, `${how}: process ${pid}`]];
}
