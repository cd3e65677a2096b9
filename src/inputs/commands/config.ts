import type { Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { mask } from '../../platform/secrets/redact.js';
import { pathOfCommand, tryFlagName } from '../settings/settable-flags.js';
import {
  findSetting,
  listUnknownVariables,
  type Setting,
  type Settings,
  type SettingsFile,
  type SettingsKind,
  type SettingsSources,
} from '../settings/settings.js';
import { readRoot } from '../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** A value, and where it comes from. */
export interface ConfigRow {
  /** As in a file: `store`, `vm.create.cpus`. */
  readonly name: string;
  readonly value: string;
  readonly source: SettingsKind | 'host' | 'default';
  /** The variable, or the path of the file; absent for a default. */
  readonly from?: string | undefined;
}

export interface ConfigCommand {
  readonly group: 'config';
  readonly rows: readonly ConfigRow[];
  /** The command whose flags the rows are, e.g. `vm create`; undefined if they are all that is set. */
  readonly command: string | undefined;
  readonly files: readonly (Pick<SettingsFile, 'kind' | 'path'> & { readonly exists: boolean })[];
  readonly unknownVariables: readonly { readonly name: string; readonly meant: string | undefined }[];
  /** Of the host whose own settings are shown, too. */
  readonly root: string;
}

interface Context {
  readonly sources: SettingsSources;
  readonly read: () => Settings;
}

export function addConfigCommand(
  program: Command,
  { sources, read }: Context,
  choose: (command: ConfigCommand) => void,
): void {
  const config = program
    .command('config')
    .description('Show all settings, or those of a command, and where each comes from')
    .argument('[command...]', 'Command whose flags are shown with their values, e.g. vm create');
  addInputs(config, selectOfHost('root')).action((names: readonly string[], options: Options) => {
    const settings = read();
    const command = names.length === 0 ? undefined : findCommand(program, names);
    choose({
      group: 'config',
      rows: command === undefined ? listAll(settings) : listOfCommand(command, settings),
      command: command === undefined ? undefined : pathOfCommand(command).join(' '),
      files: sources.files.map(({ kind, path, text }) => ({ kind, path, exists: text !== undefined })),
      unknownVariables: listUnknownVariables(sources.environment, program),
      root: readRoot(rawOf(options)),
    });
  });
}

function findCommand(program: Command, names: readonly string[]): Command {
  const found = names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((one) => one.name() === name),
    program,
  );
  if (found?.commands.length === 0) return found;
  throw new UsageError(`unknown command ${quoteText(names.join(' '))}`, { fix: 'ch-golden --help lists all commands' });
}

/** Everything that is set. */
function listAll(settings: Settings): readonly ConfigRow[] {
  const rows = new Map<string, ConfigRow>();
  for (const { command, flag } of settings.list) {
    const name = [...command, flag].join('.');
    const setting = findSetting(settings, command, flag);
    if (setting !== undefined) rows.set(name, toRow(name, setting));
  }
  return [...rows.values()].toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Every flag of a command, with its default if it has one. */
function listOfCommand(command: Command, settings: Settings): readonly ConfigRow[] {
  const path = pathOfCommand(command);
  return command.options.flatMap((option): readonly ConfigRow[] => {
    const name = tryFlagName(option);
    if (name === undefined) return [];
    const setting = findSetting(settings, path, name);
    if (setting !== undefined) return [toRow(name, setting)];
    return [{ name, value: formatDefault(option.defaultValue), source: 'default' }];
  });
}

function toRow(name: string, { values, kind, from, isSecret }: Setting): ConfigRow {
  return { name, value: isSecret ? mask : values.join(', '), source: kind, from };
}

function formatDefault(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : '';
}
