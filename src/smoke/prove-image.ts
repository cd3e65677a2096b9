import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DiskChunk, DiskDigest } from '../disk/disk-digest.js';
import type { SmokeDisk, VmmName } from '../platform/choices.js';
import { UsageError } from '../platform/errors.js';
import { formatCount } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { Session } from '../platform/session.js';
import { runTogether } from '../platform/concurrency.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { addKernelIdentity } from '../vmm/kernel-identity.js';
import { writeSeedIso } from '../vmm/seed-iso.js';
import { chooseVmm } from './choose-vmm.js';
import { minRelease } from './cloud-hypervisor/needs.js';
import { powerOff, type Clone } from './clone.js';
import { assertDistinct, findSharedSandboxId } from './compare-clones.js';
import { createConsoleReader } from './console-reader.js';
import { copyUncompressed, maskGolden, shareChunks } from './content-proof.js';
import type { MachineDisk, MachineSpec, SmokeNetwork, Vmm } from './machine.js';
import { recordMachine } from './machine-record.js';
import { writeProbeScript } from './probe-script.js';
import { proveClone, type CloneProof, type CloneTask } from './prove-clone.js';
import { seedFiles } from './seed.js';
import { toBootTimes } from './boot-times.js';
import type { CloneReport, SmokeReport } from './smoke-report.js';

/** An image to test, and how. */
export interface SmokeRequest {
  /** A qcow2 file, which is only read, and the lowest release of Cloud Hypervisor that can open it. */
  readonly image: { readonly path: string; readonly virtualSize: number; readonly minCloudHypervisor: string };
  readonly kernel: string;
  readonly initramfs: string;
  /** With the image's `root=`, and a console on ttyS0. */
  readonly cmdline: string;
  /**
   * Give the kernel of every other clone its name and static address: an image with the boot profile `fast` starts its
   * daemon earlier with them, and still must start it with the seed alone.
   */
  readonly identity?: boolean | undefined;
  readonly digest: DiskDigest;
  /** The port in the guest, the systemd unit, and what `/version` must report. */
  readonly daemon: { readonly port: number; readonly unit: string; readonly version?: string | undefined };
  readonly vmm: 'auto' | VmmName;
  readonly requireKvm: boolean;
  readonly network: SmokeNetwork;
  /** The clones boot overlays of the image, or of an uncompressed copy for old releases of Cloud Hypervisor. */
  readonly disk: SmokeDisk;
  /** `auto`, or a path. */
  readonly healthPath: string;
  /** For everything except the power-off, which has a separate limit. */
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** At least 1. */
  readonly clones: number;
  /** An empty directory. Seeds, console logs and VM records stay there; after a failure, the disks too. */
  readonly directory: string;
  /** Keeps whether KVM works until this machine reboots. Without it that is proven each time. */
  readonly cacheDirectory?: string | undefined;
}

export type SmokePorts = Pick<Session, 'processes' | 'clock' | 'signal' | 'helpers'> & { readonly log: Log };

/** Boots clones of an image, and checks that each works and no two are alike. @throws Failure with the problem */
export async function proveImage(request: SmokeRequest, ports: SmokePorts): Promise<SmokeReport> {
  if (request.clones < 1) throw new UsageError(`invalid clones: ${request.clones} (must be at least 1)`);
  const copied = request.disk === 'copy';
  const minCloudHypervisor = copied ? minRelease : request.image.minCloudHypervisor;
  const vmm = await chooseVmm({ ...request, minCloudHypervisor, kvmDevice: '/dev/kvm' }, ports);
  const image = copied ? resolve(request.directory, 'copy.qcow2') : resolve(request.image.path);
  const plans = planClones(request, vmm);
  const masked = resolve(request.directory, 'golden.qcow2');
  const clones: Clone[] = [];
  try {
    if (copied) await copyUncompressed(resolve(request.image.path), image, ports.processes);
    const golden = await maskGolden(image, masked, ports.processes);
    const deadline = ports.clock.now() + request.timeoutMs;
    const source = `${copied ? 'an uncompressed copy of ' : ''}${request.image.path}`;
    ports.log.info(`Booting ${formatCount(plans.length, 'clone')} of ${source}`);
    const proofs = await runTogether(
      ports.signal,
      plans.map((plan) => async (signal) => {
        const clone = await startClone(plan, { request, vmm, image, golden }, ports);
        clones.push(clone);
        return proveClone(clone, toTask(request, plan, deadline), { ...ports, signal });
      }),
    );
    assertDistinct(proofs.map(({ identity }) => identity));
    warnAboutClones(proofs, request.daemon.version, ports.log);
    const powerOffs = await runTogether(
      ports.signal,
      clones.map((clone) => async (signal) => powerOff(clone, { ...ports, signal })),
    );
    // After a failure the disks stay, for whoever looks for the cause. The directory's owner removes them.
    const made = [...(copied ? [image] : []), masked, ...plans.map(({ overlay }) => overlay)];
    await Promise.all(made.map(async (path) => rm(path, { force: true })));
    return writeReport(request, vmm, plans, proofs, Math.max(...powerOffs));
  } finally {
    await Promise.all(clones.map(async ({ machine }) => machine.stop()));
  }
}

interface ClonePlan {
  readonly name: string;
  readonly directory: string;
  readonly overlay: string;
  readonly macAddress: string;
  readonly chunks: readonly DiskChunk[];
  /** One clone is enough: the image is the same. */
  readonly killDaemon: boolean;
  readonly cmdline: string;
}

