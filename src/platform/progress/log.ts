/** Where a piece of work says what it does. What shows it (terminal, GitHub, plain lines) is chosen in `entry`. */
export interface Log {
  /** One line that every reader sees. */
  info(line: string): void;
  /** One line that is folded away, or shown with `--verbose`: output of tools, decisions of detail. */
  detail(line: string): void;
  /** One line that the reader can act upon. */
  warn(line: string): void;
  /** How far a long work has come; `total` is undefined while it is not known. Units are bytes. */
  progress(label: string, done: number, total: number | undefined): void;
}

/** For work whose talk nobody reads, and for tests. */
export const silentLog: Log = {
  info: () => undefined,
  detail: () => undefined,
  warn: () => undefined,
  progress: () => undefined,
};
