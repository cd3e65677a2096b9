import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DiskChunk, DiskDigest } from '../disk/disk-digest.js';
import type { SmokeDisk, VmmName } from '../platform/choices.js';
import type { Clock } from '../platform/clock.js';
import { UsageError } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { runTogether } from '../platform/concurrency.js';
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
import type { CloneReport, SmokeReport } from './smoke-report.js';

/** An image to prove, and how. */
export interface SmokeRequest {
  /** A qcow2 file, which is not written to, and the lowest release of Cloud Hypervisor that can open it. */
  readonly image: { readonly path: string; readonly virtualSize: number; readonly minCloudHypervisor: string };
  readonly kernel: string;
  readonly initramfs: string;
  /** With the image's own `root=`, and a console on ttyS0. */
  readonly cmdline: string;
  readonly digest: DiskDigest;
  /** The port in the guest, the systemd unit, and what `/version` must answer. */
  readonly daemon: { readonly port: number; readonly unit: string; readonly version?: string };
  readonly vmm: 'auto' | VmmName;
  readonly requireKvm: boolean;
  readonly network: SmokeNetwork;
  /** The clones boot overlays of the image, or of an uncompressed copy, which older releases of Cloud Hypervisor can open. */
  readonly disk: SmokeDisk;
  /** `auto`, or a path. */
  readonly healthPath: string;
  /** From the start of the VMs until all is proven but the power-off, which has a limit of its own. */
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** At least 1. */
  readonly clones: number;
  /** An empty directory of the run; seeds, console logs and records of the machines stay there, after a failure their disks too. */
  readonly directory: string;
}

export interface SmokePorts {
  readonly processes: Processes;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Boots clones of an image and proves that each works and that no two are the same. @throws Failure that says what is wrong. */
export async function proveImage(request: SmokeRequest, ports: SmokePorts): Promise<SmokeReport> {
  if (request.clones < 1) throw new UsageError(`clones: ${request.clones} is too few: at least 1`);
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
    ports.log.info(
      `booting ${plans.length} clones of ${copied ? 'an uncompressed copy of ' : ''}${request.image.path}`,
    );
    const proofs = await runTogether(
      ports.signal,
      plans.map((plan) => async (signal) => {
        const clone = await startClone(plan, { request, vmm, image, golden }, ports);
        clones.push(clone);
        return proveClone(clone, toTask(request, plan, deadline), { ...ports, signal });
      }),
    );
    assertDistinct(proofs.map(({ identity }) => identity));
    warnOfTroubles(proofs, request.daemon.version, ports.log);
    const powerOffs = await runTogether(
      ports.signal,
      clones.map((clone) => async (signal) => powerOff(clone, { ...ports, signal })),
    );
    // After a failure they stay as they are, for whoever looks for its cause; the directory's owner removes it.
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
  /** One is enough: the image is the same. */
  readonly killDaemon: boolean;
}

function planClones(request: SmokeRequest, vmm: Vmm): readonly ClonePlan[] {
  return shareChunks(request.digest, vmm.accelerator, request.clones).map((chunks, index) => {
    const name = `smoke-${index + 1}`;
    const directory = resolve(request.directory, name);
    const macAddress =
      vmm.guestNetwork === 'dhcp' ? createMacAddress() : `52:54:00:c4:00:${(index + 1).toString(16).padStart(2, '0')}`;
    return { name, directory, overlay: join(directory, 'disk.qcow2'), macAddress, chunks, killDaemon: index === 0 };
  });
}

/** On a bridge there are others: those of runs beside this one, and leases of those before it. */
function createMacAddress(): string {
  return ['52', '54', '00', ...(randomBytes(3).toString('hex').match(/../g) ?? [])].join(':');
}

async function startClone(
  plan: ClonePlan,
  {
    request,
    vmm,
    image,
    golden,
  }: { readonly request: SmokeRequest; readonly vmm: Vmm; readonly image: string; readonly golden: MachineDisk },
  { processes, clock }: SmokePorts,
): Promise<Clone> {
  const { name, directory, overlay, macAddress, chunks, killDaemon } = plan;
  const { unit, port } = request.daemon;
  const iso = join(directory, 'seed.iso');
  const probeScript = writeProbeScript({
    unit,
    port,
    chunks: chunks.map(({ index }) => index),
    chunkSize: request.digest.chunkSize,
    killDaemon,
  });
  await mkdir(directory, { recursive: true });
  await writeSeedIso(
    seedFiles({ name, macAddress, network: vmm.guestNetwork, probeScript }),
    { directory: join(directory, 'seed'), iso },
    processes,
  );
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, overlay] });
  const spec: MachineSpec = {
    name,
    directory,
    kernel: resolve(request.kernel),
    initramfs: resolve(request.initramfs),
    cmdline: request.cmdline,
    memoryMiB: request.memoryMiB,
    cpus: request.cpus,
    disks: [{ path: overlay, format: 'qcow2', readOnly: false }, { path: iso, format: 'raw', readOnly: true }, golden],
    network: { macAddress, guestPort: port },
  };
  await recordMachine(
    { spec, image: resolve(request.image.path), copied: request.disk === 'copy', seed: iso, overlay },
    vmm,
  );
  const startedAt = clock.now();
  const machine = await vmm.start(spec);
  const kernelConsole = createConsoleReader(machine.kernelConsole, name);
  return { name, machine, kernelConsole, probeConsole: createConsoleReader(machine.probeConsole, name), startedAt };
}

