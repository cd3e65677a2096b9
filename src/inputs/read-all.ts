import { UsageError } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';

/** Several invalid inputs, reported as one error. */
class InvalidInputs extends UsageError {
  readonly problems: readonly UsageError[];

  constructor(problems: readonly UsageError[]) {
    // A failure's line has 2000 characters. Each message starts with the name of its input, so that shortened ones
    // still have it.
    const longest = Math.max(30, Math.floor(1900 / problems.length) - 7);
    const list = (texts: readonly string[]): string =>
      texts.map((text, index) => `(${index + 1}) ${sanitizeLine(text, longest)}`).join('; ');
    super(`${problems.length} inputs are invalid: ${list(problems.map(({ message }) => message))}`, {
      fix: list(problems.map(({ fix }) => fix ?? 'see the message')),
    });
    this.problems = problems;
  }
}

/**
 * Calls every reader, also after one has thrown, so that one run reports everything that is invalid.
 * @throws UsageError
 */
export function readAll<T extends object>(readers: { readonly [K in keyof T]: () => T[K] }): T {
  const problems: UsageError[] = [];
  const values = Object.entries<() => unknown>(readers).flatMap(([name, read]) => {
    try {
      return [[name, read()] as const];
    } catch (error) {
      problems.push(...listProblems(error));
      return [];
    }
  });
  const [first] = problems;
  if (first !== undefined) throw problems.length === 1 ? first : new InvalidInputs(problems);
  return Object.fromEntries(values) as T;
}

function listProblems(error: unknown): readonly UsageError[] {
  if (error instanceof InvalidInputs) return error.problems;
  if (error instanceof UsageError) return [error];
  throw error;
}
