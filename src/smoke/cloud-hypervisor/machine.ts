import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Running } from '../../platform/process/processes.js';
import type { Session } from '../../platform/session.js';
import { waitTogether } from '../../platform/concurrency.js';
import { getNamespaceMethod, type NamespaceMethod } from '../../platform/process/user-namespaces.js';
import { getOverHttp } from '../http-get.js';
import type { SmokeVm, MachineSpec, SmokeNetwork, Vmm } from '../machine.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { withShortPath } from '../../platform/fs/socket-path.js';
import { createApi, type CloudHypervisorApi, type SocketReach } from '../../vmm/cloud-hypervisor-api.js';
import { waitForApi } from '../../vmm/wait-for-api.js';
import { assertBridge, guestTap, joinBridge } from './bridge.js';
import { getAddress } from './lease.js';
import { inOwnNetwork, type Enclosure } from './namespace.js';
import { startRelay } from './relay.js';
import { toVmConfig, machineLayout, type MachineLayout } from './vm-config.js';

export type CloudHypervisorPorts = Pick<Session, 'processes' | 'clock' | 'signal' | 'helpers'>;

const apiSocket = 'api.sock';
const guestSocket = 'guest.sock';
const logFile = 'vmm.log';
const countersFile = 'counters.json';
const guestAddress = '192.168.249.2';
const answerLimitMs = 5_000;
const apiLimitMs = 30_000;
/** For each of the last requests before the VMM is killed anyway. */
const defaultLimits: Limits = { farewellLimitMs: 1_000 };

interface Limits {
  readonly farewellLimitMs: number;
}

/** How this user gives a VM its network. */
interface NetworkPlan {
  readonly way: NamespaceMethod;
  readonly network: SmokeNetwork;
  readonly limits: Limits;
}

/**
 * Cloud Hypervisor with KVM, as this user, each VM in a separate network namespace. It is isolated from the host's
 * network unless attached to a bridge. @throws Failure if this user cannot create such namespaces
 */
export async function createCloudHypervisor(
  release: Release,
  network: SmokeNetwork,
  ports: CloudHypervisorPorts,
  limits = defaultLimits,
): Promise<Vmm> {
  if (network !== 'isolated') await assertBridge(network.bridge, ports);
  const way = await getNamespaceMethod({ kind: 'network', sudo: true }, ports);
  return {
    kind: 'cloud-hypervisor',
    version: release.text,
    accelerator: 'kvm',
    guestNetwork:
      network === 'isolated' ? { address: `${guestAddress}/24`, gateway: machineLayout.hostEnd.ip } : 'dhcp',
    start: async (spec) => startMachine(spec, release, { way, network, limits }, ports),
  };
}

function reachSocket({ directory }: MachineSpec): SocketReach {
  return async (work) => withShortPath(directory, apiSocket, work);
}

async function startMachine(
  spec: MachineSpec,
  release: Release,
  plan: NetworkPlan,
  ports: CloudHypervisorPorts,
): Promise<SmokeVm> {
  const enclosed = await inOwnNetwork(
    [program, '--api-socket', `path=${apiSocket}`, '--log-file', logFile, '-v'],
    plan.way,
    ports,
  );
  const vmm = await ports.processes.start({ ...enclosed, cwd: spec.directory });
  const api = createApi({ reach: reachSocket(spec), limitMs: apiLimitMs }, ports.signal);
  try {
    await waitForVmm(spec, vmm, api, ports);
    const { get, relay } = await bootInNetwork(spec, { vmm, release, api }, plan, ports);
    return toMachine(spec, { vmm, relay, api, get, limits: plan.limits }, ports);
  } catch (error) {
    await vmm.stop();
    throw error;
  }
}

/** How to reach the guest's port. */
type GuestAccess = Pick<SmokeVm, 'get'> & { readonly relay?: Running };

async function bootInNetwork(
  spec: MachineSpec,
  parts: BootParts,
  { way, network }: NetworkPlan,
  ports: CloudHypervisorPorts,
): Promise<GuestAccess> {
  const { vmm } = parts;
  const enclosure = { way, pid: vmm.pid, directory: spec.directory };
  const { network: card } = spec;
  if (card === undefined) {
    await bootVm(spec, parts, machineLayout, ports);
    return { get: async () => Promise.reject(new TypeError(`${spec.name} has no network`)) };
  }
  if (network === 'isolated') {
    const [relay] = await waitTogether(
      [openRelay(card.guestPort, enclosure, vmm, ports), bootVm(spec, parts, machineLayout, ports)],
      () => void vmm.stop(),
    );
    return {
      relay,
      get: async (path, cancel) =>
        withShortPath(spec.directory, guestSocket, async (socketPath) =>
          getOverHttp({ socketPath, path, timeoutMs: answerLimitMs }, cancel),
        ),
    };
  }
  await bootVm(spec, parts, { ...machineLayout, tap: guestTap }, ports);
  await joinBridge(network.bridge, enclosure, ports);
  return {
    get: async (path, cancel) => {
      const host = await getAddress(card.macAddress, network.bridge, ports);
      return getOverHttp({ host, port: card.guestPort, path, timeoutMs: answerLimitMs }, cancel);
    },
  };
}

