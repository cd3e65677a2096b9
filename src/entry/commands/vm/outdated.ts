import { findOutdatedVms, type Drift, type OutdatedVm } from '../../../host/vm/outdated.js';
import type { Fixes } from '../../../host/vm/version-fixes.js';
import type { OutdatedCommand } from '../../../inputs/commands/vm/outdated.js';
import { openSource } from '../../../store/oci/open-source.js';
import { formatCount } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import { countChanges, renderChanges } from '../../../report/render-changes.js';
import { nothingToDo, type CommandResult } from '../result.js';

/** How many changes of a kind are shown; with --json there are more. */
const mostShown = 10;

export async function runOutdated(command: OutdatedCommand, session: Session): Promise<CommandResult> {
  const store = command.store === undefined ? undefined : openSource(command.store, session);
  const drift = await findOutdatedVms(command, { ...session, store });
  const isQuiet = drift.outdated.length + drift.unknown.length === 0;
  return { text: formatDrift(drift).join('\n'), json: drift, exitCode: isQuiet ? nothingToDo : 0 };
}

/** VMs on the same version have the same fixes, so these are listed once for all of them. */
function formatDrift({ vms, outdated, unknown }: Drift): readonly string[] {
  const moves = new Map<string, readonly OutdatedVm[]>();
  for (const vm of outdated) {
    const move = `${vm.image}.${vm.version} → ${vm.target === undefined ? 'none' : `${vm.image}.${vm.target}`}`;
    moves.set(move, [...(moves.get(move) ?? []), vm]);
  }
  return [
    ...outdated.map(formatVm),
    ...unknown.map(({ name, problem }) => `${name}: unknown version: ${problem}`),
    ...[...moves].flatMap(([move, [first]]) =>
      first?.fixes === undefined ? [] : ['', ...formatFixes(move, first.fixes)],
    ),
    ...(outdated.length + unknown.length === 0
      ? [vms === 0 ? 'no VM on this host' : `${formatCount(vms, 'VM')} up to date`]
      : []),
  ];
}

function formatVm(vm: OutdatedVm): string {
  const { name, state, image, version, reasons, revoked, fixes } = vm;
  const why = reasons.map((reason) => (reason === 'revoked' ? `REVOKED: ${revoked ?? 'no reason given'}` : reason));
  const security = fixes === undefined || fixes.security.count === 0 ? [] : [formatSecurity(fixes.security)];
  return [`${name}: ${state}`, `${image}.${version}`, ...why, ...security, formatNext(vm)].join(', ');
}

function formatNext({ name, target, targetIsLocal }: OutdatedVm): string {
  if (target === undefined) return 'no usable version to move to';
  const recreate = `ch-golden vm recreate ${name} --to ${target}`;
  return `Fix: ${targetIsLocal === true ? recreate : `ch-golden pull ${target} && ${recreate}`}`;
}

function formatFixes(move: string, { changes, security }: Fixes): readonly string[] {
  return [`${move}: ${formatSecurity(security)}; ${countChanges(changes)}`, ...renderChanges(changes, mostShown)];
}

function formatSecurity({ count, complete }: Fixes['security']): string {
  return `${complete ? '' : 'at least '}${formatCount(count, 'security update')}`;
}
