import { readFile } from 'node:fs/promises';
import { Failure, ToolError } from '../../platform/errors.js';
import type { ProcessIdentity } from '../../platform/process/process-identity.js';
import type { HostPorts } from '../ports.js';
import { checkVmName } from './vm-record.js';

type Ports = Pick<HostPorts, 'processes'>;

/** What systemd knows about the unit of a VM. */
export interface UnitState {
  readonly isInstalled: boolean;
  readonly isEnabled: boolean;
}

const quickMs = 30_000;
/** The unit's own limit is 5 minutes. */
const startMs = 330_000;

/** The instance of `examples/host/ch-golden-vm@.service` for a VM. Dashes in an instance name need no escape. */
export function vmUnit(name: string): string {
  return `ch-golden-vm@${checkVmName(name)}.service`;
}

/** The state of a VM's unit; undefined if systemd does not run here. */
export async function tryReadUnit(name: string, { processes }: Ports): Promise<UnitState | undefined> {
  if ((await processes.tryFind('systemctl')) === undefined) return undefined;
  const argv = ['systemctl', 'show', '--property=LoadState,UnitFileState', '--', vmUnit(name)] as const;
  const shown = await processes.run({ argv, timeoutMs: quickMs }).catch((error: unknown) => {
    if (error instanceof ToolError) return undefined;
    throw error;
  });
  if (shown === undefined) return undefined;
  const lines = shown.stdout.split('\n');
  return { isInstalled: lines.includes('LoadState=loaded'), isEnabled: lines.includes('UnitFileState=enabled') };
}

/** Whether a process runs in a VM's unit, with its limits, by its control group: cgroups(7). */
export async function isInUnit(pid: number | 'self', name: string): Promise<boolean> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return isGroupOf(groups, vmUnit(name));
}

export function isGroupOf(groups: string, unit: string): boolean {
  return groups
    .trimEnd()
    .split('\n')
    .filter((line) => /^\d+:(|name=systemd):/.test(line))
    .some((line) => line.split('/').includes(unit));
}

/** @throws Failure with the command that shows why it did not start */
export async function startUnit(name: string, { processes }: Ports): Promise<void> {
  const unit = vmUnit(name);
  await processes.run({ argv: ['systemctl', 'start', '--', unit], timeoutMs: startMs }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    const fix = `see why: journalctl --unit ${unit} --lines 30`;
    throw new Failure(`${unit} did not start ${name}`, { fix, evidence: error.evidence, cause: error });
  });
}

/**
 * Tells systemd that a VMM in its unit is about to be killed on purpose: it would restart a unit whose process is
 * killed. Does not wait, because the unit's stop command waits for the lock that the caller holds.
 */
export async function announceKill({ pid }: ProcessIdentity, name: string, { processes }: Ports): Promise<void> {
  if (!(await isInUnit(pid, name)) || (await isInUnit('self', name))) return;
  const argv = ['systemctl', 'stop', '--no-block', '--', vmUnit(name)] as const;
  await processes.run({ argv, timeoutMs: quickMs, evenAfterCancel: true });
}

export async function setUnitEnabled(name: string, isEnabled: boolean, { processes }: Ports): Promise<void> {
  const argv = ['systemctl', '--quiet', isEnabled ? 'enable' : 'disable', '--', vmUnit(name)] as const;
  await processes.run({ argv, timeoutMs: quickMs });
}
