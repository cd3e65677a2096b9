import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { release as kernelRelease, userInfo } from 'node:os';
import { join } from 'node:path';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { Clock } from '../../platform/clock.js';
import { isAtLeast, program, readRelease, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import { assertBridge } from '../../smoke/cloud-hypervisor/bridge.js';
import { proveKvm } from '../../smoke/prove-kvm.js';
import { createQemu, readQemu } from '../../smoke/qemu.js';
import { createTinyKernel } from '../../smoke/tiny-kernel.js';
import { examineNamespace } from './examine-namespace.js';
import type { Finding } from './finding.js';
import { judgeCpu, judgeGroups, judgeKernel, judgeKvm, judgeTun, type GroupFacts } from './judge-host.js';
import { openState } from './open-state.js';

export interface VmmNeeds extends Pick<BuildInputs['smoke'], 'vmm' | 'network' | 'requireKvm'> {
  /** The lowest release of Cloud Hypervisor that can boot the image. */
  readonly minCloudHypervisor: string;
  /** Run a guest on /dev/kvm: a second where it works, five where it does not. */
  readonly proveKvm: boolean;
  readonly workDirectory: string;
}

interface Ports {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Worst = 'broken' | 'warning';

/** QEMU exports images through FUSE in a user namespace, which Linux allows since then. */
const minKernel = { min: '4.18', for: 'FUSE in a user namespace' };
/** Its own minimum since v34.0: its release notes. */
const minKernelOfCloudHypervisor = { min: '5.13', for: 'Cloud Hypervisor' };

/** Looks at this machine for what the smoke VMs need. */
export async function examineVmm(needs: VmmNeeds, ports: Ports): Promise<readonly Finding[]> {
  const worst: Worst = needs.requireKvm || needs.vmm === 'cloud-hypervisor' ? 'broken' : 'warning';
  const path = needs.vmm === 'qemu' ? undefined : await ports.processes.tryFind(program);
  const [cpu, kvm, others] = await Promise.all([
    readFile('/proc/cpuinfo', 'utf8').then((text) => judgeCpu(text, worst)),
    examineKvm(worst, needs, ports),
    examineCloudHypervisor(path, needs, ports),
  ]);
  const kernel = judgeKernel(
    kernelRelease(),
    path === undefined ? { ...minKernel, worst: 'broken' } : { ...minKernelOfCloudHypervisor, worst: worstOf(needs) },
  );
  return [kernel, cpu, ...kvm, ...others];
}

async function examineKvm(worst: Worst, needs: VmmNeeds, ports: Ports): Promise<readonly Finding[]> {
  const open = await openState('/dev/kvm');
  if (open === 'missing') return [judgeKvm(open, undefined, worst)];
  const proof = open === 'ok' && needs.proveKvm ? await runTinyGuest(needs, ports) : undefined;
  const groups = judgeGroups(await readGroups(open), worst);
  return [judgeKvm(open, proof, worst, groups.fix), groups];
}

async function readGroups(open: GroupFacts['open']): Promise<GroupFacts> {
  const { gid, mode } = await stat('/dev/kvm');
  const groups = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const [group, , , members = ''] = groups.find(([, , id]) => id === String(gid)) ?? [];
  return { open, isRoot: process.getuid?.() === 0, group, mode, isListed: members.split(',').includes(nameUser()) };
}

/** A user without a line in passwd(5) has no name. */
function nameUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** A kernel of 2 KiB in QEMU: no image is needed, and a paravirtual KVM that hangs stock kernels hangs this one too. */
async function runTinyGuest({ workDirectory }: VmmNeeds, ports: Ports): ReturnType<typeof proveKvm> {
  await mkdir(workDirectory, { recursive: true });
  const directory = await mkdtemp(join(workDirectory, 'doctor-'));
  try {
    const kernel = join(directory, 'vmlinuz');
    await writeFile(kernel, createTinyKernel('Linux version tiny\r\n'));
    // One that cannot be started is what the proof will find.
    const build = await readQemu(ports.processes).catch(() => ({ version: '', sandbox: [] }));
    return await proveKvm(
      { device: '/dev/kvm', vmm: createQemu('kvm', build, ports), kernel, directory, limitMs: 5_000 },
      ports,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

function worstOf({ vmm, network }: Pick<VmmNeeds, 'vmm' | 'network'>): Worst {
  return vmm === 'cloud-hypervisor' || network !== 'isolated' ? 'broken' : 'warning';
}

/** Nothing where it is neither there nor wanted: then QEMU boots the smoke VMs. */
async function examineCloudHypervisor(
  path: string | undefined,
  needs: VmmNeeds,
  ports: Ports,
): Promise<readonly Finding[]> {
  if (needs.vmm === 'qemu') return [];
  const state = worstOf(needs);
  if (path === undefined) {
    const fix = 'put the binary of a release of Cloud Hypervisor on PATH';
    return [
      state === 'warning'
        ? { name: program, state: 'ok', text: 'is not on PATH: QEMU boots the smoke VMs' }
        : { name: program, state, text: 'is not on PATH', fix },
    ];
  }
  return Promise.all([
    examineRelease(path, needs, ports),
    openState('/dev/net/tun').then((open) => judgeTun(open, state)),
    examineNamespace({ kind: 'network', sudo: true, state }, ports),
    ...(needs.network === 'isolated' ? [] : [examineBridge(needs.network.bridge, ports)]),
  ]);
}

async function examineRelease(path: string, needs: VmmNeeds, { processes }: Ports): Promise<Finding> {
  try {
    return judgeRelease(await readRelease(processes), path, needs);
  } catch (error) {
    return {
      name: program,
      state: worstOf(needs),
      text: `${path}: ${errorMessage(error)}`,
      fix: 'install the binary of a release for this machine',
    };
  }
}

/** Pure. */
export function judgeRelease(
  release: Release,
  path: string,
  needs: Pick<VmmNeeds, 'vmm' | 'network' | 'minCloudHypervisor'>,
): Finding {
  const { minCloudHypervisor: min } = needs;
  const text = `${release.text}, ${path}`;
  if (isAtLeast(release, min)) return { name: program, state: 'ok', text };
  const copy = isAtLeast(release, '39.0') ? ', or set smoke-disk: copy' : '';
  return {
    name: program,
    state: worstOf(needs),
    text: `${text}: this image needs ${min}`,
    fix: `install Cloud Hypervisor ${min} or newer${copy}`,
  };
}

async function examineBridge(bridge: string, ports: Ports): Promise<Finding> {
  const name = 'smoke-network';
  try {
    await assertBridge(bridge, ports);
    return { name, state: 'ok', text: `VMs can be joined to the bridge ${bridge}` };
  } catch (error) {
    if (!(error instanceof Failure) || error.fix === undefined) throw error;
    return { name, state: 'broken', text: error.message.replace(`${name}: `, ''), fix: error.fix };
  }
}
