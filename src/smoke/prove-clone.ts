import type { DiskChunk } from '../disk/disk-digest.js';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Exit } from '../platform/process/processes.js';
import type { Log } from '../platform/progress/log.js';
import { failForExit, watchConsole, type Clone } from './clone.js';
import { assertSameContent } from './content-proof.js';
import type { GuestIdentity } from './guest-facts.js';
import { checkHealth, recordAttempt, type HealthHistory } from './health.js';
import { formatStatus, tryDiagnose } from './check-guest.js';
import { emptyProbe, readProbeLines, type ProbeState } from './probe-state.js';

/** What a clone must do to be proven. */
export interface CloneTask {
  readonly healthPath: string;
  readonly daemon: { readonly port: number; readonly unit: string; readonly version?: string };
  /** What the guest must read from the golden disk. */
  readonly chunks: readonly DiskChunk[];
  /** Bytes. */
  readonly chunkSize: number;
  /** Whether the daemon is killed once and must come back. */
  readonly killDaemon: boolean;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** A clone that booted, is healthy, and has told all. Milliseconds are since the VMM was started. */
export interface CloneProof {
  readonly identity: GuestIdentity;
  readonly health: { readonly path: string; readonly daemonVersion?: string };
  readonly kernelMs: number;
  readonly healthMs: number;
  /** From the kill to the next answer; undefined where the daemon was not killed. */
  readonly restartMs: number | undefined;
}

export interface ClonePorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** All that is known of a clone at a moment. */
interface Progress {
  readonly kernelAt?: number;
  readonly consoleTail: readonly string[];
  readonly probe: ProbeState;
  readonly health: HealthHistory;
}

const tickMs = 250;
/** Until the kernel's first line has come, which the times of the boot are counted from. */
const eagerMs = 25;
/** Between looks at a daemon that is healthy: each costs an emulated guest some of its boot. */
const calmMs = 2_000;

/** Watches a clone until all of its task is proven, or sure to fail. @throws Failure that says why. */
export async function proveClone(clone: Clone, task: CloneTask, ports: ClonePorts): Promise<CloneProof> {
  const end = new AbortController();
  const inner = { ...ports, signal: AbortSignal.any([ports.signal, end.signal]) };
  let progress: Progress = { consoleTail: [], probe: emptyProbe, health: {} };
  let looking = lookAtHealth(clone, task, progress, inner);
  try {
    for (;;) {
      const { exit, health = progress.health } = await waitForEvent(
        clone,
        looking,
        progress.kernelAt === undefined ? eagerMs : tickMs,
        inner,
      );
      const next = await readConsoles(clone, { ...progress, health }, ports.clock.now());
      if (exit !== undefined) await failForExit(clone, exit, next.consoleTail);
      logNews(clone, progress, next, ports.log);
      const proof = judge(clone, task, next, ports.clock.now());
      if (proof !== undefined) return proof;
      if (health !== progress.health) looking = lookAtHealth(clone, task, next, inner);
      progress = next;
    }
  } finally {
    end.abort();
    // The last look is cancelled, and nobody waits for it.
    looking.catch(() => undefined);
  }
}

interface CloneEvent {
  readonly exit?: Exit;
  readonly health?: HealthHistory;
}

/** The machine's end, a look at the daemon, or nothing for a while: then the consoles may have something new. */
async function waitForEvent(
  clone: Clone,
  looking: Promise<CloneEvent>,
  waitMs: number,
  { clock, signal }: ClonePorts,
): Promise<CloneEvent> {
  const tick = clock.sleep(waitMs, signal).then(() => ({}));
  const event = await Promise.race([clone.machine.exited.then((exit) => ({ exit })), looking, tick]);
  // A cancel ends the machine too: it must not be told as the machine's own end.
  signal.throwIfAborted();
  return event;
}

/** @throws Failure where the clone will not be proven. */
function judge(clone: Clone, task: CloneTask, progress: Progress, now: number): CloneProof | undefined {
  const trouble = tryDiagnose({ name: clone.name, ...task.daemon, version: task.daemon.version, ...progress, now });
  if (trouble !== undefined) throw trouble;
  const proof = tryConclude(clone, task, progress);
  if (proof === undefined && now > task.deadline) throw timeoutFailure(clone, task, progress, now);
  return proof;
}

async function lookAtHealth(
  clone: Clone,
  task: CloneTask,
  { health, probe }: Progress,
  { clock, signal }: ClonePorts,
): Promise<{ readonly health: HealthHistory }> {
  const calm = health.first !== undefined && probe.killedAt === undefined;
  await clock.sleep(calm ? calmMs : tickMs, signal);
  const startedAt = clock.now();
  const attempt = await checkHealth(
    { path: task.healthPath, get: async (path, cancel) => clone.machine.get(path, cancel) },
    signal,
  );
  return { health: recordAttempt(health, attempt, startedAt, clock.now()) };
}

async function readConsoles(clone: Clone, before: Progress, now: number): Promise<Progress> {
  const consoleTail = await watchConsole(clone, before.consoleTail);
  const probe = readProbeLines(before.probe, await clone.probeConsole.readLines(), now);
  const kernelAt = before.kernelAt ?? (consoleTail.length > 0 ? now : undefined);
  return { ...before, consoleTail, probe, ...(kernelAt === undefined ? {} : { kernelAt }) };
}

function logNews(clone: Clone, before: Progress, now: Progress, log: Log): void {
  const told = listMilestones(clone, before);
  for (const line of listMilestones(clone, now).filter((milestone) => !told.includes(milestone)))
    log.info(`${clone.name}: ${line}`);
}

/** What has been reached, in words. */
function listMilestones({ startedAt }: Clone, { kernelAt, health, probe }: Progress): readonly string[] {
  const after = (at: number): string => `${((at - startedAt) / 1000).toFixed(1)} s after the start`;
  return [
    ...(kernelAt === undefined ? [] : [`the kernel runs ${after(kernelAt)}`]),
    ...(health.first === undefined ? [] : [`GET ${health.first.answer.path} answered 200 ${after(health.first.at)}`]),
    ...(probe.identity === undefined
      ? []
      : [`the boot is finished, cloud-init is ${probe.identity.cloudInit === 'done' ? 'done' : 'done with errors'}`]),
    ...(probe.content === undefined ? [] : [`${probe.content.size} chunks of the image were read back`]),
    ...(probe.killedAt === undefined ? [] : ['the daemon was killed']),
    ...(probe.restartedAt === undefined ? [] : ['the daemon was started again']),
  ];
}

/** The proof, once nothing of it is missing. @throws Failure where the guest read other content than the image has. */
function tryConclude(clone: Clone, task: CloneTask, { probe, health, kernelAt }: Progress): CloneProof | undefined {
  const { identity, content } = probe;
  if (content !== undefined) assertSameContent(clone.name, task.chunks, content, task.chunkSize);
  else if (task.chunks.length > 0) return undefined;
  const restartMs = measureRestart(probe, health);
  if (task.killDaemon && restartMs === undefined) return undefined;
  const { first, latest } = health;
  if (first === undefined || latest?.attempt.kind !== 'healthy' || identity === undefined || kernelAt === undefined)
    return undefined;
  const { path, daemonVersion } = first.answer;
  return {
    identity,
    health: { path, ...(daemonVersion === undefined ? {} : { daemonVersion }) },
    kernelMs: kernelAt - clone.startedAt,
    healthMs: first.at - clone.startedAt,
    restartMs,
  };
}

/** From the kill to the first look that began after the new process listened. */
function measureRestart({ killedAt, restartedAt }: ProbeState, { latest }: HealthHistory): number | undefined {
  if (killedAt === undefined || restartedAt === undefined || latest?.attempt.kind !== 'healthy') return undefined;
  return latest.startedAt < restartedAt ? undefined : latest.at - killedAt;
}

function timeoutFailure(clone: Clone, task: CloneTask, progress: Progress, now: number): Failure {
  const status = progress.probe.statuses.at(-1);
  const seconds = Math.round((now - clone.startedAt) / 1000);
  return new Failure(`${clone.name}: not proven within ${seconds} s: ${nameMissing(task, progress)}`, {
    fix:
      status === undefined
        ? 'the probe needs cloud-init with its NoCloud data source, systemd and a virtio console in the image; else give more time'
        : 'give the smoke test more time, or find out what holds up the boot',
    evidence: [...(status === undefined ? [] : formatStatus(status)), ...progress.consoleTail.slice(-20)],
  });
}

function nameMissing(task: CloneTask, { kernelAt, health, probe }: Progress): string {
  if (kernelAt === undefined) return 'the kernel wrote nothing to its serial port';
  if (health.latest?.attempt.kind !== 'healthy') return `the daemon gave no positive answer (${formatCheck(health)})`;
  if (probe.statuses.length === 0) return 'the probe in the guest has not reported';
  if (probe.identity === undefined) return 'the guest has not finished its boot';
  if (probe.content === undefined && task.chunks.length > 0) return 'the guest has not read the image back';
  return `the daemon was not killed and started again (${formatCheck(health)})`;
}

function formatCheck({ latest }: HealthHistory): string {
  switch (latest?.attempt.kind) {
    case undefined:
      return 'not asked';
    case 'healthy':
      return 'it answers';
    case 'wrong':
      return latest.attempt.answer;
    case 'silent':
      return latest.attempt.reason;
  }
}
