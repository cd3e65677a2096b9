import { join } from 'node:path';
import { removeDirectoryTree } from '../../host/vm/vm-files.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { Failure, UsageError, CancelledError } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { runHelper } from '../../platform/process/helper-messages.js';
import type { NamespaceMethod } from '../../platform/process/user-namespaces.js';
import type { Log } from '../../platform/progress/log.js';
import type { Session } from '../../platform/session.js';
import type { SmokeReport, WarmReport } from '../../smoke/smoke-report.js';
import type { Manifest } from '../../store/documents/manifest.js';
import { planWarmStarts, ranLikeHosts, skipWarmStarts, tryFindVersionObstacle } from './decide-warm.js';
import { createLocalVersion, type VersionPaths } from './local-version.js';
import { warmDoneSchema, type WarmOrder } from './warm-order.js';
import { inWarmNetwork, warmNetwork } from './warm-network.js';

export interface WarmSubject {
  /** Edits of the image. */
  readonly edits: readonly string[];
  /** Called only if warm starts are tested. */
  readonly readManifest: () => Promise<Manifest>;
  readonly paths: VersionPaths;
}

export interface WarmProofRequest {
  /** Undefined for an image that is no version: no host makes a template of it. */
  readonly subject: WarmSubject | undefined;
  /** How it booted cold. */
  readonly report: SmokeReport;
  readonly smoke: BuildInputs['smoke'];
  /** The daemon's. */
  readonly port: number;
  /** Of the smoke test. Consoles and records of the clones stay there, each in the directory of its clone. */
  readonly directory: string;
}

type WarmPorts = Pick<Session, 'processes' | 'clock' | 'signal' | 'helpers' | 'steps'>;

/** For what a helper does besides the boots, which have limits of their own. */
const spareMs = 30 * 60_000;

/**
 * Proves that hosts can start VMs of an image warm, on a host of its own that is removed afterwards: with the same code
 * as theirs, in a private network. Does nothing if that cannot be done here, unless it must be.
 * @returns the report with what was found
 * @throws Failure that says what differs from what was expected
 */
export async function proveWarmStarts(request: WarmProofRequest, ports: WarmPorts): Promise<SmokeReport> {
  const { report, smoke, directory } = request;
  if (smoke.warm === 'false' || (smoke.warm === 'auto' && !ranLikeHosts(report))) return report;
  return ports.steps.run('Warm starts', async (log) => {
    const { subject } = request;
    const obstacle = tryFindObstacle(request);
    if (subject === undefined || obstacle !== undefined) {
      skipWarmStarts(smoke.warm, obstacle ?? '', log);
      return report;
    }
    const plan = await planWarmStarts({ directory, memoryMiB: smoke.memoryMiB }, ports);
    if (plan.obstacle !== undefined) {
      skipWarmStarts(smoke.warm, plan.obstacle, log);
      return report;
    }
    const warm = await proveOnHost(subject, request, plan.method, { ...ports, log });
    log.info(formatTimes(warm));
    return { ...report, warm };
  });
}

function tryFindObstacle({ subject, report, smoke, port }: WarmProofRequest): string | undefined {
  if (subject === undefined) return 'an image file is no version, which a host needs to make a template';
  return tryFindVersionObstacle({ report, disk: smoke.disk, port, edits: subject.edits });
}

async function proveOnHost(
  { readManifest, paths }: WarmSubject,
  { directory, report, smoke }: WarmProofRequest,
  method: NamespaceMethod,
  ports: WarmPorts & { readonly log: Log },
): Promise<WarmReport> {
  const root = join(directory, 'warm-host');
  try {
    const { image, version } = await createLocalVersion(root, await readManifest(), paths);
    const { cpus, memoryMiB, timeoutMs } = smoke;
    const order: WarmOrder = {
      ...{ root, image, version, cpus, memoryMiB, timeoutMs },
      clones: warmNetwork.taps.map((tap, index) => ({ name: tap, tap, address: toAddress(index) })),
      gateway: warmNetwork.gateway,
      isSandboxNamed: report.clones.every(({ hostname, sandboxId }) => sandboxId === hostname),
      evidence: directory,
      environment: await readPath(ports),
    };
    const done = await runHelper(
      {
        argv: inWarmNetwork(ports.helpers.warm, method),
        order,
        withinMs: 2 * timeoutMs + spareMs,
        what: 'the test of warm starts',
        done: warmDoneSchema,
      },
      ports,
    );
    return done.warm;
  } catch (error) {
    if (!(error instanceof Failure) || error instanceof UsageError || error instanceof CancelledError) throw error;
    const fix = 'if VMs of this image need not start warm: set smoke-warm: false';
    throw new Failure(error.message, { fix, evidence: error.evidence, cause: error });
  } finally {
    await removeDirectoryTree(root, ports);
  }
}

/** The gateway is the first of the network. */
function toAddress(index: number): string {
  const { gateway, prefix } = warmNetwork;
  return `${gateway.slice(0, gateway.lastIndexOf('.'))}.${11 + index}/${prefix}`;
}

/** sudo may change it, and Cloud Hypervisor can be anywhere. */
async function readPath({ processes }: Pick<WarmPorts, 'processes'>): Promise<{ readonly PATH: string }> {
  const { stdout } = await processes.run({ argv: ['printenv', 'PATH'], timeoutMs: 30_000 });
  return { PATH: stdout.trim() };
}

function formatTimes({ clones }: WarmReport): string {
  const slowest = (time: (clone: WarmReport['clones'][number]) => number): string =>
    formatDuration(Math.max(...clones.map(time)));
  return (
    `${clones.length} clones at once ran after ${slowest(({ resumeMs }) => resumeMs)}, had identities of their own ` +
    `after ${slowest(({ identityMs }) => identityMs)}, and their daemons responded after ` +
    slowest(({ healthMs }) => healthMs)
  );
}
