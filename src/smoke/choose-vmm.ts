import type { VmmName } from '../platform/choices.js';
import { program, readRelease } from '../vmm/cloud-hypervisor-release.js';
import { CancelledError, Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import { createCloudHypervisor } from './cloud-hypervisor/machine.js';
import { requireRelease } from './cloud-hypervisor/needs.js';
import type { SmokeNetwork, Vmm } from './machine.js';
import { proveKvm, type KvmProof } from './prove-kvm.js';
import { createQemu, readQemu, type QemuPorts } from './qemu.js';

export interface VmmRequest {
  readonly vmm: 'auto' | VmmName;
  readonly requireKvm: boolean;
  readonly network: SmokeNetwork;
  readonly kernel: string;
  /** The lowest release of Cloud Hypervisor that can boot the image, such as `50.0`. */
  readonly minCloudHypervisor: string;
  /** `/dev/kvm` */
  readonly kvmDevice: string;
  readonly directory: string;
}

type Ports = QemuPorts & { readonly log: Log };

/**
 * The VMM that is to boot the image, and lines of log that say why: Cloud Hypervisor, which images are made for, where it is
 * installed and KVM works; else QEMU. @throws Failure where what is required is not there.
 */
export async function chooseVmm(request: VmmRequest, ports: Ports): Promise<Vmm> {
  if (request.vmm === 'qemu') return chooseQemu(request, ports);
  // QEMU's VMs have no other network than the one of their own.
  if (request.vmm === 'cloud-hypervisor' || request.network !== 'isolated') return getCloudHypervisor(request, ports);
  if ((await ports.processes.tryFind(program)) === undefined) return chooseQemu(request, ports);
  try {
    return await getCloudHypervisor(request, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!(error instanceof Failure) || error instanceof CancelledError) throw error;
    ports.log.warn(`not with Cloud Hypervisor: ${error.message}${error.fix === undefined ? '' : `; ${error.fix}`}`);
    return chooseQemu(request, ports);
  }
}

/** @throws Failure where it is not installed, cannot boot the image, or KVM does not work. */
async function getCloudHypervisor(request: VmmRequest, ports: Ports): Promise<Vmm> {
  if ((await ports.processes.tryFind(program)) === undefined) {
    throw new Failure(`${program} is not on PATH`, {
      fix: 'put the binary of a release of Cloud Hypervisor on PATH, or take vmm: qemu',
    });
  }
  const release = await readRelease(ports.processes);
  if (release.number === undefined)
    ports.log.warn(`${program} --version says "${release.text}", which is no release: it is taken for a new one`);
  requireRelease(release, request.minCloudHypervisor);
  const vmm = await createCloudHypervisor(release, request.network, ports);
  const kvm = await tryKvm(vmm, request, ports);
  if (!kvm.works)
    throw new Failure(`KVM does not work here: ${kvm.reason}`, {
      fix: 'run on a machine with KVM, or take vmm: qemu',
    });
  ports.log.info(
    `smoke test with Cloud Hypervisor ${release.text}: the kernel printed its first line after ${kvm.firstLineMs} ms`,
  );
  return vmm;
}

async function chooseQemu(request: VmmRequest, ports: Ports): Promise<Vmm> {
  const build = await readQemu(ports.processes);
  const { version } = build;
  const withKvm = createQemu('kvm', build, ports);
  const kvm = await tryKvm(withKvm, request, ports);
  if (kvm.works) {
    ports.log.info(
      `smoke test with QEMU ${version} and KVM: the kernel printed its first line after ${kvm.firstLineMs} ms`,
    );
    return withKvm;
  }
  if (request.requireKvm) {
    throw new Failure(`KVM is required and does not work here: ${kvm.reason}`, {
      fix: 'run on a machine with KVM, or allow the slow emulation with require-kvm: false',
    });
  }
  ports.log.info(`smoke test with QEMU ${version} without KVM: ${kvm.reason}`);
  ports.log.warn(
    'no usable KVM: the smoke test boots in emulation, minutes instead of seconds, with one CPU, and reads back a sample of the image only',
  );
  return createQemu('tcg', build, ports);
}

async function tryKvm(vmm: Vmm, { kvmDevice, kernel, directory }: VmmRequest, ports: Ports): Promise<KvmProof> {
  return proveKvm({ device: kvmDevice, vmm, kernel, directory }, ports);
}
