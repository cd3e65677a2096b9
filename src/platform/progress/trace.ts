import type { Clock } from '../clock.js';

/** Records how a run spends its time. */
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
export function createTrace(clock: Clock): Trace & { readonly spans: readonly Span[] } {
  const spans: Span[] = [];
  return {
    spans,
    begin: (kind, name, details) => {
      const startMs = clock.now();
      return () => void spans.push({ kind, name, details, startMs, endMs: clock.now() });
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
export function formatChromeTrace(spans: readonly Span[]): string {
  const events = groups.flatMap(({ kind, pid, title }) => [
    { name: 'process_name', ph: 'M', pid, args: { name: title } },
    ...assignTracks(spans.filter((span) => span.kind === kind)).map(({ span, track }) => ({
      name: span.name,
      cat: kind,
      ph: 'X',
      pid,
      tid: track,
      ts: span.startMs * 1000,
      dur: (span.endMs - span.startMs) * 1000,
      args: span.details === undefined ? {} : { command: span.details },
    })),
  ]);
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`;
}

/** Each takes the first track that is free when it starts. */
function assignTracks(spans: readonly Span[]): readonly { readonly span: Span; readonly track: number }[] {
  const busyUntil: number[] = [];
  return [...spans]
    .sort((a, b) => a.startMs - b.startMs)
    .map((span) => {
      const free = busyUntil.findIndex((until) => until <= span.startMs);
      const track = free < 0 ? busyUntil.length : free;
      busyUntil[track] = span.endMs;
      return { span, track };
    });
}
