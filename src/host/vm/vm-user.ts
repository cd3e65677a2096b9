import { Failure, ToolError, UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { createDirectories } from '../../platform/fs/create-directories.js';
import type { Log } from '../../platform/progress/log.js';
import { asUser, parseUserName, tryFindUser, type SystemUser } from '../../platform/process/system-users.js';
import { readHostConfig, writeHostConfig } from '../host-config.js';
import type { HostPorts } from '../ports.js';

/** The user that root runs VMs as unless another one was chosen. The administrator creates it. */
export const defaultVmUser = 'ch-golden';

interface UserRequest {
  readonly root: string;
  /** The requested user; by default that of the host. */
  readonly user?: string | undefined;
}

/**
 * The user that a VM will run as; undefined for the user of this process.
 * @throws UsageError if a plain user requests a different one; Failure if the user does not exist
 */
export async function resolveVmUser(
  { root, user: requested }: UserRequest,
  ports: Pick<HostPorts, 'processes'>,
  self = process.geteuid?.() ?? 0,
): Promise<SystemUser | undefined> {
  if (self !== 0) {
    if (requested !== undefined && (await tryFindUser(requested, ports))?.uid !== self) {
      throw new UsageError(`only root can run a VM as user ${quoteText(requested)}`, {
        fix: 'leave out --user, or run as root',
      });
    }
    return undefined;
  }
  const chosen = requested ?? (await readHostConfig(root)).vmUser;
  const user = await tryFindUser(chosen ?? defaultVmUser, ports);
  if (user === undefined) throw missingUserFailure(chosen);
  return user.uid === 0 ? undefined : user;
}

/** Warns about the risk of running VMs as root. */
export function warnOfRoot(log: Log): void {
  const fix = `ch-golden host user ${defaultVmUser}`;
  log.warn(`VMs run as root: a guest that escapes from Cloud Hypervisor controls this host (to change that: ${fix})`);
}

function missingUserFailure(chosen: string | undefined): Failure {
  if (chosen !== undefined)
    return new Failure(`VMs run as user ${quoteText(chosen)}, which does not exist`, {
      fix: formatCreateUser(chosen),
    });
  return new Failure('no user to run VMs as: root starts them as an unprivileged user', {
    fix: `${formatCreateUser(defaultVmUser)} (or, to run them as root: --user root)`,
  });
}

function formatCreateUser(name: string): string {
  return (
    `useradd --system --no-create-home --shell /usr/sbin/nologin --groups kvm ${name} && ch-golden host user ` + name
  );
}

/** The user that root starts VMs as on this host, and where that is set. */
export interface VmUserSetting {
  readonly vmUser: string | null;
  readonly source: 'host.json' | 'default' | 'none';
}

export async function readVmUser(root: string, ports: Pick<HostPorts, 'processes'>): Promise<VmUserSetting> {
  const { vmUser } = await readHostConfig(root);
  if (vmUser !== undefined) return { vmUser, source: 'host.json' };
  const user = await tryFindUser(defaultVmUser, ports);
  return user === undefined ? { vmUser: null, source: 'none' } : { vmUser: defaultVmUser, source: 'default' };
}

/** Sets the user that root starts VMs as on this host. @throws Failure if it does not exist, or cannot use KVM */
export async function setVmUser(
  { root, name }: { readonly root: string; readonly name: string },
  ports: Pick<HostPorts, 'processes' | 'log'>,
  self = process.geteuid?.() ?? 0,
): Promise<VmUserSetting> {
  if (self !== 0)
    throw new Failure('only root runs VMs as a different user', {
      fix: `sudo ch-golden host user ${parseUserName(name)}`,
    });
  const user = await tryFindUser(parseUserName(name), ports);
  if (user === undefined) throw new Failure(`user ${quoteText(name)} does not exist`, { fix: formatCreateUser(name) });
  if (user.uid === 0) warnOfRoot(ports.log);
  else if (!(await canUseKvm(user, ports))) {
    const fix = `usermod --append --groups kvm ${name}`;
    throw new Failure(`user ${quoteText(name)} cannot open /dev/kvm and is not in the group kvm`, { fix });
  }
  await createDirectories(root, 0o755);
  await writeHostConfig(root, { ...(await readHostConfig(root)), vmUser: name });
  return { vmUser: name, source: 'host.json' };
}

/** Membership of the group is enough if /dev/kvm is missing: its module may be loaded later. */
export async function canUseKvm(user: SystemUser, { processes }: Pick<HostPorts, 'processes'>): Promise<boolean> {
  const { stdout } = await processes.run({ argv: ['id', '--groups', '--name', '--', user.name], timeoutMs: 30_000 });
  if (stdout.trim().split(' ').includes('kvm')) return true;
  const argv = [...asUser(user), 'sh', '-c', 'test -r /dev/kvm && test -w /dev/kvm'] as const;
  return processes.run({ argv, timeoutMs: 30_000 }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ToolError && error.exitCode === 1) return false;
      throw error;
    },
  );
}
