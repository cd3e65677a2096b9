import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { release as kernelRelease } from 'node:os';
import { join } from 'node:path';
import type { BuildInputs } from '../inputs/build-inputs.js';
import type { Clock } from '../platform/clock.js';
import { isAtLeast, parseRelease, program, readRelease } from '../platform/cloud-hypervisor-release.js';
import { errorMessage } from '../platform/errors.js';
import type { Processes } from '../platform/processes.js';
import { proveKvm } from '../smoke/prove-kvm.js';
import { createQemu } from '../smoke/qemu.js';
import { makeTinyKernel } from '../smoke/tiny-kernel.js';
import type { Finding } from './doctor.js';
import { examineNamespace } from './examine-namespace.js';
import { openState } from './open-state.js';

export interface VmmNeeds {
  readonly vmm: BuildInputs['smoke']['vmm'];
  readonly requireKvm: boolean;
  /** Run a guest on /dev/kvm: a second where it works, five where it does not. */
  readonly proveKvm: boolean;
  readonly workFolder: string;
}

interface Ports {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type State = Finding['state'];

/** Looks at this machine for what the smoke VMs need. */
export async function examineVmm(needs: VmmNeeds, ports: Ports): Promise<readonly Finding[]> {
  const required: State = needs.requireKvm || needs.vmm === 'cloud-hypervisor' ? 'broken' : 'warning';
  const [cpu, kvm, others] = await Promise.all([checkCpu(required), checkKvm(required, needs, ports), examineCloudHypervisor(needs, ports)]);
  return [cpu, kvm, ...others];
}

async function checkCpu(state: State): Promise<Finding> {
  const name = 'virtualization';
  const flag = /\b(vmx|svm)\b/.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1];
  if (flag !== undefined) return { name, state: 'ok', text: flag === 'vmx' ? 'VT-x (vmx)' : 'AMD-V (svm)' };
  return {
    name, state, text: 'the CPU shows neither VT-x (vmx) nor AMD-V (svm)',
    mend: 'enable it in the firmware; in a VM, enable nested virtualization on its host',
  };
}

async function checkKvm(state: State, needs: VmmNeeds, ports: Ports): Promise<Finding> {
  const name = '/dev/kvm';
  const slow = 'smoke VMs are emulated and boot in about a minute';
  const mend = 'enable virtualization in the firmware, or use a bare-metal runner';
  switch (await openState('/dev/kvm')) {
    case 'denied': return { name, state, text: `this user may not open it: ${slow}`, mend: 'sudo usermod --append --groups kvm "$USER"   # and log in again' };
    case 'missing': return { name, state, text: `is not there: ${slow}`, mend: `${mend}; sudo modprobe kvm_intel || sudo modprobe kvm_amd` };
    case 'ok': {
      if (!needs.proveKvm) return { name, state: 'ok', text: 'opens; the smoke boot proves whether it runs a guest' };
      const proof = await runTinyGuest(needs, ports);
      return proof.works
        ? { name, state: 'ok', text: `runs a guest: its first line came after ${proof.firstLineMs} ms` }
        : { name, state, text: `${proof.reason}: ${slow}`, mend };
    }
  }
}

/** A kernel of 2 KiB in QEMU: no image is needed, and a paravirtual KVM that hangs stock kernels hangs this one too. */
async function runTinyGuest({ workFolder }: VmmNeeds, ports: Ports): ReturnType<typeof proveKvm> {
  await mkdir(workFolder, { recursive: true });
  const folder = await mkdtemp(join(workFolder, 'doctor-'));
  try {
    const kernel = join(folder, 'vmlinuz');
    await writeFile(kernel, makeTinyKernel('Linux version tiny\r\n'));
    return await proveKvm({ device: '/dev/kvm', vmm: createQemu('kvm', '', ports), kernel, folder, limitMs: 5_000 }, ports);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Nothing where it is neither there nor wanted: then QEMU boots the smoke VMs. */
async function examineCloudHypervisor({ vmm }: VmmNeeds, ports: Ports): Promise<readonly Finding[]> {
  if (vmm === 'qemu') return [];
  const state = vmm === 'cloud-hypervisor' ? 'broken' : 'warning';
  const path = await ports.processes.tryFind(program);
  if (path === undefined) {
    const mend = 'put the binary of a release of Cloud Hypervisor on PATH';
    return [vmm === 'auto' ? { name: program, state: 'ok', text: 'is not on PATH: QEMU boots the smoke VMs' } : { name: program, state, text: 'is not on PATH', mend }];
  }
  return Promise.all([checkRelease(path, state, ports), checkKernel(state), checkTun(state), examineNamespace({ kind: 'network', state, otherwise: 'run as root, or take vmm: qemu' }, ports)]);
}

async function checkRelease(path: string, state: State, { processes }: Ports): Promise<Finding> {
  try {
    const release = await readRelease(processes);
    const text = `${release.text}, ${path}`;
    if (isAtLeast(release, '50.0')) return { name: program, state: 'ok', text };
    return { name: program, state, text: `${text}: it cannot read compressed images`, mend: 'install Cloud Hypervisor 50.0 or newer, or set smoke-disk: copy' };
  } catch (error) {
    return { name: program, state, text: `${path}: ${errorMessage(error)}`, mend: 'install the binary of a release for this machine' };
  }
}

/** Cloud Hypervisor's own minimum since v34.0: its release notes. */
async function checkKernel(state: State): Promise<Finding> {
  const text = `Linux ${kernelRelease()}`;
  if (isAtLeast(parseRelease(kernelRelease()), '5.13')) return Promise.resolve({ name: 'kernel', state: 'ok', text });
  return Promise.resolve({ name: 'kernel', state, text: `${text}: Cloud Hypervisor needs 5.13`, mend: 'upgrade the kernel' });
}

async function checkTun(state: State): Promise<Finding> {
  const name = '/dev/net/tun';
  switch (await openState(name)) {
    case 'ok': return { name, state: 'ok', text: 'opens' };
    case 'denied': return { name, state, text: 'this user may not open it', mend: 'sudo udevadm trigger --name-match=net/tun' };
    case 'missing': return { name, state, text: 'is not there', mend: 'sudo modprobe tun' };
  }
}

