import { addAddresses } from '../../../host/vm/network/find-address.js';
import { readVmState } from '../../../host/vm/vm-state.js';
import { vmDirectory } from '../../../host/vm/vm-record.js';
import type { ShowCommand } from '../../../inputs/commands/vm/show.js';
import { formatBytes } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import { renderRows } from '../../../report/render-text.js';
import type { CommandResult } from '../result.js';
import { formatUptime, listNotes, nameUsers, type NamedVm } from './vm-rows.js';

const mebibyte = 1024 ** 2;

export async function runShow({ root, name }: ShowCommand, session: Session): Promise<CommandResult> {
  const directory = vmDirectory(root, name);
  const found = await addAddresses([await readVmState(root, name, session.signal)], session);
  const [vm] = await nameUsers(found, session);
  if (vm === undefined) throw new TypeError('a VM has a state');
  return { text: renderRows(toRows(vm, directory)).join('\n'), json: { ...vm, directory }, exitCode: 0 };
}

function toRows(vm: NamedVm, directory: string): readonly (readonly [string, string])[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['VM', vm.name],
    ['state', vm.state],
    ...listNotes(vm).map((note) => ['warning', note] as const),
    ['version', vm.version],
    ['CPUs', vm.cpus?.toString()],
    ['memory', vm.memoryMiB === undefined ? undefined : formatBytes(vm.memoryMiB * mebibyte)],
    ['disk use', formatBytes(vm.diskBytes)],
    ['address', vm.address],
    ['MAC address', vm.macAddress],
    ['tap', vm.tap],
    ['autostart', { true: 'on', false: 'off', undefined }[String(vm.autostart) as 'true' | 'false' | 'undefined']],
    ['uptime', vm.uptimeSeconds === undefined ? undefined : formatUptime(vm.uptimeSeconds)],
    ['process', vm.pid?.toString()],
    ['user', vm.user],
    ['directory', directory],
    ['log', vm.log],
    ['console', vm.console],
  ];
  return rows.flatMap(([title, value]) => (value === undefined ? [] : [[title, value] as const]));
}
