import type { DiskChunk } from '../disk/disk-digest.js';
import { Failure } from '../platform/errors.js';
import type { Exit } from '../platform/process/processes.js';
import { formatCount } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import { failForExit, watchConsole, type Clone } from './clone.js';
import { assertSameContent } from './content-proof.js';
import type { GuestIdentity } from './guest-facts.js';
import { checkHealth, recordAttempt, type HealthHistory } from './health.js';
import { formatStatus, tryDiagnose } from './check-guest.js';
import { emptyProbe, readProbeLines, type ProbeState } from './probe-state.js';

/** What a clone must do to pass. */
export interface CloneTask {
  readonly healthPath: string;
  readonly daemon: { readonly port: number; readonly unit: string; readonly version?: string | undefined };
  /** What the guest must find on the golden disk. */
  readonly chunks: readonly DiskChunk[];
  readonly chunkSize: number;
  /** Whether the daemon is killed once and must restart. */
  readonly killDaemon: boolean;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** The result of a clone that passed. Milliseconds are since the VMM was started, by the host's clock. */
export interface CloneProof {
  readonly identity: GuestIdentity;
  readonly health: { readonly path: string; readonly daemonVersion: string | undefined };
  readonly kernelMs: number;
  readonly healthMs: number;
  /** Whether no response before the first healthy one was wrong. */
  readonly isFirstAnswer: boolean;
  /** From the kill to the next healthy response; undefined if the daemon was not killed. */
  readonly restartMs: number | undefined;
}

export type ClonePorts = Pick<Session, 'clock' | 'signal'> & { readonly log: Log };

/** What is known about a clone at one moment. */
interface Progress {
  readonly kernelAt: number | undefined;
  readonly consoleTail: readonly string[];
  readonly probe: ProbeState;
  readonly health: HealthHistory;
}

const tickMs = 250;
/** Until the kernel's first line, from which the times of the boot are counted. */
const eagerMs = 25;
/** Between checks of a healthy daemon: each slows down the boot of an emulated guest. */
const calmMs = 2_000;

/** Watches a clone until it passes or can no longer pass. @throws Failure with the reason */
export async function proveClone(clone: Clone, task: CloneTask, ports: ClonePorts): Promise<CloneProof> {
  const end = new AbortController();
  const inner = { ...ports, signal: AbortSignal.any([ports.signal, end.signal]) };
  let progress: Progress = { kernelAt: undefined, consoleTail: [], probe: emptyProbe, health: {} };
  let pendingCheck = checkNext(clone, task, progress, inner);
  try {
    for (;;) {
      const { exit, health = progress.health } = await waitForEvent(
        clone,
        pendingCheck,
        progress.kernelAt === undefined ? eagerMs : tickMs,
        inner,
      );
      const next = await readConsoles(clone, { ...progress, health }, ports.clock.now());
      if (exit !== undefined) await failForExit(clone, exit, next.consoleTail);
      logNews(clone, progress, next, ports.log);
      const proof = tryFinish(clone, task, next, ports.clock.now());
      if (proof !== undefined) return proof;
      if (health !== progress.health) pendingCheck = checkNext(clone, task, next, inner);
      progress = next;
    }
  } finally {
    end.abort();
    // The last check is cancelled, and nothing awaits it.
    pendingCheck.catch(() => undefined);
  }
}

interface CloneEvent {
  readonly exit?: Exit;
  readonly health?: HealthHistory;
}

/** The VMM's exit, a finished health check, or neither for a while: then the consoles may have something new. */
async function waitForEvent(
  clone: Clone,
  pendingCheck: Promise<CloneEvent>,
  waitMs: number,
  { clock, signal }: ClonePorts,
): Promise<CloneEvent> {
  const tick = clock.sleep(waitMs, signal).then(() => ({}));
  const event = await Promise.race([clone.machine.exited.then((exit) => ({ exit })), pendingCheck, tick]);
  // A cancel stops the VMM too, which must not be reported as an unexpected exit.
  signal.throwIfAborted();
  return event;
}

/** The proof, if the clone has passed. @throws Failure if it no longer can */
function tryFinish(clone: Clone, task: CloneTask, progress: Progress, now: number): CloneProof | undefined {
  const problem = tryDiagnose({ name: clone.name, ...task.daemon, version: task.daemon.version, ...progress, now });
  if (problem !== undefined) throw problem;
  const proof = tryConclude(clone, task, progress);
  if (proof === undefined && now > task.deadline) throw timeoutFailure(clone, task, progress, now);
  return proof;
}

async function checkNext(
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
  return { ...before, consoleTail, probe, kernelAt };
}

function logNews(clone: Clone, before: Progress, now: Progress, log: Log): void {
  const logged = listMilestones(clone, before);
  for (const line of listMilestones(clone, now).filter((milestone) => !logged.includes(milestone)))
    log.info(`${clone.name}: ${line}`);
}

/** The milestones reached so far, as log lines. */
function listMilestones({ startedAt }: Clone, { kernelAt, health, probe }: Progress): readonly string[] {
  const after = (at: number): string => `after ${((at - startedAt) / 1000).toFixed(1)} s`;
  return [
    ...(kernelAt === undefined ? [] : [`kernel running ${after(kernelAt)}`]),
    ...(health.first === undefined ? [] : [`GET ${health.first.result.path} returned 200 ${after(health.first.at)}`]),
    ...(probe.identity === undefined
      ? []
      : [`boot finished, cloud-init done${probe.identity.cloudInit === 'done' ? '' : ' with errors'}`]),
    ...(probe.content === undefined ? [] : [`read back ${formatCount(probe.content.size, 'chunk')} of the image`]),
    ...(probe.killedAt === undefined ? [] : ['daemon killed']),
    ...(probe.restartedAt === undefined ? [] : ['daemon restarted']),
  ];
}

/** The proof, once it is complete. @throws Failure if the guest read something other than what the image holds */
function tryConclude(clone: Clone, task: CloneTask, { probe, health, kernelAt }: Progress): CloneProof | undefined {
  const { identity, content } = probe;
  if (content !== undefined) assertSameContent(clone.name, task.chunks, content, task.chunkSize);
  else if (task.chunks.length > 0) return undefined;
  const restartMs = measureRestart(probe, health);
  if (task.killDaemon && restartMs === undefined) return undefined;
  const { first, latest } = health;
  if (first === undefined || latest?.attempt.kind !== 'healthy' || identity === undefined || kernelAt === undefined)
    return undefined;
  const { path, daemonVersion } = first.result;
  return {
    identity,
    health: { path, daemonVersion },
    kernelMs: kernelAt - clone.startedAt,
    healthMs: first.at - clone.startedAt,
    isFirstAnswer: health.wrongSince === undefined,
    restartMs,
  };
}

/** From the kill to the first check that began after the new process listened. */
function measureRestart({ killedAt, restartedAt }: ProbeState, { latest }: HealthHistory): number | undefined {
  if (killedAt === undefined || restartedAt === undefined || latest?.attempt.kind !== 'healthy') return undefined;
  return latest.startedAt < restartedAt ? undefined : latest.at - killedAt;
}

function timeoutFailure(clone: Clone, task: CloneTask, progress: Progress, now: number): Failure {
  const status = progress.probe.statuses.at(-1);
  const seconds = Math.round((now - clone.startedAt) / 1000);
  return new Failure(`${clone.name}: timed out after ${seconds} s: ${formatMissing(task, progress)}`, {
    fix:
      status === undefined
        ? 'the image needs cloud-init with NoCloud, systemd and a virtio console; or raise smoke-timeout'
        : 'raise smoke-timeout, or find out what delays the boot',
    evidence: [...(status === undefined ? [] : formatStatus(status)), ...progress.consoleTail.slice(-20)],
  });
}

function formatMissing(task: CloneTask, { kernelAt, health, probe }: Progress): string {
  if (kernelAt === undefined) return 'no kernel output on the serial port';
  if (health.latest?.attempt.kind !== 'healthy') return `the daemon is not healthy (${formatCheck(health)})`;
  if (probe.statuses.length === 0) return 'the probe in the guest has not reported yet';
  if (probe.identity === undefined) return 'the guest has not finished booting';
  if (probe.content === undefined && task.chunks.length > 0) return 'the guest has not read the image back';
  return `the daemon has not restarted after SIGKILL (${formatCheck(health)})`;
}

function formatCheck({ latest }: HealthHistory): string {
  switch (latest?.attempt.kind) {
    case undefined:
      return 'not checked yet';
    case 'healthy':
      return 'healthy';
    case 'wrong':
      return latest.attempt.response;
    case 'silent':
      return latest.attempt.reason;
  }
}
