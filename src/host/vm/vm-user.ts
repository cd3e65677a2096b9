import { mkdir } from 'node:fs/promises';
import { Failure, ToolError, UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import { asUser, parseUserName, tryFindUser, type SystemUser } from '../../platform/process/system-users.js';
import { readHostConfig, writeHostConfig } from '../host-config.js';

/** The user that root runs VMs as if nobody has chosen one. It is created by the administrator, never by us. */
export const defaultVmUser = 'ch-golden';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

interface UserRequest {
  readonly root: string;
  /** The user that was asked for; the host's by default. */
  readonly user?: string;
}

/**
 * The user that a VM is to run as; undefined for the user that runs us. @throws UsageError if a plain user asks for somebody else;
 * Failure if there is no such user
 */
export async function resolveVmUser(
  { root, user: requested }: UserRequest,
  ports: Pick<Ports, 'processes'>,
  self = process.geteuid?.() ?? 0,
): Promise<SystemUser | undefined> {
  if (self !== 0) {
    if (requested !== undefined && (await tryFindUser(requested, ports))?.uid !== self) {
      throw new UsageError(`only root can run a VM as user ${quoteText(requested)}`, {
        fix: 'leave --user out, or run as root',
      });
    }
    return undefined;
  }
  const chosen = requested ?? (await readHostConfig(root)).vmUser;
  const user = await tryFindUser(chosen ?? defaultVmUser, ports);
  if (user === undefined) throw noUser(chosen);
  return user.uid === 0 ? undefined : user;
}

/** Says once what it means that root runs a VM as itself. */
export function warnOfRoot(log: Log): void {
  const fix = `ch-golden host user ${defaultVmUser}`;
  log.warn(`VMs run as root: a guest that breaks out of Cloud Hypervisor owns this host (to change that: ${fix})`);
}

function noUser(chosen: string | undefined): Failure {
  if (chosen !== undefined)
    return new Failure(`user ${quoteText(chosen)}, which VMs are to run as, does not exist`, {
      fix: howToCreate(chosen),
    });
  return new Failure('no user to run VMs as: root starts them as a user without privileges', {
    fix: `${howToCreate(defaultVmUser)} (or, to run them as root: --user root)`,
  });
}

function howToCreate(name: string): string {
  return `useradd --system --no-create-home --shell /usr/sbin/nologin --groups kvm ${name} && ch-golden host user ${name}`;
}

/** The user that root starts VMs as on this host, and who has chosen it. */
export interface VmUserSetting {
  readonly vmUser: string | null;
  readonly source: 'host.json' | 'default' | 'none';
}

export async function readVmUser(root: string, ports: Pick<Ports, 'processes'>): Promise<VmUserSetting> {
  const { vmUser } = await readHostConfig(root);
  if (vmUser !== undefined) return { vmUser, source: 'host.json' };
  const user = await tryFindUser(defaultVmUser, ports);
  return user === undefined ? { vmUser: null, source: 'none' } : { vmUser: defaultVmUser, source: 'default' };
}

/** Makes a user the one that root starts VMs as on this host. @throws Failure if it does not exist, or cannot use KVM */
export async function setVmUser(
  { root, name }: { readonly root: string; readonly name: string },
  ports: Ports,
  self = process.geteuid?.() ?? 0,
): Promise<VmUserSetting> {
  if (self !== 0)
    throw new Failure('only root runs VMs as a different user', {
      fix: `sudo ch-golden host user ${parseUserName(name)}`,
    });
  const user = await tryFindUser(parseUserName(name), ports);
  if (user === undefined) throw new Failure(`user ${quoteText(name)} does not exist`, { fix: howToCreate(name) });
  if (user.uid === 0) warnOfRoot(ports.log);
  else if (!(await canUseKvm(user, ports))) {
    const fix = `usermod --append --groups kvm ${name}`;
    throw new Failure(`user ${quoteText(name)} cannot open /dev/kvm and is not in the group kvm`, { fix });
  }
  await mkdir(root, { recursive: true, mode: 0o755 });
  await writeHostConfig(root, { ...(await readHostConfig(root)), vmUser: name });
  return { vmUser: name, source: 'host.json' };
}

/** The group counts where /dev/kvm is missing, too: modules are loaded later than hosts are set up. */
async function canUseKvm(user: SystemUser, { processes }: Pick<Ports, 'processes'>): Promise<boolean> {
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
