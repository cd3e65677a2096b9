import { createApi, type CloudHypervisorApi, type MemoryRestore } from '../../vmm/cloud-hypervisor-api.js';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { waitForApi } from '../../vmm/wait-for-api.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { asUser, type SystemUser } from '../../platform/process/system-users.js';
import type { HostPorts } from '../ports.js';
import { withBridgeTap } from '../vm/network/bridge-tap.js';
import { reachVmm } from '../vm/vm-files.js';
import { vmFiles, type VmRecord } from '../vm/vm-record.js';
import { forgetVmm, killVmm, launchVmm } from '../vm/vmm-process.js';
import { cloneFiles, prepareClone, removeCloneFiles, type CloneRequest } from './clone-files.js';
import { assertNotTemplate, getCloneAddress } from './clone-identity.js';
import { waitForDaemon } from './daemon-answer.js';
import { toMemoryLimit } from './memory-limit.js';
import { clearPending } from './pending.js';
import { deviceIds } from './template-document.js';
import { daemonPort } from './template-seed.js';
import { readEvidence } from './template-vm.js';
import { readRecords } from './wait-for-records.js';

export interface CloneStart extends CloneRequest {
  readonly root: string;
}

/** How a VM started warm. Times are milliseconds since the start of the command's work. */
export interface CloneTimes {
  /** Until the guest ran. */
  readonly resumed: number;
  /** Until it had reported that it has its own identity. */
  readonly identity: number;
  /** Until its daemon answered. */
  readonly answered: number;
  /** How its memory was loaded. */
  readonly memory: MemoryRestore;
}

export interface StartedClone {
  readonly pid: number;
  readonly times: CloneTimes;
}

/** Many may start at once. */
const socketMs = 60_000;
const restoreMs = 300_000;
const identityMs = 300_000;
const daemonMs = 120_000;

/**
 * Restores a clone of a template and gives it its own card and identity. It is handed over once its daemon answers:
 * until then a failure kills it, and the next attempt starts from nothing.
 * @throws Failure
 */
export async function startClone(request: CloneStart, ports: HostPorts): Promise<StartedClone> {
  const { vm, directory, user } = request;
  const start = ports.clock.now();
  const path = await ports.processes.tryFind(program);
  if (path === undefined) throw new Failure(`${program} is not installed on this host`);
  return withBridgeTap(vm, { directory, user }, ports, async () => {
    await prepareClone(request, ports);
    const vmm = await launchVmm(directory, cloneCommand(path, user), ports.processes);
    try {
      const times = await bringUp(request, { vmm, start }, ports);
      await removeCloneFiles(directory, ports, [cloneFiles.snapshot]);
      await clearPending(directory);
      return { pid: vmm.pid, times };
    } catch (error) {
      const evidence = await readEvidence(directory);
      await killVmm(vmm, directory, { ...ports, signal: new AbortController().signal });
      await forgetVmm(directory);
      await removeCloneFiles(directory, ports);
      ports.signal.throwIfAborted();
      throw new Failure(`${vm.name} did not start warm: ${errorMessage(error)}`, {
        fix: (error instanceof Failure ? error.fix : undefined) ?? `ch-golden host verify --root ${request.root}`,
        evidence,
        cause: error,
      });
    }
  });
}

/** A VMM without a VM: it gets one by its API. */
function cloneCommand(path: string, user: SystemUser | undefined): readonly [string, ...string[]] {
  const socket = `path=${vmFiles.run}/${vmFiles.socket}`;
  const command = [path, '--api-socket', socket, '--log-file', vmFiles.log] as const;
  return user === undefined ? command : [...asUser(user), ...command];
}

interface Launched {
  readonly vmm: ProcessIdentity;
  /** When the start began. */
  readonly start: number;
}

async function bringUp(
  { vm, directory, template }: CloneStart,
  launched: Launched,
  ports: HostPorts,
): Promise<CloneTimes> {
  const { vmm, start } = launched;
  const { clock, signal } = ports;
  const api = createApi({ reach: reachVmm(directory), limitMs: toMemoryLimit(restoreMs, vm.memoryMiB) }, signal);
  await waitForVmm(api, vmm, ports);
  const memory = await restore(api, vm, ports);
  await api.resumeVm();
  const resumed = clock.now() - start;
  const guest = readRecords({ of: 'clone', directory, vmm }, ports);
  await api.addDisk({ id: deviceIds.seed, path: cloneFiles.seed });
  // Earlier, the guest could use the card with the template's names.
  await guest.waitFor('names', identityMs);
  if (vm.tap !== undefined) await api.addNet({ id: deviceIds.net, tap: vm.tap, macAddress: vm.macAddress });
  const records = await guest.waitFor('ready', identityMs);
  const identity = clock.now() - start;
  assertNotTemplate(template.template.identity, records);
  await waitForDaemon({ host: getCloneAddress(vm, records), port: daemonPort, withinMs: daemonMs }, ports);
  return { resumed, identity, answered: clock.now() - start, memory };
}

/** On demand needs userfaultfd(2), which most hosts allow only root: then its memory is copied. */
async function restore(
  api: CloudHypervisorApi,
  { name, warm }: Pick<VmRecord, 'name' | 'warm'>,
  { log, signal }: HostPorts,
): Promise<MemoryRestore> {
  const directory = cloneFiles.snapshot;
  if (warm?.memory === 'on-demand') {
    try {
      await api.restoreVm({ directory, memory: 'on-demand' });
      return 'on-demand';
    } catch (error) {
      signal.throwIfAborted();
      log.warn(`${name} cannot load its memory on demand, so all of it is copied: ${errorMessage(error)}`);
    }
  }
  await api.restoreVm({ directory, memory: 'copy' });
  return 'copy';
}

async function waitForVmm(api: CloudHypervisorApi, vmm: ProcessIdentity, { clock, signal }: HostPorts): Promise<void> {
  const exitsSoon = async (): Promise<boolean> => {
    await clock.sleep(10, signal);
    return !(await isAlive(vmm));
  };
  const outcome = await waitForApi(api, { withinMs: socketMs, exitsSoon }, { clock, signal });
  if (outcome === 'exited') throw new Failure('Cloud Hypervisor exited');
  if (outcome !== 'responds')
    throw new Failure(`Cloud Hypervisor did not respond within ${formatDuration(socketMs)}: ${outcome.problem}`);
}
