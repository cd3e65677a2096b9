/** Lines about a piece of work. `entry` chooses what shows them: a terminal, GitHub, plain lines. */
export interface Log {
  /** One line that every reader sees. */
  info(line: string): void;
  /** One line that is folded, or shown only with `--verbose`: output of tools, details of decisions. */
  detail(line: string): void;
  /** One line that the reader can act on. */
  warn(line: string): void;
  /** Progress in bytes; `total` is undefined until it is known. */
  progress(label: string, done: number, total: number | undefined): void;
}

/** Discards everything. */
export const silentLog: Log = {
  info: () => undefined,
  detail: () => undefined,
  warn: () => undefined,
  progress: () => undefined,
};
