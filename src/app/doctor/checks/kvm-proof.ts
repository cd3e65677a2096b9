import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '../../../platform/progress/log.js';
import { createCloudHypervisor } from '../../../smoke/cloud-hypervisor/machine.js';
import { proveKvmOnce } from '../../../smoke/known-kvm.js';
import type { Vmm } from '../../../smoke/machine.js';
import type { KvmProof } from '../../../smoke/prove-kvm.js';
import { createQemu, readQemu } from '../../../smoke/qemu.js';
import { isAtLeast, readRelease } from '../../../vmm/cloud-hypervisor-release.js';
import type { DoctorPorts, DoctorRequest } from '../check.js';
import { cloudHypervisorSeverity, minReleaseOf, tryFindCloudHypervisor } from './cloud-hypervisor.js';

/** Whether KVM works, and if so with which VMM, e.g. `QEMU 7.2.22`. */
export type VmmProof =
  | (Extract<KvmProof, { readonly works: true }> & { readonly vmm: string })
  | Extract<KvmProof, { readonly works: false }>;

/**
 * Proves KVM with the VMMs that the smoke test would try, in its order. The first that works counts, otherwise the
 * first. Undefined if none can be started here: other checks report why.
 */
export async function proveOnVmms(request: DoctorRequest, ports: DoctorPorts): Promise<VmmProof | undefined> {
  const { work, cache } = request.directories;
  await mkdir(work, { recursive: true });
  const directory = await mkdtemp(join(work, 'doctor-'));
  try {
    let first: VmmProof | undefined;
    for (const getVmm of [tryGetCloudHypervisor, tryGetQemu]) {
      const vmm = await getVmm(request, ports);
      if (vmm === undefined) continue;
      const proof = await proveOn(vmm);
      if (proof.works) return { ...proof, vmm: formatVmm(vmm) };
      first ??= proof;
    }
    return first;
  } finally {
    await rm(directory, { recursive: true });
  }

  async function proveOn(vmm: Vmm): Promise<KvmProof> {
    return proveKvmOnce(
      { device: '/dev/kvm', vmm, directory, cacheDirectory: cache, fresh: request.bootsAgain },
      { ...ports, log: silentLog },
    );
  }
}

function formatVmm({ kind, version }: Vmm): string {
  return `${kind === 'qemu' ? 'QEMU' : 'Cloud Hypervisor'} ${version}`;
}

async function tryGetCloudHypervisor(request: DoctorRequest, ports: DoctorPorts): Promise<Vmm | undefined> {
  if ((await tryFindCloudHypervisor(request.smoke, ports)) === undefined) return undefined;
  try {
    const release = await readRelease(ports.processes);
    if (!isAtLeast(release, minReleaseOf(request))) return undefined;
    return await createCloudHypervisor(release, 'isolated', ports);
  } catch {
    ports.signal.throwIfAborted();
    return undefined;
  }
}

async function tryGetQemu({ smoke }: DoctorRequest, ports: DoctorPorts): Promise<Vmm | undefined> {
  if (smoke.vmm !== 'qemu' && cloudHypervisorSeverity(smoke) === 'broken') return undefined;
  // If QEMU cannot be started, the proof reports it.
  const build = await readQemu(ports.processes).catch(() => ({ version: '', sandbox: [] }));
  return createQemu('kvm', build, ports);
}
