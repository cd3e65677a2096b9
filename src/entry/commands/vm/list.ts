import { addAddresses } from '../../../host/vm/network/find-address.js';
import { listVms } from '../../../host/vm/vm-state.js';
import type { ListCommand } from '../../../inputs/commands/vm/list.js';
import { formatBytes } from '../../../platform/format.js';
import type { Session } from '../../../platform/session.js';
import type { Column } from '../../../report/render-table.js';
import type { CommandResult } from '../result.js';
import { renderForTerminal } from '../terminal-table.js';
import { formatUptime, listNotes, nameUsers, type NamedVm } from './vm-rows.js';

const mebibyte = 1024 ** 2;

/** In the order of their importance, the last ones go first if the terminal is narrow. */
const columns: readonly Column<NamedVm>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'VERSION', of: formatVersion },
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'CPUS', of: ({ cpus }) => cpus?.toString(), alignsRight: true },
  { title: 'MEMORY', of: ({ memoryMiB }) => memoryMiB && formatBytes(memoryMiB * mebibyte), alignsRight: true },
  { title: 'DISK', of: ({ diskBytes }) => formatBytes(diskBytes), alignsRight: true },
  {
    title: 'UPTIME',
    of: ({ uptimeSeconds }) => (uptimeSeconds === undefined ? undefined : formatUptime(uptimeSeconds)),
    alignsRight: true,
  },
  { title: 'TAP', of: ({ tap }) => tap },
  { title: 'MAC', of: ({ macAddress }) => macAddress },
  { title: 'PID', of: ({ pid }) => pid?.toString(), alignsRight: true },
  { title: 'USER', of: ({ user }) => user },
  { title: 'CONSOLE', of: (vm) => vm.console },
];

export async function runVmList(command: ListCommand, session: Session): Promise<CommandResult> {
  const found = await addAddresses(await listVms(command.root, session.signal), session);
  const vms = await nameUsers(found, session);
  if (vms.length === 0) return { text: `no VM in ${command.root}`, json: vms, exitCode: 0 };
  const notes = vms.flatMap((vm) => listNotes(vm).map((note) => `${vm.name}: ${note}`));
  return { text: renderForTerminal(columns, vms, notes), json: vms, exitCode: 0 };
}

function formatVersion({ version, revoked, newerVersion }: NamedVm): string | undefined {
  if (revoked !== undefined) return `${version ?? ''} REVOKED`;
  return newerVersion === undefined ? version : `${version ?? ''} outdated`;
}
