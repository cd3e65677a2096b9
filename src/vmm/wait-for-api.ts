import type { Clock } from '../platform/clock.js';
import { errorMessage } from '../platform/errors.js';
import type { CloudHypervisorApi } from './cloud-hypervisor-api.js';

export interface ApiWait {
  readonly withinMs: number;
  /** Waits a moment. Returns whether the VMM has exited. */
  readonly exitsSoon: () => Promise<boolean>;
}

/** What came of a VMM that has just been started. */
export type ApiOutcome = 'responds' | 'exited' | { readonly problem: string };

/** Asks a VMM until it responds. It exits at once without KVM, or if an argument is wrong. */
export async function waitForApi(
  { ping }: Pick<CloudHypervisorApi, 'ping'>,
  { withinMs, exitsSoon }: ApiWait,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ApiOutcome> {
  const deadline = clock.now() + withinMs;
  for (;;) {
    const problem = await ping().then(() => undefined, errorMessage);
    signal.throwIfAborted();
    if (problem === undefined) return 'responds';
    if (await exitsSoon()) return 'exited';
    if (clock.now() >= deadline) return { problem };
  }
}