function toTask(
  { healthPath, daemon, digest }: SmokeRequest,
  { chunks, killDaemon }: ClonePlan,
  deadline: number,
): CloneTask {
  return { healthPath, daemon, chunks, chunkSize: digest.chunkSize, killDaemon, deadline };
}

/** What does not make an image unfit, but should not go unseen. */
function warnOfTroubles(proofs: readonly CloneProof[], version: string | undefined, log: Log): void {
  const identities = proofs.map(({ identity }) => identity);
  const isSilent = proofs.every(({ health }) => health.daemonVersion === undefined);
  if (version !== undefined && isSilent)
    log.warn(`that the daemon is ${version} is not proven: it answers no version on /version`);
  const shared = findSharedSandboxId(identities);
  if (shared !== undefined)
    log.warn(
      `two clones have daemons with the DAYTONA_SANDBOX_ID ${shared}: with daemon-env DAYTONA_SANDBOX_ID=%H it is the host name`,
    );
  for (const { hostname, failedUnits, cloudInit } of identities) {
    if (failedUnits.length > 0) log.warn(`${hostname}: units that failed: ${failedUnits.join(', ')}`);
    if (cloudInit !== 'done') log.warn(`${hostname}: cloud-init ended with errors: ${cloudInit}`);
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
    health: first.health,
    clones: proofs.map(toCloneReport),
    restartMs: first.restartMs,
    powerOffMs,
    chunksVerified: { read: plans.reduce((sum, { chunks }) => sum + chunks.length, 0), of: digest.chunks.length },
  };
}

function toCloneReport({ identity, kernelMs, healthMs }: CloneProof): CloneReport {
  const {
    hostname,
    machineId,
    bootId,
    sandboxId,
    hostKeys,
    kernel,
    cloudInit,
    failedUnits,
    addresses,
    marks,
    slowestUnits,
  } = identity;
  const sinceStart = Object.fromEntries(
    Object.entries(marks).map(([name, milliseconds]: [string, number]) => [name, kernelMs + milliseconds]),
  );
  const units = slowestUnits.map(({ startMs, ...unit }) => ({
    ...unit,
    ...(startMs === undefined ? {} : { startMs: kernelMs + startMs }),
  }));
  const id = sandboxId === undefined ? {} : { sandboxId };
  return {
    hostname,
    machineId,
    bootId,
    ...id,
    hostKeys,
    kernel,
    cloudInit,
    failedUnits,
    addresses,
    times: { kernelMs, healthMs, ...sinceStart, slowestUnits: units },
  };
}
