import type { Command } from 'commander';
import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { findSecrets } from '../../platform/secrets/find-secrets.js';
import { findNearestName } from '../nearest-name.js';
import { isOnlyTyped, listFlags, tryVariableOf } from './settable-flags.js';

export type SettingsKind = 'environment' | 'user' | 'system';

/** A file with settings. */
export interface SettingsFile {
  readonly kind: 'user' | 'system';
  readonly path: string;
  /** Undefined if the file does not exist. */
  readonly text: string | undefined;
  readonly readableByOthers: boolean;
  /** Why it cannot be used. Thrown when the settings are needed. */
  readonly failure?: Error | undefined;
}

/** Where settings come from: the environment, then files, strongest first. */
export interface SettingsSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: readonly SettingsFile[];
}

/** The value of a flag that was not typed. */
export interface Setting {
  readonly flag: string;
  /** The command or group that it is for; empty for every command with the flag. */
  readonly command: readonly string[];
  /** One, or several for a flag that can be repeated. */
  readonly values: readonly string[];
  readonly kind: SettingsKind;
  /** The variable, or the path of the file. */
  readonly from: string;
  readonly isSecret: boolean;
}

export interface Settings {
  /** Strongest first. */
  readonly list: readonly Setting[];
  readonly warnings: readonly string[];
}

export const noSources: SettingsSources = { environment: {}, files: [] };

/**
 * Reads all settings.
 * @param program its commands and flags are the names that settings can have
 * @throws UsageError for an unknown name, a value of the wrong type, and a file that is not TOML
 */
export function readSettings({ environment, files }: SettingsSources, program: Command): Settings {
  const listed = files.map((file) => ({ file, settings: parseFile(file, program) }));
  const warnings = listed.flatMap(({ file, settings }) => {
    const secret = file.readableByOthers ? settings.find(({ isSecret }) => isSecret) : undefined;
    return secret === undefined
      ? []
      : [`${file.path} has a secret in ${quoteText(secret.flag)}, and others can read it: chmod 600 ${file.path}`];
  });
  return {
    list: [...listVariables(environment, program), ...listed.flatMap(({ settings }) => settings)],
    warnings,
  };
}

/**
 * The setting of a flag for a command. A stronger source wins; within a file, that of the command wins over that of its
 * group.
 */
export function findSetting(settings: Settings, command: readonly string[], flag: string): Setting | undefined {
  const fitting = settings.list.filter(
    (setting) => setting.flag === flag && setting.command.every((name, index) => name === command[index]),
  );
  return fitting
    .filter(({ kind }) => kind === fitting[0]?.kind)
    .toSorted((one, other) => other.command.length - one.command.length)[0];
}

/** Names of variables that look like settings and are none, each with the setting that may have been meant. */
export function listUnknownVariables(
  environment: SettingsSources['environment'],
  program: Command,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = [...listFlags(program).keys()].flatMap((flag) => tryVariableOf(flag) ?? []);
  return Object.keys(environment)
    .filter((name) => name.startsWith('CH_GOLDEN_') && name !== 'CH_GOLDEN_VERSION' && !known.includes(name))
    .sort()
    .map((name) => ({ name, meant: findNearestName(name, known) }));
}

function listVariables(environment: SettingsSources['environment'], program: Command): readonly Setting[] {
  return [...listFlags(program).keys()].flatMap((flag) => {
    const from = tryVariableOf(flag);
    const value = from === undefined ? undefined : environment[from];
    // An empty variable is none, as in the shell idiom ${NAME:-}.
    if (from === undefined || value === undefined || value === '') return [];
    return [
      { flag, command: [], values: [value], kind: 'environment', from, isSecret: isSecret(flag, value) } as const,
    ];
  });
}

function parseFile(file: SettingsFile, program: Command): readonly Setting[] {
  if (file.failure !== undefined) throw file.failure;
  if (file.text === undefined) return [];
  try {
    return listSettings(parse(file.text), { file, command: program, path: [] });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.split('\n');
    throw new UsageError(`${file.path}, line ${error.line}: ${reason}`, { fix: 'see https://toml.io', cause: error });
  }
}

interface Place {
  readonly file: SettingsFile;
  readonly command: Command;
  readonly path: readonly string[];
}

function listSettings(table: TomlTable, place: Place): readonly Setting[] {
  const flags = listFlags(place.command);
  return Object.entries(table).flatMap(([name, value]) => {
    if (isTable(value)) return listSettings(value, enterCommand(place, name, flags.keys()));
    if (!flags.has(name)) throw unknownSetting(place, name, flags.keys());
    const { kind, path: from } = place.file;
    const values = toTexts(value, place, name);
    const secret = values.some((text) => isSecret(name, text));
    return [{ flag: name, command: place.path, values, kind, from, isSecret: secret } as const];
  });
}

function enterCommand(place: Place, name: string, flags: Iterable<string>): Place {
  const command = place.command.commands.find((one) => one.name() === name);
  if (command !== undefined) return { ...place, command, path: [...place.path, name] };
  throw unknownSetting(place, name, [...place.command.commands.map((one) => one.name()), ...flags]);
}

function unknownSetting({ file, path }: Place, name: string, known: Iterable<string>): UsageError {
  const [shown, meant] = [quoteText([...path, name].join('.')), findNearestName(name, known)];
  if (isOnlyTyped(name)) {
    const fix = `remove it, and type --${name}`;
    return new UsageError(`${file.path}: ${shown} can only be set on the command line`, { fix });
  }
  return new UsageError(`${file.path}: unknown setting ${shown}`, {
    fix:
      meant === undefined
        ? 'use the name of a flag without its dashes: ch-golden --help'
        : `use ${quoteText([...path, meant].join('.'))}`,
  });
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

function toTexts(value: TomlValue, place: Place, name: string): readonly string[] {
  const values: readonly TomlValue[] = Array.isArray(value) ? value : [value];
  return values.map((one) => {
    if (typeof one === 'string') return one;
    if (typeof one === 'number' || typeof one === 'bigint' || typeof one === 'boolean') return String(one);
    throw new UsageError(`${place.file.path}: invalid value of ${quoteText([...place.path, name].join('.'))}`, {
      fix: 'use a string, a number, true or false, or a list of them',
    });
  });
}

function isSecret(flag: string, value: string): boolean {
  return findSecrets(`${flag}: ${value}`, { masking: true }).found.length > 0;
}
