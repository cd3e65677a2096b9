import type { VmmName } from '../platform/choices.js';
import { program, readRelease } from '../vmm/cloud-hypervisor-release.js';
import { findCorrupting, formatDefect, overlayUse } from '../vmm/known-defects.js';
import { CancelledError, Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import { createCloudHypervisor, type CloudHypervisorPorts } from './cloud-hypervisor/machine.js';
import { requireRelease } from './cloud-hypervisor/needs.js';
import type { SmokeNetwork, Vmm } from './machine.js';
import { proveKvmOnce, type KnownKvmProof } from './known-kvm.js';
import { createQemu, readQemu, type QemuPorts } from './qemu.js';

export interface VmmRequest {
  readonly vmm: 'auto' | VmmName;
  readonly requireKvm: boolean;
  readonly network: SmokeNetwork;
  /** The lowest release of Cloud Hypervisor that can boot the image, e.g. `50.0`. */
  readonly minCloudHypervisor: string;
  /** `/dev/kvm` */
  readonly kvmDevice: string;
  readonly directory: string;
  /** Keeps whether KVM works until this machine reboots. Without it that is proven each time. */
  readonly cacheDirectory?: string | undefined;
}

type Ports = QemuPorts & CloudHypervisorPorts & { readonly log: Log };

/**
 * Chooses the VMM that boots the image, and logs why. Images are made for Cloud Hypervisor, so it is used if it is
 * installed and KVM works; otherwise QEMU. @throws Failure if what the request requires is missing
 */
export async function chooseVmm(request: VmmRequest, ports: Ports): Promise<Vmm> {
  if (request.vmm === 'qemu') return chooseQemu(request, ports);
  // QEMU VMs support no other network than an isolated one.
  if (request.vmm === 'cloud-hypervisor' || request.network !== 'isolated') return getCloudHypervisor(request, ports);
  if ((await ports.processes.tryFind(program)) === undefined) return chooseQemu(request, ports);
  try {
    return await getCloudHypervisor(request, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!(error instanceof Failure) || error instanceof CancelledError) throw error;
    const hint = error.fix === undefined ? '' : ` (${error.fix})`;
    ports.log.warn(`Using QEMU instead of Cloud Hypervisor: ${error.message}${hint}`);
    return chooseQemu(request, ports);
  }
}

/** @throws Failure if it is not installed, cannot boot the image, or KVM does not work. */
async function getCloudHypervisor(request: VmmRequest, ports: Ports): Promise<Vmm> {
  if ((await ports.processes.tryFind(program)) === undefined) {
    throw new Failure(`${program} is not on PATH`, {
      fix: 'install a Cloud Hypervisor release on PATH, or set vmm: qemu',
    });
  }
  const release = await readRelease(ports.processes);
  if (release.number === undefined)
    ports.log.warn(
      `Unknown version in the output of ${program} --version: "${release.text}". Assuming a current release`,
    );
  requireRelease(release, request.minCloudHypervisor);
  // The disks of clones do not outlive the test, and the image below them is only read.
  for (const defect of findCorrupting(release, overlayUse))
    ports.log.warn(`Cloud Hypervisor ${release.text} can corrupt the disks of clones: ${formatDefect(defect)}`);
  const vmm = await createCloudHypervisor(release, request.network, ports);
  const kvm = await tryKvm(vmm, request, ports);
  if (!kvm.works)
    throw new Failure(`KVM does not work: ${formatReason(kvm)}`, {
      fix: 'use a machine with KVM, or set vmm: qemu',
    });
  ports.log.info(`Using Cloud Hypervisor ${release.text} with KVM (${formatProof(kvm)})`);
  return vmm;
}

async function chooseQemu(request: VmmRequest, ports: Ports): Promise<Vmm> {
  const build = await readQemu(ports.processes);
  const { version } = build;
  const withKvm = createQemu('kvm', build, ports);
  const kvm = await tryKvm(withKvm, request, ports);
  if (kvm.works) {
    ports.log.info(`Using QEMU ${version} with KVM (${formatProof(kvm)})`);
    return withKvm;
  }
  if (request.requireKvm) {
    throw new Failure(`KVM is required but does not work: ${formatReason(kvm)}`, {
      fix: 'use a machine with KVM, or allow slow emulation with require-kvm: false',
    });
  }
  ports.log.info(`Using QEMU ${version} without KVM: ${formatReason(kvm)}`);
  ports.log.warn(
    'No usable KVM: booting in emulation, which takes minutes instead of seconds, with one CPU. ' +
      'Only a sample of the image is read back',
  );
  return createQemu('tcg', build, ports);
}

async function tryKvm(
  vmm: Vmm,
  { kvmDevice, directory, cacheDirectory }: VmmRequest,
  ports: Ports,
): Promise<KnownKvmProof> {
  return proveKvmOnce({ device: kvmDevice, vmm, directory, cacheDirectory }, ports);
}

function formatProof({ elapsedMs, wasKnown }: Extract<KnownKvmProof, { readonly works: true }>): string {
  return wasKnown ? 'proven earlier in this boot' : `proven in ${Math.round(elapsedMs)} ms`;
}

function formatReason({ reason, wasKnown }: Extract<KnownKvmProof, { readonly works: false }>): string {
  return wasKnown ? `${reason} (tested earlier in this boot; ch-golden doctor tests it again)` : reason;
}
