import { startAllVms, type StartOutcome } from '../../../host/vm/start-all.js';
import { startManagedVm } from '../../../host/vm/start-managed.js';
import type { StartAllCommand, StartCommand } from '../../../inputs/commands/vm/start.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import { nothingToDo, type CommandResult } from '../result.js';

export async function runStart(command: StartCommand, session: Session): Promise<CommandResult> {
  const { vm, pid, changed } = await session.steps.run(`start ${command.name}`, async (log) =>
    startManagedVm(command, { ...session, log }),
  );
  return {
    text: `${vm.name} ${changed ? 'runs' : 'was running already'}: process ${pid}`,
    json: { name: vm.name, pid, changed },
    exitCode: changed ? 0 : nothingToDo,
  };
}

export async function runStartAll(command: StartAllCommand, session: Session): Promise<CommandResult> {
  const outcomes = await session.steps.run('start VMs', async (log) => startAllVms(command, { ...session, log }));
  const none = `no VM ${command.onlyAutostart ? 'with autostart ' : ''}in ${command.root}`;
  return {
    text: outcomes.length === 0 ? none : renderRows(outcomes.flatMap(toRows)).join('\n'),
    json: outcomes,
    exitCode: toExitCode(outcomes),
  };
}

function toRows(result: StartOutcome): readonly (readonly [string, string])[] {
  if (result.outcome !== 'failed') return [[result.name, `${result.outcome}: process ${result.pid}`]];
  const fix = result.fix === undefined ? [] : ([['', `Fix: ${result.fix}`]] as const);
  return [[result.name, `FAILED: ${result.problem}`], ...fix];
}

function toExitCode(outcomes: readonly StartOutcome[]): number {
  if (outcomes.some(({ outcome }) => outcome === 'failed')) return 1;
  return outcomes.some(({ outcome }) => outcome === 'started') ? 0 : nothingToDo;
}
