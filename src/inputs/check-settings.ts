import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { buildInputDefinitions, type RawInputs } from './definitions.js';
import { readAll } from './read-all.js';
import { secretInputs } from './signing-inputs.js';
import { notInWorkflow, workflowInputDefinitions } from './workflow-inputs.js';

const known = [...buildInputDefinitions, ...workflowInputDefinitions]
  .map(({ name }) => name)
  .filter((name) => !secretInputs.includes(name) && !notInWorkflow.includes(name));

/**
 * Checks the names in the settings of the golden-image workflow, which reads only those it knows: a misspelled one
 * would be ignored.
 * @throws UsageError
 */
export function checkSettings(given: RawInputs): void {
  const text = given('check-settings').trim();
  if (text === '') return;
  readAll(
    Object.fromEntries(
      Object.entries(parseSettings(text)).map(([name, value]) => [name, () => checkSetting(name, value)]),
    ),
  );
}

function parseSettings(text: string): object {
  try {
    const settings: unknown = JSON.parse(text);
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  } catch {
    // Reported below, without the parser's message: it quotes the text.
  }
  throw new UsageError('check-settings is not a JSON object', {
    fix: 'correct the settings, or the repository variable GOLDEN_IMAGE: {"store": "s3://BUCKET/PREFIX"}',
  });
}

function checkSetting(name: string, value: unknown): void {
  if (secretInputs.includes(name))
    throw new UsageError(`${name} in the settings is ignored: settings are not secret`, {
      fix: 'remove it, and store the key in the secret GOLDEN_SIGN_KEY',
    });
  if (notInWorkflow.includes(name))
    throw new UsageError(`${name} in the settings is ignored: the golden-image workflow does not have it`, {
      fix: 'remove it, and push in a separate job after the workflow: ch-golden push',
    });
  if (!known.includes(name)) {
    const similar = findSimilar(name, known);
    throw new UsageError(`unknown input ${quoteText(name, 60)} in the settings`, {
      fix:
        similar === undefined ? 'remove it, or see docs/reference/action.md for the names' : `did you mean ${similar}?`,
    });
  }
  if (typeof value === 'object' && value !== null)
    throw new UsageError(`${name} in the settings is not a string, a number or a boolean`, {
      fix: `write it as a string, e.g. "${name}": "..."`,
    });
}

/** The most similar name, if it is no more than a third different. */
function findSimilar(name: string, names: readonly string[]): string | undefined {
  if (name.length > 60) return undefined;
  const [best] = names
    .map((candidate) => ({ candidate, edits: countEdits(name.toLowerCase(), candidate) }))
    .filter(({ candidate, edits }) => edits <= candidate.length / 3)
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (optimal string
 * alignment).
 */
function countEdits(from: string, to: string): number {
  let [older, previous]: readonly [readonly number[], readonly number[]] = [[], [...Array(to.length + 1).keys()]];
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (older[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[to.length] ?? 0;
}
