/** What a command prints: text for people, or JSON for programs. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode: number;
}

/** The exit code if there was nothing to do. */
export const nothingToDo = 3;
