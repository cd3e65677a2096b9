import type { Clock } from '../clock.js';
import { CancelledError, reasonOf } from '../errors.js';
import type { Log } from './log.js';
import { noTrace, type Trace } from './trace.js';

/** Shows the lines of steps: on a terminal, as plain lines, or in GitHub's log. Several steps may run at once. */
export interface StepView {
  started(title: string): void;
  info(title: string, line: string): void;
  detail(title: string, line: string): void;
  warn(title: string, line: string): void;
  progress(title: string, label: string, done: number, total: number | undefined): void;
  finished(title: string, outcome: StepOutcome, milliseconds: number): void;
  /** Releases the terminal. */
  close(): void;
}

export type StepOutcome = 'done' | 'failed' | 'cancelled';

/** One row of the run's timeline. */
export interface StepRow {
  readonly title: string;
  readonly outcome: StepOutcome;
  /** Milliseconds since the run's first step. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** Runs the steps of a use case, shows them, and keeps the timeline. */
export interface Steps {
  run<T>(title: string, work: (log: Log) => Promise<T>): Promise<T>;
  timeline(): readonly StepRow[];
}

/** With the run's signal, anything that fails after a cancel is reported as cancelled. */
export function createSteps(view: StepView, clock: Clock, trace: Trace = noTrace, signal?: AbortSignal): Steps {
  const rows: StepRow[] = [];
  const beginning = clock.now();
  return {
    timeline: () => [...rows].sort((a, b) => a.startMs - b.startMs),
    run: async (title, work) => {
      const start = clock.now();
      const endTrace = trace.begin('step', title);
      const finish = (outcome: StepOutcome): void => {
        endTrace();
        rows.push({ title, outcome, startMs: start - beginning, durationMs: clock.now() - start });
        view.finished(title, outcome, clock.now() - start);
      };
      view.started(title);
      try {
        const result = await work(logOf(title, view));
        finish('done');
        return result;
      } catch (thrown) {
        // Interrupted work can fail with a different error, such as a closed connection.
        const error: unknown = signal?.aborted === true ? signal.reason : reasonOf(thrown);
        finish(error instanceof CancelledError ? 'cancelled' : 'failed');
        throw error;
      }
    },
  };
}

function logOf(title: string, view: StepView): Log {
  return {
    info: (line) => view.info(title, line),
    detail: (line) => view.detail(title, line),
    warn: (line) => view.warn(title, line),
    progress: (label, done, total) => view.progress(title, label, done, total),
  };
}
