/** What a command prints: text for people, or JSON for programs. */
export interface CommandResult {
  /** A function if making it takes work that programs have no use for. */
  readonly text: string | (() => Promise<string>);
  readonly json: unknown;
  readonly exitCode: number;
}

/** The exit code if there was nothing to do. */
export const nothingToDo = 3;
