import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Exit } from '../platform/process/processes.js';
import { tryFindFatalLine } from './console-patterns.js';
import type { ConsoleReader } from './console-reader.js';
import type { SmokeVm } from './machine.js';

/** A VM that boots from an overlay of the golden image. */
export interface Clone {
  readonly name: string;
  readonly machine: SmokeVm;
  readonly kernelConsole: ConsoleReader;
  readonly probeConsole: ConsoleReader;
  /** When the VMM was started: milliseconds since the epoch. */
  readonly startedAt: number;
}

const tickMs = 250;
const keptConsoleLines = 40;
/** systemd repeats "a job is running" several times a second. The last line of each sequence is enough. */
const spinner = /^\[[ *]{6}\] /;
/** systemd gives a unit 90 s to stop. */
const powerOffLimitMs = 180_000;

/** Reads new console lines, and returns the last ones. @throws Failure that quotes a fatal line */
export async function watchConsole(clone: Clone, tail: readonly string[]): Promise<readonly string[]> {
  const lines = await clone.kernelConsole.readLines();
  const fatal = tryFindFatalLine(lines, tail);
  if (fatal !== undefined)
    throw new Failure(`${clone.name}: ${fatal.what}: ${fatal.line}`, { evidence: fatal.evidence });
  if (lines.length === 0) return tail;
  return [...tail, ...lines]
    .filter((line, index, all) => !spinner.test(line) || !spinner.test(all[index + 1] ?? ''))
    .slice(-keptConsoleLines);
}

/** For a VM that exited too early. @throws Failure, about a fatal console line if there is one */
export async function failForExit(clone: Clone, exit: Exit, tail: readonly string[]): Promise<never> {
  const console = await drainConsole(clone, tail);
  const how = exit.code === undefined ? `was killed by ${exit.signal ?? 'a signal'}` : `exited with code ${exit.code}`;
  throw new Failure(`${clone.name}: the VMM ${how} unexpectedly`, {
    evidence: [...console, ...clone.machine.tail()],
  });
}

/**
 * Presses the power button and waits until the VMM exits; returns how long that took, in milliseconds.
 * @throws Failure if the guest does not power off cleanly
 */
export async function powerOff(
  clone: Clone,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<number> {
  const pressedAt = clock.now();
  await clone.machine.powerButton();
  let tail: readonly string[] = [];
  for (;;) {
    const exit = await Promise.race([clone.machine.exited, clock.sleep(tickMs, signal).then(() => undefined)]);
    signal.throwIfAborted();
    if (exit !== undefined) {
      tail = await drainConsole(clone, tail);
      if (exit.code === 0 && tail.some((line) => line.includes('reboot: Power down'))) return clock.now() - pressedAt;
      await failForExit(clone, exit, tail);
    }
    tail = await watchConsole(clone, tail);
    if (clock.now() - pressedAt > powerOffLimitMs) {
      throw new Failure(
        `${clone.name}: the guest did not power off within ${powerOffLimitMs / 1000} s of the power button`,
        {
          fix:
            'the image needs systemd-logind with D-Bus, or acpid, to react to the power button; ' +
            'or a unit blocks the shutdown',
          evidence: tail,
        },
      );
    }
  }
}

/** Reads to the end; each read takes a limited amount. */
async function drainConsole(clone: Clone, tail: readonly string[]): Promise<readonly string[]> {
  for (let last = tail; ; ) {
    const next = await watchConsole(clone, last);
    if (next === last) return last;
    last = next;
  }
}
