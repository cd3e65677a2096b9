import { Command, CommanderError, Option, type Argument } from 'commander';
import { UsageError } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import type { DefaultDirectories } from './build-inputs.js';
import { addBuildCommands, type BuildCommand } from './commands/build.js';
import { addChannelCommands, type ChannelCommand } from './commands/channel.js';
import { addCompletionCommands, type CompletionCommand } from './commands/completion.js';
import { addConfigCommand, type ConfigCommand } from './commands/config.js';
import { addFleetCommands, type FleetCommand } from './commands/fleet.js';
import { addHostCommands, type HostCommand } from './commands/host.js';
import { addKeyCommands, type KeyCommand } from './commands/key.js';
import { rawOf, type Options } from './commands/options.js';
import { addPushCommand, type PushCommand } from './commands/push.js';
import { addSmokeCommand, type SmokeCommand } from './commands/smoke.js';
import { addStoreCommands, type StoreCommand } from './commands/store.js';
import { addTrustCommands, type TrustCommand } from './commands/trust.js';
import { addVmCommands, type VmCommand } from './commands/vm.js';
import { parsePath } from './parse.js';
import { applySettings, withOrigins } from './settings/apply-settings.js';
import { noSources, readSettings, type Setting, type SettingsSources } from './settings/settings.js';

/** A parsed command line. Each group has a file in `commands/` here, and one in `entry/commands/` that runs it. */
export type CommandLine =
  | BuildCommand
  | ChannelCommand
  | CompletionCommand
  | ConfigCommand
  | FleetCommand
  | HostCommand
  | KeyCommand
  | PushCommand
  | SmokeCommand
  | StoreCommand
  | TrustCommand
  | VmCommand;

export interface OutputStyle {
  /** Print one JSON document, and nothing else, on standard output. */
  readonly json: boolean;
  readonly verbose: boolean;
  /** The absolute path of a file for the trace of the run. */
  readonly trace?: string | undefined;
}

/** A command to run, or text to print (help, a version, or what is wrong), with the exit code. */
export type ParsedCommandLine =
  | { readonly run: CommandLine; readonly output: OutputStyle; readonly warnings: readonly string[] }
  | { readonly print: string; readonly exitCode: 0 | 2 };

/** Parses the arguments after the program's name. @throws UsageError for invalid values */
export function parseCommandLine(args: readonly string[], context: ParseContext): ParsedCommandLine {
  const printed: string[] = [];
  const chosen: CommandLine[] = [];
  const styles: OutputStyle[] = [];
  const applied: Setting[] = [];
  const warnings: string[] = [];
  const program = createProgram(context, {
    print: (text) => void printed.push(text.replaceAll(unbreakable, ' ')),
    choose: (command) => void chosen.push(command),
  });
  // Not read before: --help must work with invalid settings, too.
  program.hook('preAction', (_, command) => {
    const settings = readSettings(context.sources ?? noSources, program);
    warnings.push(...settings.warnings);
    applied.push(...applySettings(command, settings));
    styles.push(outputOf(command.opts()));
  });
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof UsageError) throw withOrigins(error, applied);
    if (!(error instanceof CommanderError)) throw error;
    return { print: printed.join('').trimEnd(), exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  const [[run], [output]] = [chosen, styles];
  return run === undefined || output === undefined
    ? { print: program.helpInformation().replaceAll(unbreakable, ' ').trimEnd(), exitCode: 2 }
    : { run, output, warnings };
}

export interface ParseContext {
  readonly version: string;
  readonly defaults: DefaultDirectories;
  /** Where the values of flags come from that are not typed. Default: none. */
  readonly sources?: SettingsSources | undefined;
}

interface ParsePorts {
  readonly print: (text: string) => void;
  readonly choose: (command: CommandLine) => void;
}

function createProgram(
  { version, defaults, sources = noSources }: ParseContext,
  { print, choose }: ParsePorts,
): Command {
  const program = new Command('ch-golden')
    .description('Build, test and publish golden images for Cloud Hypervisor, and run VMs from them.')
    .optionsGroup(commonGroup)
    .version(version, '-V, --version', 'Print the version')
    .addHelpOption(new Option('-h, --help', 'Show this help').helpGroup(commonGroup))
    .configureHelp({ optionDescription: formatOptionHelp, argumentDescription: formatOptionHelp })
    .commandsGroup('Other commands:')
    .helpCommand('help [command]', 'Show the help of a command')
    // After a command, --version is that of an image.
    .enablePositionalOptions()
    .showHelpAfterError('(ch-golden --help)')
    .exitOverride()
    // The text quotes arguments, which could drive a terminal.
    .configureOutput({
      writeOut: print,
      writeErr: print,
      outputError: (text, write) => write(`${sanitizeLine(text, 500)}\n`),
    });
  program.commandsGroup('Build and test:');
  addBuildCommands(program, defaults, choose);
  addSmokeCommand(program, defaults, choose);
  program.commandsGroup('Versions in a store:');
  addStoreCommands(program, choose);
  addPushCommand(program, choose);
  program.commandsGroup('Channels and signatures:');
  addKeyCommands(program, choose);
  addChannelCommands(program, choose);
  program.commandsGroup('Hosts and VMs:');
  addHostCommands(program, choose);
  addTrustCommands(program, choose);
  addVmCommands(program, choose);
  addFleetCommands(program, choose);
  program.commandsGroup('Other commands:');
  addCompletionCommands(program, choose);
  addConfigCommand(program, { sources, read: () => readSettings(sources, program) }, choose);
  addOutputOptions(program);
  return program;
}

/** Replaces a space at which a line of help must not break. One column wide, because commander counts columns. */
const unbreakable = '\u0001';
const commonGroup = 'Common options:';

/** Choices and the default go at the end. A switch that is off by default needs no mention. */
function formatOptionHelp({ description, argChoices, defaultValue }: Option | Argument): string {
  // Wrapped, a default is hard to find.
  const text = description.replaceAll(/\(default: [^)]{1,40}\)/g, (found) => found.replaceAll(' ', unbreakable));
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(typeof defaultValue !== 'string' || defaultValue === '' || defaultValue === 'false'
      ? []
      : [`default:${unbreakable}${defaultValue}`]),
  ];
  return notes.length === 0 ? text : `${text} (${notes.join('; ')})`;
}

/** Every command has these. */
function addOutputOptions(command: Command): void {
  command.commands.forEach(addOutputOptions);
  if (command.commands.length > 0) return;
  command
    .optionsGroup(commonGroup)
    .option('--json', 'Print one JSON document', false)
    .option('--verbose', 'Print the output of tools as well', false)
    .option('--trace <file>', 'Write a trace of all steps and processes, for chrome://tracing or ui.perfetto.dev');
}

function outputOf(options: Options): OutputStyle {
  return {
    json: options['json'] === true,
    verbose: options['verbose'] === true,
    trace: parsePath('trace', rawOf(options)('trace')),
  };
}
