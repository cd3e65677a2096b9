import { Command, CommanderError, type Option } from 'commander';
import { sanitizeLine } from '../platform/format.js';
import type { DefaultDirectories } from './build-inputs.js';
import { addBuildCommands, type BuildCommand } from './commands/build.js';
import { addChannelCommands, type ChannelCommand } from './commands/channel.js';
import { addHostCommands, type HostCommand } from './commands/host.js';
import { addKeyCommands, type KeyCommand } from './commands/key.js';
import type { Options } from './commands/options.js';
import { addSmokeCommand, type SmokeCommand } from './commands/smoke.js';
import { addStoreCommands, type StoreCommand } from './commands/store.js';
import { addTrustCommands, type TrustCommand } from './commands/trust.js';
import { addVmCommands, type VmCommand } from './commands/vm.js';

/** What a command line asks for. Each group has a file in `commands/` here, and one in `entry/commands/` that answers. */
export type CommandLine =
  | BuildCommand
  | ChannelCommand
  | HostCommand
  | KeyCommand
  | SmokeCommand
  | StoreCommand
  | TrustCommand
  | VmCommand;

export interface OutputStyle {
  /** One JSON document on standard output, and nothing else. */
  readonly json: boolean;
  readonly verbose: boolean;
  /** The path of a file for the trace of the run. */
  readonly trace?: string;
}

/** What parsing ends with: a command to carry out, or text that was asked for or is to be shown, with its exit code. */
export type ParsedCommandLine =
  | { readonly run: CommandLine; readonly output: OutputStyle }
  | { readonly print: string; readonly exitCode: 0 | 2 };

/** Parses the arguments behind the program's name. @throws UsageError for values that cannot be used */
export function parseCommandLine(
  words: readonly string[],
  context: { readonly version: string; readonly defaults: DefaultDirectories },
): ParsedCommandLine {
  const printed: string[] = [];
  const chosen: CommandLine[] = [];
  const styles: OutputStyle[] = [];
  const program = createProgram(context, {
    print: (text) => void printed.push(text),
    choose: (command) => void chosen.push(command),
  });
  program.hook('preAction', (_, command) => void styles.push(outputOf(command.opts())));
  try {
    program.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { print: printed.join('').trimEnd(), exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  const [[run], [output]] = [chosen, styles];
  return run === undefined || output === undefined
    ? { print: program.helpInformation().trimEnd(), exitCode: 2 }
    : { run, output };
}

interface ParsePorts {
  readonly print: (text: string) => void;
  readonly choose: (command: CommandLine) => void;
}

function createProgram(
  { version, defaults }: { readonly version: string; readonly defaults: DefaultDirectories },
  { print, choose }: ParsePorts,
): Command {
  const program = new Command('ch-golden')
    .description('Build, test and publish golden images for Cloud Hypervisor, and run VMs from them.')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show this help')
    .configureHelp({ optionDescription: formatOptionHelp })
    .helpCommand('help [command]', 'Show the help of a command')
    // Behind a command, --version is that of an image.
    .enablePositionalOptions()
    .showHelpAfterError('(ch-golden --help)')
    .exitOverride()
    // What is wrong is quoted as it was given: it may drive a terminal.
    .configureOutput({
      writeOut: print,
      writeErr: print,
      outputError: (text, write) => write(`${sanitizeLine(text, 500)}\n`),
    });
  addBuildCommands(program, defaults, choose);
  addStoreCommands(program, choose);
  addChannelCommands(program, choose);
  addSmokeCommand(program, defaults, choose);
  addHostCommands(program, choose);
  addTrustCommands(program, choose);
  addKeyCommands(program, choose);
  addVmCommands(program, choose);
  addOutputOptions(program);
  return program;
}

/** Choices and the default at the end; a switch that is off needs no word. */
function formatOptionHelp({ description, argChoices, defaultValue }: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(typeof defaultValue !== 'string' || defaultValue === '' || defaultValue === 'false'
      ? []
      : [`default: ${defaultValue}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

/** Whatever answers does so in JSON as well. */
function addOutputOptions(command: Command): void {
  command.commands.forEach(addOutputOptions);
  if (command.commands.length > 0) return;
  command
    .option('--json', 'Print one JSON document', false)
    .option('--verbose', 'Print the output of tools as well', false)
    .option('--trace <file>', 'Write a trace of all steps and processes, for chrome://tracing or ui.perfetto.dev');
}

function outputOf(options: Options): OutputStyle {
  const trace = options['trace'];
  return {
    json: options['json'] === true,
    verbose: options['verbose'] === true,
    ...(typeof trace === 'string' ? { trace } : {}),
  };
}
