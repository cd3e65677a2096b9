import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../platform/errors.js';
import { withShortPath } from '../../platform/fs/socket-path.js';
import type { Session } from '../../platform/session.js';
import { createKvmGuest } from '../../smoke/kvm-guest.js';
import { createApi, type CloudHypervisorApi } from '../../vmm/cloud-hypervisor-api.js';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { waitForApi } from '../../vmm/wait-for-api.js';

type Ports = Pick<Session, 'processes' | 'clock' | 'signal'>;

const apiSocket = 'api.sock';
const snapshot = 'snapshot';
const kernel = 'guest.elf';
/** An emulated machine is slow at everything. */
const limitMs = 60_000;

/**
 * Saves the state of a VM with a tiny guest, and restores it: on some kernels, KVM runs VMs but cannot save their
 * state.
 * @param parent for a directory that is removed afterwards
 * @returns why this machine cannot do that; undefined if it can
 */
export async function tryFindSnapshotProblem(parent: string, ports: Ports): Promise<string | undefined> {
  const directory = join(parent, 'snapshot-proof');
  // What a killed run left.
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, snapshot), { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(directory, kernel), createKvmGuest());
    await withVmm(directory, ports, saveVm);
    await withVmm(directory, ports, restoreVm);
    return undefined;
  } catch (error) {
    ports.signal.throwIfAborted();
    return `Cloud Hypervisor cannot save and restore VMs on this machine: ${errorMessage(error)}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function saveVm(api: CloudHypervisorApi): Promise<void> {
  await api.createVm({
    payload: { kernel },
    cpus: { boot_vcpus: 1, max_vcpus: 1 },
    memory: { size: 64 * 1024 ** 2 },
    disks: [],
    net: [],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'Null' },
    console: { mode: 'Off' },
  });
  await api.bootVm();
  await api.pauseVm();
  await api.snapshotVm(snapshot);
}

async function restoreVm(api: CloudHypervisorApi): Promise<void> {
  await api.restoreVm({ directory: snapshot, memory: 'copy' });
  await api.resumeVm();
}

/** Starts a VMM without a VM, and stops it when `work` is done. */
async function withVmm(
  directory: string,
  { processes, clock, signal }: Ports,
  work: (api: CloudHypervisorApi) => Promise<void>,
): Promise<void> {
  const argv = [program, '--api-socket', `path=${apiSocket}`, '--log-file', 'vmm.log'] as const;
  const vmm = await processes.start({ argv, cwd: directory });
  try {
    const reach = async <T>(use: (path: string) => Promise<T>): Promise<T> => withShortPath(directory, apiSocket, use);
    const api = createApi({ reach, limitMs }, signal);
    const exitsSoon = async (): Promise<boolean> =>
      Promise.race([vmm.exited.then(() => true), clock.sleep(20, signal).then(() => false)]);
    const outcome = await waitForApi(api, { withinMs: limitMs, exitsSoon }, { clock, signal });
    if (outcome === 'exited') throw new Error(`it exited: ${vmm.tail().at(-1) ?? 'no output'}`);
    if (outcome !== 'responds') throw new Error(outcome.problem);
    await work(api);
  } finally {
    await vmm.stop();
  }
}
