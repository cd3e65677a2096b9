import { resolve } from 'node:path';
import { Failure, UsageError } from '../../platform/errors.js';
import type { HostPorts } from '../ports.js';
import { startVm, type StartedVm, type StartRequest } from './start-vm.js';
import { withVmDirectory } from './vm-files.js';
import { vmDirectory } from './vm-record.js';
import { isInUnit, startUnit, tryReadUnit } from './vm-unit.js';
import { tryFindVmm } from './vmm-process.js';

/**
 * Starts a VM, by its systemd unit if that is enabled, so that the unit's limits and restarts apply to it. Its unit
 * calls this, too, and starts it directly.
 */
export async function startManagedVm(
  request: StartRequest,
  ports: HostPorts,
  self = process.geteuid?.() ?? 0,
): Promise<StartedVm> {
  const { name } = request;
  if (await isInUnit('self', name)) return startInUnit(request, ports);
  if (!(await isUnitEnabled(name, ports, self)) || (await isRunning(request, ports))) return startVm(request, ports);
  assertUnitUser(request);
  await startUnit(name, ports);
  // The unit has waited until it runs.
  const started = await startVm(request, ports);
  if (started.changed) ports.log.warn(`The systemd unit of ${name} starts a VM in a different root directory`);
  return { ...started, changed: true };
}

/**
 * For a VM that is stopped to be started again with these settings: checks first what would keep it from starting.
 * @throws UsageError if it is started by its unit, which knows the user
 */
export async function assertUserCanStart(
  request: Pick<StartRequest, 'name' | 'user'>,
  ports: Pick<HostPorts, 'processes'>,
  self = process.geteuid?.() ?? 0,
): Promise<void> {
  if (request.user !== undefined && (await isUnitEnabled(request.name, ports, self))) assertUnitUser(request);
}

async function isUnitEnabled(name: string, ports: Pick<HostPorts, 'processes'>, self: number): Promise<boolean> {
  return self === 0 && (await tryReadUnit(name, ports))?.isEnabled === true;
}

function assertUnitUser({ name, user }: Pick<StartRequest, 'name' | 'user'>): void {
  if (user === undefined) return;
  throw new UsageError(`user is set, but ${name} is started by its systemd unit`, {
    fix: `leave out --user, or: ch-golden vm autostart ${name} off`,
  });
}

async function startInUnit(request: StartRequest, ports: HostPorts): Promise<StartedVm> {
  const started = await startVm(request, ports);
  if (started.changed || (await isInUnit(started.pid, request.name))) return started;
  throw new Failure(`${request.name} is already running outside its systemd unit, whose limits do not apply to it`, {
    fix: `ch-golden vm restart ${request.name}`,
  });
}

async function isRunning({ root, name }: StartRequest, { signal }: HostPorts): Promise<boolean> {
  return withVmDirectory(
    vmDirectory(resolve(root), name),
    async (directory) => (await tryFindVmm(directory, signal)) !== undefined,
  );
}
