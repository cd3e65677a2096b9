import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { buildInputDefinitions, type RawInputs } from './definitions.js';
import { findNearestName } from './nearest-name.js';
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
    const similar = findNearestName(name, known);
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