function planClones(request: SmokeRequest, vmm: Vmm): readonly ClonePlan[] {
  return shareChunks(request.digest, vmm.accelerator, request.clones).map((chunks, index) => {
    const name = `smoke-${index + 1}`;
    const directory = resolve(request.directory, name);
    const macAddress =
      vmm.guestNetwork === 'dhcp' ? createMacAddress() : `52:54:00:c4:00:${(index + 1).toString(16).padStart(2, '0')}`;
    const network = vmm.guestNetwork === 'dhcp' ? undefined : vmm.guestNetwork;
    const hasIdentity = request.identity === true && index % 2 === 0;
    const cmdline = hasIdentity
      ? addKernelIdentity(request.cmdline, { hostname: name, network, macAddress })
      : request.cmdline;
    const overlay = join(directory, 'disk.qcow2');
    return { name, directory, overlay, macAddress, chunks, killDaemon: index === 0, cmdline };
  });
}

/** Random, because a bridge also has VMs of concurrent runs, and leases of earlier ones. */
function createMacAddress(): string {
  return ['52', '54', '00', ...(randomBytes(3).toString('hex').match(/../g) ?? [])].join(':');
}

/** What all clones have in common. `image` is what their overlays are on: the golden image, or a copy of it. */
interface CloneBasis {
  readonly request: SmokeRequest;
  readonly vmm: Vmm;
  readonly image: string;
  readonly golden: MachineDisk;
}

async function startClone(
  plan: ClonePlan,
  { request, vmm, image, golden }: CloneBasis,
  { processes, clock }: SmokePorts,
): Promise<Clone> {
  const { name, directory, overlay } = plan;
  await mkdir(directory, { recursive: true });
  const seed = await writeSeed(plan, request, vmm, processes);
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, overlay] });
  const spec: MachineSpec = {
    name,
    directory,
    kernel: resolve(request.kernel),
    initramfs: resolve(request.initramfs),
    cmdline: plan.cmdline,
    memoryMiB: request.memoryMiB,
    cpus: request.cpus,
    disks: [{ path: overlay, format: 'qcow2', readOnly: false }, { path: seed, format: 'raw', readOnly: true }, golden],
    network: { macAddress: plan.macAddress, guestPort: request.daemon.port },
  };
  await recordMachine(
    { spec, image: resolve(request.image.path), copied: request.disk === 'copy', seed, overlay },
    vmm,
  );
  const startedAt = clock.now();
  const machine = await vmm.start(spec);
  const kernelConsole = createConsoleReader(machine.kernelConsole, name);
  return { name, machine, kernelConsole, probeConsole: createConsoleReader(machine.probeConsole, name), startedAt };
}

async function writeSeed(
  { name, directory, macAddress, chunks, killDaemon }: ClonePlan,
  { daemon, digest }: SmokeRequest,
  { guestNetwork }: Vmm,
  processes: Processes,
): Promise<string> {
  const iso = join(directory, 'seed.iso');
  const probeScript = writeProbeScript({
    unit: daemon.unit,
    port: daemon.port,
    chunks: chunks.map(({ index }) => index),
    chunkSize: digest.chunkSize,
    killDaemon,
  });
  const files = seedFiles({ name, macAddress, network: guestNetwork, probeScript });
  await writeSeedIso(files, { directory: join(directory, 'seed'), iso }, processes);
  return iso;
}

function toTask(
  { healthPath, daemon, digest }: SmokeRequest,
  { chunks, killDaemon }: ClonePlan,
  deadline: number,
): CloneTask {
  return { healthPath, daemon, chunks, chunkSize: digest.chunkSize, killDaemon, deadline };
}

/** Warns about what does not fail the smoke test but deserves attention. */
function warnAboutClones(proofs: readonly CloneProof[], version: string | undefined, log: Log): void {
  const identities = proofs.map(({ identity }) => identity);
  const isSilent = proofs.every(({ health }) => health.daemonVersion === undefined);
  if (version !== undefined && isSilent)
    log.warn(`Cannot verify that the daemon is version ${version}: GET /version does not report one`);
  const shared = findSharedSandboxId(identities);
  if (shared !== undefined)
    log.warn(
      `Two clones have the same DAYTONA_SANDBOX_ID, ${shared}. ` +
        'Add DAYTONA_SANDBOX_ID=%H to daemon-env to use the host name instead',
    );
  for (const { hostname, failedUnits, cloudInit } of identities) {
    if (failedUnits.length > 0) log.warn(`${hostname}: failed units: ${failedUnits.join(', ')}`);
    if (cloudInit !== 'done') log.warn(`${hostname}: cloud-init finished with errors: ${cloudInit}`);
  }
}

function writeReport(
  { digest }: SmokeRequest,
  vmm: Vmm,
  plans: readonly ClonePlan[],
  proofs: readonly CloneProof[],
  powerOffMs: number,
): SmokeReport {
  const [first] = proofs;
  if (first?.restartMs === undefined) throw new TypeError('the daemon of the first clone is always killed');
  return {
    vmm: vmm.kind,
    vmmVersion: vmm.version,
    accelerator: vmm.accelerator,
    health: withoutUndefined(first.health),
    clones: proofs.map(toCloneReport),
    restartMs: first.restartMs,
    powerOffMs,
    chunksVerified: { read: plans.reduce((sum, { chunks }) => sum + chunks.length, 0), of: digest.chunks.length },
  };
}

function toCloneReport(proof: CloneProof): CloneReport {
  const { hostname, machineId, bootId, sandboxId, hostKeys, kernel, cloudInit, failedUnits, addresses } =
    proof.identity;
  return {
    hostname,
    machineId,
    bootId,
    ...withoutUndefined({ sandboxId }),
    hostKeys,
    kernel,
    cloudInit,
    failedUnits,
    addresses,
    times: toBootTimes(proof),
  };
}
