import type { FleetCommand } from '../../inputs/commands/fleet.js';
import { formatAddress } from '../../objects/store-address.js';
import { openStore } from '../../objects/open-store.js';
import { formatCount } from '../../platform/format.js';
import type { Session } from '../../platform/session.js';
import { renderRows } from '../../report/render-text.js';
import { forgetHosts, readFleet, type Fleet, type FleetHost } from '../../store/fleet/fleet.js';
import { shortenId } from '../../trust/dsse.js';
import { nothingToDo, type CommandResult } from './result.js';

export async function runFleetCommand(command: FleetCommand, session: Session): Promise<CommandResult> {
  const ports = { ...session, store: openStore(command.store, session) };
  if (command.command === 'forget') {
    const forgotten = await forgetHosts(command.request, ports);
    const text = forgotten.length === 0 ? 'no such host' : forgotten.map((id) => `forgot ${id}`).join('\n');
    return { text, json: { forgotten }, exitCode: forgotten.length === 0 ? nothingToDo : 0 };
  }
  const fleet = await session.steps.run('read hosts', async () => readFleet(ports));
  return { text: formatFleet(fleet, formatAddress(command.store.address)).join('\n'), json: fleet, exitCode: 0 };
}

function formatFleet({ hosts, untrusted, truncated }: Fleet, store: string): readonly string[] {
  return [
    ...(hosts.length === 0 ? [`no host has reported itself to ${store}`] : renderRows(hosts.map(toRow))),
    ...untrusted.map(({ key, problem }) => `UNTRUSTED ${key}: ${problem}`),
    ...(truncated ? ['there are more: remove old ones with ch-golden fleet forget --older-than 30d'] : []),
  ];
}

function toRow({ id, name, ageMs, vmm, inUse, vms }: FleetHost): readonly [string, string] {
  const mark = (revoked: string | undefined): string => (revoked === undefined ? '' : ` REVOKED: ${revoked}`);
  const details = [
    ...inUse.map(({ image, version, created, revoked }) => `${image}.${version} built ${created}${mark(revoked)}`),
    ...vms.map((one) => `${formatCount(one.count, 'VM')} on ${one.image}.${one.version}${mark(one.revoked)}`),
    ...(vmm === undefined ? [] : [`Cloud Hypervisor ${vmm}`]),
    `reported ${spellAge(ageMs)} ago`,
  ];
  return [`${name} (${shortenId(id)})`, details.join(', ')];
}

function spellAge(ms: number): string {
  const hours = ms / 3_600_000;
  return hours < 48 ? formatCount(Math.floor(hours), 'hour') : formatCount(Math.floor(hours / 24), 'day');
}
