import { findUserNames } from '../../../host/vm/user-names.js';
import type { VmState } from '../../../host/vm/vm-state.js';
import type { Session } from '../../../platform/session.js';

/** A VM with the name of the user that it runs as. */
export type NamedVm = VmState & { readonly user?: string };

export async function nameUsers(vms: readonly VmState[], session: Session): Promise<readonly NamedVm[]> {
  const names = await findUserNames(
    vms.flatMap(({ uid }) => (uid === undefined ? [] : [uid])),
    session,
  );
  return vms.map((vm) => {
    const user = vm.uid === undefined ? undefined : (names.get(vm.uid) ?? String(vm.uid));
    return user === undefined ? vm : { ...vm, user };
  });
}

/** `42s`, `5m`, `3h 7m`, `12d 4h`: short enough for a column. */
export function formatUptime(seconds: number): string {
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (seconds < 60) return `${seconds}s`;
  if (hours === 0) return `${minutes}m`;
  return days === 0 ? `${hours}h ${minutes % 60}m` : `${days}d ${hours % 24}h`;
}

/** What is wrong with a VM, one line each. */
export function listNotes({ problem, version, revoked, newerVersion }: VmState): readonly string[] {
  return [
    ...(problem === undefined ? [] : [problem]),
    ...(revoked === undefined ? [] : [`REVOKED: ${version ?? 'its version'}: ${revoked}`]),
    ...(newerVersion === undefined ? [] : [`outdated: new VMs get ${newerVersion}`]),
  ];
}
