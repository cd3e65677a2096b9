import { restartLine } from './console-reader.js';

/** What the guest of kvm-guest.S has done so far. */
export interface KvmProgress {
  /** The step that it is in; undefined before its first output. */
  readonly step: string | undefined;
  readonly isDone: boolean;
  /** What went wrong, e.g. `wrong result in "MSRs"`. */
  readonly problem: string | undefined;
}

export const noProgress: KvmProgress = { step: undefined, isDone: false, problem: undefined };

/** Passes of the guest's empty loop: `passes` in kvm-guest.S. */
const passes = 8192;
/**
 * A CPU needs one or two cycles a pass. So does a guest of an emulated machine, within a factor of a hundred. A KVM
 * without hardware virtualization may interpret kernel code, which took 1,500 to 2,000 (measured): a kernel that needs
 * a second to boot needs half an hour.
 */
const mostCyclesPerPass = 256;

/** Adds a line of the guest's console to what was known. Other lines, such as a firmware's, do not count. */
export function addKvmLine(known: KvmProgress, line: string): KvmProgress {
  if (known.problem !== undefined || known.isDone) return known;
  if (line === restartLine) return { ...known, problem: `the guest rebooted${formatStep(known)}` };
  const text = /kvm-proof: ([\w ]{1,60})$/.exec(line)?.[1];
  if (text === undefined) return known;
  if (text === 'done') return { ...known, isDone: true };
  const [, cycles] = /^cycles ([0-9a-f]{8})$/.exec(text) ?? [];
  if (cycles !== undefined) return { ...known, problem: findSlowness(Number.parseInt(cycles, 16) / passes) };
  const failure = findFailure(text);
  return failure === undefined ? { ...known, step: text } : { ...known, problem: `${failure}${formatStep(known)}` };
}

function formatStep({ step }: KvmProgress): string {
  return step === undefined ? '' : ` in "${step}"`;
}

function findFailure(text: string): string | undefined {
  const [, exception] = /^exception ([0-9a-f]{2})$/.exec(text) ?? [];
  if (exception !== undefined) return `unexpected exception 0x${exception}`;
  return text === 'wrong result' ? text : undefined;
}

function findSlowness(cyclesPerPass: number): string | undefined {
  if (cyclesPerPass <= mostCyclesPerPass) return undefined;
  return `it interprets the guest's code (${Math.round(cyclesPerPass)} cycles for a loop pass that takes a CPU 1 or 2)`;
}

/** @param limitMs without a new line */
export function formatHang({ step }: KvmProgress, limitMs: number): string {
  const limit = `${Math.round(limitMs / 100) / 10} s`;
  return step === undefined ? `no guest output within ${limit}` : `the guest hung in "${step}" for ${limit}`;
}
