import type { Command, Option } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { booleans } from '../definitions.js';
import { pathOfCommand, tryFlagName } from './settable-flags.js';
import { findSetting, type Setting, type Settings } from './settings.js';

/**
 * Sets the flags of a command that were not typed. Returns the settings that it has used.
 * @throws UsageError
 */
export function applySettings(command: Command, settings: Settings): readonly Setting[] {
  const path = pathOfCommand(command);
  return command.options.flatMap((option) => {
    const flag = tryFlagName(option);
    if (flag === undefined || command.getOptionValueSource(option.attributeName()) === 'cli') return [];
    const setting = findSetting(settings, path, flag);
    if (setting === undefined) return [];
    const source = setting.kind === 'environment' ? 'env' : 'config';
    command.setOptionValueWithSource(option.attributeName(), toOptionValue(option, setting), source);
    return [setting];
  });
}

/** The value that commander would have for the flag. */
function toOptionValue(option: Option, setting: Setting): unknown {
  const { values } = setting;
  if (option.parseArg !== undefined)
    return values.reduce<unknown>((before, value) => option.parseArg?.(value, before), []);
  const [value = ''] = values;
  if (takesLines(option)) return values.join('\n');
  if (values.length !== 1) throw invalidSetting(setting, 'use one value: this flag cannot be repeated');
  if (!option.isBoolean()) return value;
  if (value !== 'true' && value !== 'false') throw invalidSetting(setting, `use ${booleans.join(' or ')}`);
  return value === 'true';
}

/** Inputs with one value per line. */
function takesLines({ flags }: Option): boolean {
  return flags.endsWith('<lines>');
}

function invalidSetting({ flag, from, values }: Setting, fix: string): UsageError {
  return new UsageError(`${from}: invalid ${flag} ${quoteText(values.join(', '))}`, { fix });
}

/** Adds to an error about values which of them come from a setting: nobody has typed those. */
export function withOrigins(error: UsageError, applied: readonly Setting[]): UsageError {
  const named = applied.filter(({ flag }) => new RegExp(`(^|[^\\w-])${flag}($|[^\\w-])`).test(error.message));
  if (named.length === 0) return error;
  const origins = named.map(({ flag, from }) => `${flag} comes from ${from}`).join(', ');
  return new UsageError(error.message, {
    fix: error.fix === undefined ? origins : `${error.fix} (${origins})`,
    evidence: error.evidence,
    cause: error,
  });
}
