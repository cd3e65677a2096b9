import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { formatBytes, formatDuration, sanitizeLine } from '../format.js';
import type { StepOutcome, StepView } from './steps.js';

interface LiveStep {
  readonly title: string;
  readonly since: number;
  /** The current activity. */
  latest: string;
  /** Its last line, which is the result once it is done. */
  result: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const marks: Readonly<Record<StepOutcome, string>> = {
  done: styleText('green', '✔'),
  failed: styleText('red', '✖'),
  cancelled: styleText('yellow', '◼'),
};
const titleWidth = 34;

/** One live line for each running step, with a bar if its length is known. A finished step stays as one line. */
export function createTerminalView(stream: NodeJS.WriteStream, options: { readonly verbose: boolean }): StepView {
  const update = createLogUpdate(stream, { showCursor: true });
  const live: LiveStep[] = [];
  const paint = (): void => update(live.map((step) => formatLive(step, stream.columns)).join('\n'));
  const timer = setInterval(paint, 100);
  timer.unref();
  const printAbove = (line: string): void => {
    update.clear();
    stream.write(`${line}\n`);
    paint();
  };
  const find = (title: string): LiveStep | undefined => live.find((step) => step.title === title);
  return {
    started: (title) => {
      live.push({ title, since: Date.now(), latest: '', result: '' });
      paint();
    },
    info: (title, line) => {
      const result = sanitizeLine(line);
      const step = find(title);
      if (step === undefined) printAbove(styleText('dim', `  ${title}: ${result}`));
      else Object.assign(step, { result, latest: result });
    },
    detail: (title, line) => {
      if (options.verbose) printAbove(styleText('dim', `  ${title}: ${sanitizeLine(line)}`));
    },
    warn: (title, line) => printAbove(`${styleText('yellow', '!')} ${title}: ${sanitizeLine(line)}`),
    progress: (title, label, done, total) => {
      Object.assign(find(title) ?? {}, { latest: sanitizeLine(formatProgress(label, done, total)) });
    },
    finished: (title, outcome, milliseconds) => {
      const step = find(title);
      if (step !== undefined) live.splice(live.indexOf(step), 1);
      printAbove(
        (
          `${marks[outcome]} ${title.padEnd(titleWidth)} ${formatDuration(milliseconds).padStart(10)}  ` +
          (step?.result ?? '')
        ).trimEnd(),
      );
    },
    close: () => {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}

function formatLive(step: LiveStep, columns: number): string {
  const elapsed = Date.now() - step.since;
  const frame = frames[Math.floor(elapsed / 100) % frames.length] ?? '';
  const line = `${frame} ${step.title.padEnd(titleWidth)} ${formatDuration(elapsed).padStart(10)}  ${step.latest}`;
  return columns > 0 ? line.slice(0, columns - 1) : line;
}

function formatProgress(label: string, done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return `${label} ${formatBytes(done)}`;
  const filled = Math.round(Math.min(1, done / total) * 20);
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${label} ${formatBytes(done)} of ${formatBytes(total)}`;
}
