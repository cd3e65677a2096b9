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
import { tryFindAddress } from '../host/vm/network/find-address.js';
import { daemonPort } from '../host/warm/template-seed.js';
import { Failure } from '../platform/errors.js';
import { formatDuration } from '../platform/format.js';
import { silentLog, type Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import { checkHealth, type HealthAttempt } from '../smoke/health.js';
import { getOverHttp } from '../smoke/http-get.js';

/** How a VM shows that it works after it was started. */
export interface ProofRequest {
  /** Where the daemon must respond; by default at the address that is found. With `none`, the VM only has to run. */
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
      waitForProof: async (vm) => {
        const find = async (): Promise<string | undefined> =>
          (await tryFindAddress(rest.root, vm, { ...session, log: silentLog }))?.address;
        return waitForProof(vm, proof, { ...session, log, find });
      },
    };
    return undo ? restoreVm(rest, ports) : recreateVm(rest, ports);
  });
}

const pollMs = 1000;
const requestMs = 5000;

interface ProofPorts extends Pick<Session, 'clock' | 'signal'> {
  readonly log: Log;
  /** The address of the VM; undefined if it is not known yet. */
  readonly find: () => Promise<string | undefined>;
}

/** @throws Failure if the daemon does not respond in time */
export async function waitForProof(
  vm: Pick<VmRecord, 'name' | 'tap'>,
  { address, withinMs }: ProofRequest,
  { clock, signal, log, find }: ProofPorts,
  port = daemonPort,
): Promise<VmProof> {
  if (address === 'none' || (address === undefined && vm.tap === undefined)) return 'running';
  const deadline = clock.now() + withinMs;
  log.info(`Waiting for the daemon of ${vm.name}${address === undefined ? '' : ` at ${address}`}`);
  for (;;) {
    // Looked up again: the lease may still be that of the guest on the old disk.
    const host = address ?? (await find());
    const problem =
      host === undefined ? `no address for ${vm.name} is known` : await tryFindProblem(host, port, signal);
    if (problem === undefined) return 'daemon';
    if (clock.now() >= deadline) throw silentFailure(problem, host, withinMs);
    await clock.sleep(pollMs, signal);
  }
}

/** Why the daemon does not respond; undefined if it does. */
async function tryFindProblem(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const get: Parameters<typeof checkHealth>[0]['get'] = async (path, cancel) =>
    getOverHttp({ host, port, path, timeoutMs: requestMs }, cancel);
  const attempt = await checkHealth({ path: 'auto', get }, signal);
  return attempt.kind === 'healthy'
    ? undefined
    : `the daemon at http://${host}:${port} did not respond: ${formatAttempt(attempt)}`;
}

function silentFailure(problem: string, host: string | undefined, withinMs: number): Failure {
  return new Failure(`${problem} (waited ${formatDuration(withinMs)})`, {
    fix:
      host === undefined
        ? 'run the command again with --address IP; or with --address none if the VM only has to run'
        : 'if this host cannot reach it, run the command again with --address none',
  });
}

function formatAttempt(attempt: Exclude<HealthAttempt, { readonly kind: 'healthy' }>): string {
  return attempt.kind === 'silent' ? attempt.reason : attempt.response;
}
