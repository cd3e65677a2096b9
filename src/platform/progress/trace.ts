import type { Clock } from '../clock.js';

/** Who watches what a run spends its time on. */
export interface Trace {
  /** A piece of work begins; what is returned says that it has ended. */
  begin(kind: 'step' | 'process', name: string, details?: string): () => void;
}

export const noTrace: Trace = { begin: () => () => undefined };

interface Span {
  readonly kind: 'step' | 'process';
  readonly name: string;
  readonly details: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
}

/** Keeps all work that has ended, for `formatChromeTrace`. */
export function createTrace(clock: Clock): Trace & { readonly works: readonly Span[] } {
  const works: Span[] = [];
  return {
    works,
    begin: (kind, name, details) => {
      const startMs = clock.now();
      return () => void works.push({ kind, name, details, startMs, endMs: clock.now() });
    },
  };
}

/** What the format calls a process is a group of lanes. */
const groups = [
  { kind: 'step', pid: 1, title: 'steps' },
  { kind: 'process', pid: 2, title: 'processes' },
] as const;

/**
 * A trace for chrome://tracing and https://ui.perfetto.dev, as JSON: steps above, processes below, what runs side by side in lanes.
 * Trace Event Format: complete events, times in microseconds.
 */
export function formatChromeTrace(works: readonly Span[]): string {
  const events = groups.flatMap(({ kind, pid, title }) => [
    { name: 'process_name', ph: 'M', pid, args: { name: title } },
    ...assignLanes(works.filter((work) => work.kind === kind)).map(({ work, lane }) => ({
      name: work.name,
      cat: kind,
      ph: 'X',
      pid,
      tid: lane,
      ts: work.startMs * 1000,
      dur: (work.endMs - work.startMs) * 1000,
      args: work.details === undefined ? {} : { command: work.details },
    })),
  ]);
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`;
}

/** Each takes the first lane that is free when it begins. */
function assignLanes(works: readonly Span[]): readonly { readonly work: Span; readonly lane: number }[] {
  const busyUntil: number[] = [];
  return [...works]
    .sort((a, b) => a.startMs - b.startMs)
    .map((work) => {
      const free = busyUntil.findIndex((until) => until <= work.startMs);
      const lane = free < 0 ? busyUntil.length : free;
      busyUntil[lane] = work.endMs;
      return { work, lane };
    });
}
