/** What a command answers: as text for people, as JSON for programs. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode: number;
}

/** The exit code where all was as it should be before. */
export const nothingToDo = 3;
