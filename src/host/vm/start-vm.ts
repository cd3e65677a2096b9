import { resolve } from 'node:path';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { toPlainText } from '../../platform/plain-text.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { tryGetBase } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { tryReadRevokedReason } from '../revoked.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import { assertReadableByUser, confinedCommand, planConfinement } from './confinement.js';
import { assertCanStart } from './check-host-fit.js';
import { rememberHostFacts } from './host-facts.js';
import { withBridgeTap } from './network/bridge-tap.js';
import { keepPreviousLog, prepareFiles, readLogEnd } from './vm-files.js';
import { diskFileOf, readVmRecord, vmFiles, vmDirectory, type VmRecord } from './vm-record.js';
import { tryStartWarm } from '../warm/first-start.js';
import type { CloneTimes } from '../warm/start-clone.js';
import { assertSafeDisk } from './vm-defects.js';
import { assertVmDisks } from './vm-disk.js';
import { assertFiles } from './vm-state.js';
import { resolveVmUser, warnOfRoot } from './vm-user.js';
import { forgetVmm, killVmm, launchVmm, tryFindVmm, vmApi, withVmLock } from './vmm-process.js';

export interface StartRequest {
  readonly root: string;
  readonly name: string;
  /** The system user that it runs as; by default that of the VM, or of the host. Only root can name one. */
  readonly user?: string | undefined;
  /** Start it although it is larger than the machine. */
  readonly overcommit?: boolean | undefined;
  /** IDs of defects of Cloud Hypervisor that are accepted for this start, besides those of the VM. */
  readonly allowedDefects?: readonly string[] | undefined;
}

export interface StartedVm {
  readonly vm: VmRecord;
  readonly pid: number;
  /** False if it was running already. */
  readonly changed: boolean;
  /** How long the parts of a warm start took; absent for a cold one. */
  readonly warm?: CloneTimes;
}

const readyWithinMs = 30_000;
const evidenceLines = 20;

/** Starts a VM that outlives this process, and waits until it runs. One that runs already is left alone. */
export async function startVm(request: StartRequest, given: HostPorts): Promise<StartedVm> {
  const ports = rememberHostFacts(given);
  const root = resolve(request.root);
  const vmPath = vmDirectory(root, request.name);
  return withVmLock(vmPath, ports, async (directory) => {
    const recorded = await readVmRecord(root, request.name);
    const first = await tryStartWarm(recorded, { ...request, root, directory }, ports);
    if ('pid' in first) return first;
    const { vm } = first;
    await warnIfRevoked(root, vm, ports.log);
    const running = await tryFindVmm(directory, ports.signal);
    if (running !== undefined) {
      // It may still be starting, if the command that started it was killed.
      await waitUntilRunning(vm, { directory, vmm: running }, ports);
      return { vm, pid: running.pid, changed: false };
    }
    await assertFiles(vmPath, vm);
    await assertSafeDisk(vm, request.allowedDefects ?? [], ports);
    const local = await assertVmDisks(root, vmPath, vm);
    const user = await resolveVmUser({ root, user: request.user ?? vm.user }, ports);
    const sized = request.overcommit === true ? { ...vm, overcommit: true } : vm;
    await assertCanStart(sized, { root, user }, ports);
    await forgetVmm(directory);
    const pid = await launch(vm, { directory, user, base: tryGetBase(local) }, ports);
    return { vm, pid, changed: true };
  });
}

/** The VM is started anyway: its data may be needed, and it cannot change its version. */
async function warnIfRevoked(root: string, vm: VmRecord, log: Log): Promise<void> {
  const revoked = await tryReadRevokedReason(root, vm);
  if (revoked !== undefined)
    log.warn(`REVOKED: ${vm.image}.${vm.version}, the version of ${vm.name}, must not be used: ${revoked}`);
}

interface Launch {
  readonly directory: OwnedDirectory;
  readonly user: SystemUser | undefined;
  readonly base: string | undefined;
}

async function launch(vm: VmRecord, { directory, user, base }: Launch, ports: HostPorts): Promise<number> {
  const path = await ports.processes.tryFind(program);
  if (path === undefined)
    throw new Failure(`${program} is not installed on this host`, {
      fix: 'install Cloud Hypervisor in a directory of PATH',
    });
  const confinement = await planConfinement(vm, { user, base }, ports);
  await assertReadableByUser(vm, confinement, ports);
  if (user === undefined && process.geteuid?.() === 0) warnOfRoot(ports.log);
  await keepPreviousLog(directory);
  await prepareFiles(directory, user, ports, diskFileOf(vm));
  return withBridgeTap(vm, { directory, user }, ports, async () => {
    const vmm = await launchVmm(directory, confinedCommand(vm, confinement, { path, serial: 'tty' }), ports.processes);
    try {
      await waitUntilRunning(vm, { directory, vmm }, ports);
      return vmm.pid;
    } catch (error) {
      await killVmm(vmm, directory, { ...ports, signal: new AbortController().signal });
      await forgetVmm(directory);
      throw error;
    }
  });
}

interface Launched {
  readonly directory: OwnedDirectory;
  readonly vmm: ProcessIdentity;
}

async function waitUntilRunning(
  vm: VmRecord,
  { directory, vmm }: Launched,
  { clock, signal }: HostPorts,
): Promise<void> {
  const api = vmApi(directory, signal);
  const deadline = clock.now() + readyWithinMs;
  for (;;) {
    const state = await api.vmState().catch((error: unknown) => errorMessage(error));
    signal.throwIfAborted();
    if (state === 'Running') return;
    if (!(await isAlive(vmm))) await throwStartFailure(vm, directory, 'it exited');
    if (clock.now() > deadline)
      await throwStartFailure(vm, directory, `not running after ${readyWithinMs / 1000} s: ${state}`);
    await clock.sleep(50, signal);
  }
}

async function throwStartFailure(vm: VmRecord, directory: OwnedDirectory, reason: string): Promise<never> {
  const logs = await Promise.all([vmFiles.log, vmFiles.output].map(async (name) => readLogEnd(directory, name)));
  const evidence = logs
    .flatMap((log) => log.split('\n'))
    .map((line) => toPlainText(line, 500))
    .filter((line) => line !== '')
    .slice(-evidenceLines);
  throw new Failure(`Cloud Hypervisor did not start ${vm.name}: ${reason}`, { fix: findFix(vm, evidence), evidence });
}

/** How to fix a failed start, given the last lines of its logs. */
export function findFix({ tap }: Pick<VmRecord, 'tap'>, evidence: readonly string[]): string {
  const text = evidence.join('\n');
  // A program with file capabilities does not start if it cannot have them: capabilities(7), "capability-dumb binary".
  const [, path] = /setpriv: failed to execute (\S+): Operation not permitted/.exec(text) ?? [];
  if (path !== undefined) return `setcap -r ${path} (the owner of a tap needs no capability to use it)`;
  if (/hypervisor interface|\/dev\/kvm/.test(text) && /permission denied/i.test(text)) {
    return 'give the user that the VM runs as access to /dev/kvm: usermod --append --groups kvm NAME';
  }
  if (text.includes('/dev/net/tun'))
    return 'give all users access to /dev/net/tun: modprobe tun && udevadm trigger --name-match=net/tun';
  if (tap !== undefined && /\btap\b/i.test(text)) {
    return (
      `create the tap for the user that the VM runs as: ip tuntap add ${tap} mode tap user NAME && ip link set ` +
      `${tap} up`
    );
  }
  return 'check this machine: ch-golden doctor';
}