/** Starts the relay to the guest's port. It stops with the VMM. */
async function openRelay(
  port: number,
  enclosure: Enclosure,
  vmm: Running,
  ports: CloudHypervisorPorts,
): Promise<Running> {
  const relay = await startRelay({ enclosure, socket: guestSocket, host: guestAddress, port }, ports);
  void vmm.exited.then(async () => relay.stop());
  return relay;
}

/** The VMM is up when its API responds. */
async function waitForVmm(
  spec: MachineSpec,
  vmm: Running,
  api: CloudHypervisorApi,
  { clock, signal }: CloudHypervisorPorts,
): Promise<void> {
  const exitsSoon = async (): Promise<boolean> =>
    Promise.race([vmm.exited.then(() => true), clock.sleep(20, signal).then(() => false)]);
  const outcome = await waitForApi(api, { withinMs: apiLimitMs, exitsSoon }, { clock, signal });
  if (outcome === 'responds') return;
  signal.throwIfAborted();
  const evidence = vmm.tail();
  if (outcome === 'exited')
    throw new Failure(`Cloud Hypervisor failed to start ${spec.name}: ${evidence.at(-1) ?? 'no output'}`, {
      evidence,
    });
  throw new Failure(`Cloud Hypervisor does not respond for ${spec.name}: ${outcome.problem}`, { evidence });
}

interface BootParts {
  readonly vmm: Running;
  readonly release: Release;
  readonly api: CloudHypervisorApi;
}

async function bootVm(
  spec: MachineSpec,
  { vmm, release, api }: BootParts,
  hardware: MachineLayout,
  { signal }: CloudHypervisorPorts,
): Promise<void> {
  try {
    await api.createVm(toVmConfig(spec, release, hardware));
    await api.bootVm();
    const state = await api.vmState();
    if (state !== 'Running') throw new Error(`vm.info: state is ${state} after booting (expected Running)`);
  } catch (error) {
    signal.throwIfAborted();
    const reason = errorMessage(error);
    const fix = /\btap\b/i.test(reason) ? 'sudo modprobe tun && sudo udevadm trigger --name-match=net/tun' : undefined;
    throw new Failure(
      `Cloud Hypervisor failed to boot ${spec.name}: ${reason}`,
      withoutUndefined({ fix, evidence: vmm.tail(), cause: error }),
    );
  }
}

interface Parts extends Pick<SmokeVm, 'get'> {
  readonly vmm: Running;
  readonly relay: Running | undefined;
  readonly limits: Limits;
  readonly api: CloudHypervisorApi;
}

function toMachine(
  spec: MachineSpec,
  { vmm, relay, api, get, limits }: Parts,
  { signal }: CloudHypervisorPorts,
): SmokeVm {
  return {
    kernelConsole: join(spec.directory, machineLayout.serialFile),
    probeConsole: join(spec.directory, machineLayout.virtioFile),
    exited: vmm.exited,
    tail: () => vmm.tail(),
    get,
    powerButton: async () => {
      try {
        await api.pressPowerButton();
      } catch (error) {
        signal.throwIfAborted();
        throw new Failure(`${spec.name}: cannot press the power button: ${errorMessage(error)}`, {
          evidence: vmm.tail(),
          cause: error,
        });
      }
    },
    stop: async () => {
      await requestShutdown(spec, limits);
      await vmm.stop();
      await relay?.stop();
    },
  };
}

/** Saves the device counters next to the consoles, and shuts the VM down. A VMM that is gone or stuck needs neither. */
async function requestShutdown(spec: MachineSpec, { farewellLimitMs }: Limits): Promise<void> {
  const api = createApi({ reach: reachSocket(spec), limitMs: farewellLimitMs }, new AbortController().signal);
  try {
    await writeFile(join(spec.directory, countersFile), await api.vmCounters());
    await api.shutDownVm();
    await api.shutDownVmm();
  } catch {
    // Killed next.
  }
}
