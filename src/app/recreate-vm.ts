import {
  recreateVm,
  restoreVm,
  type RecreatedVm,
  type RecreatePorts,
  type RecreateRequest,
  type VmProof,
} from '../host/vm/recreate-vm.js';
import type { VmRecord } from '../host/vm/vm-record.js';
import { carryFiles } from '../image/carry-files.js';
import { Failure } from '../platform/errors.js';
import { formatDuration } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import { checkHealth, type HealthAttempt } from '../smoke/health.js';
import { getOverHttp } from '../smoke/http-get.js';

/** How a VM shows that it works after it was started. */
export interface ProofRequest {
  /** Where the daemon must respond; undefined if the VM only has to run. */
  readonly address: string | undefined;
  readonly withinMs: number;
}

type RecreateImageRequest = RecreateRequest & { readonly undo: boolean; readonly proof: ProofRequest };

/** Gives a VM a new disk, or its previous one back, with the parts of other rooms that this needs. */
export async function recreateImageVm(request: RecreateImageRequest, session: Session): Promise<RecreatedVm> {
  const { undo, proof, ...rest } = request;
  return session.steps.run(`${undo ? 'restore' : 'recreate'} ${request.name}`, async (log) => {
    const ports: RecreatePorts = {
      ...session,
      log,
      carry: carryFiles,
      waitForProof: async (vm) => waitForProof(vm, proof, { ...session, log }),
    };
    return undo ? restoreVm(rest, ports) : recreateVm(rest, ports);
  });
}

const daemonPort = 2280;
const pollMs = 1000;
const requestMs = 5000;

/** @throws Failure if the daemon does not respond in time */
export async function waitForProof(
  { name }: Pick<VmRecord, 'name'>,
  { address: host, withinMs }: ProofRequest,
  { clock, signal, log }: Pick<Session, 'clock' | 'signal'> & { readonly log: Log },
  port = daemonPort,
): Promise<VmProof> {
  if (host === undefined) return 'running';
  const get: Parameters<typeof checkHealth>[0]['get'] = async (path, cancel) =>
    getOverHttp({ host, port, path, timeoutMs: requestMs }, cancel);
  const deadline = clock.now() + withinMs;
  log.info(`Waiting for the daemon of ${name} at http://${host}:${port}`);
  for (;;) {
    const attempt = await checkHealth({ path: 'auto', get }, signal);
    if (attempt.kind === 'healthy') return 'daemon';
    if (clock.now() >= deadline) {
      throw new Failure(
        `the daemon at http://${host}:${port} did not respond within ${formatDuration(withinMs)}: ${formatAttempt(attempt)}`,
      );
    }
    await clock.sleep(pollMs, signal);
  }
}

function formatAttempt(attempt: Exclude<HealthAttempt, { readonly kind: 'healthy' }>): string {
  return attempt.kind === 'silent' ? attempt.reason : attempt.response;
}
