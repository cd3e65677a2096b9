import { formatBytes, formatDuration, sanitizeLine } from '../format.js';
import type { StepView } from './steps.js';

/** Plain lines, for files and logs. `verbose` shows details too. */
export function createPlainView(print: (line: string) => void, options: { readonly verbose: boolean }): StepView {
  const printLine = (title: string, line: string): void => print(`${title}: ${sanitizeLine(line)}`);
  const shown = new Map<string, number>();
  return {
    started: (title) => print(`${title} ...`),
    info: printLine,
    detail: (title, line) => {
      if (options.verbose) printLine(title, line);
    },
    warn: (title, line) => printLine(title, `warning: ${line}`),
    progress: (title, label, done, total) => {
      // One line per quarter: a log is not a progress bar.
      const quarter = total === undefined || total === 0 ? 0 : Math.floor((done / total) * 4);
      const key = `${title}/${label}`;
      if (quarter <= (shown.get(key) ?? 0)) return;
      shown.set(key, quarter);
      if (quarter < 4) printLine(title, `${label}: ${formatBytes(done)} of ${formatBytes(total ?? 0)}`);
    },
    finished: (title, outcome, milliseconds) => print(`${title}: ${outcome} after ${formatDuration(milliseconds)}`),
    close: () => undefined,
  };
}
