import type { Clock } from '../clock.js';

/** Records what a run spends its time on. */
export interface Trace {
  /** Starts a span. Call the returned function at its end. */
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

/** Keeps all spans that have ended, for `formatChromeTrace`. */
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

/** The format's processes are groups of tracks. */
const groups = [
  { kind: 'step', pid: 1, title: 'steps' },
  { kind: 'process', pid: 2, title: 'processes' },
] as const;

/**
 * A trace for chrome://tracing and https://ui.perfetto.dev, as JSON: steps above, processes below, concurrent spans
 * on separate tracks. Trace Event Format: complete events, times in microseconds.
 */
export function formatChromeTrace(works: readonly Span[]): string {
  const events = groups.flatMap(({ kind, pid, title }) => [
    { name: 'process_name', ph: 'M', pid, args: { name: title } },
    ...assignTracks(works.filter((work) => work.kind === kind)).map(({ work, track }) => ({
      name: work.name,
      cat: kind,
      ph: 'X',
      pid,
      tid: track,
      ts: work.startMs * 1000,
      dur: (work.endMs - work.startMs) * 1000,
      args: work.details === undefined ? {} : { command: work.details },
    })),
  ]);
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`;
}

/** Each takes the first track that is free when it starts. */
function assignTracks(works: readonly Span[]): readonly { readonly work: Span; readonly track: number }[] {
  const busyUntil: number[] = [];
  return [...works]
    .sort((a, b) => a.startMs - b.startMs)
    .map((work) => {
      const free = busyUntil.findIndex((until) => until <= work.startMs);
      const track = free < 0 ? busyUntil.length : free;
      busyUntil[track] = work.endMs;
      return { work, track };
    });
}
