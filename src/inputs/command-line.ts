import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../platform/errors.js';
import { readBuildInputs, readSmokeInputs, readStoreAddress, type BuildInputs, type DefaultFolders, type RawInputs } from './build-inputs.js';
import { buildInputDefinitions, type InputDefinition } from './definitions.js';
import { parseInteger } from './parse.js';

/** What a command line asks for. */
export type CommandLine =
  | { readonly command: 'build' | 'plan' | 'doctor'; readonly inputs: BuildInputs; readonly output: OutputStyle }
  | { readonly command: 'smoke'; readonly subject: SmokeSubject; readonly smoke: BuildInputs['smoke']; readonly port: number; readonly folders: BuildInputs['folders']; readonly output: OutputStyle }
  | { readonly command: 'list'; readonly store: string; readonly image: string; readonly output: OutputStyle }
  | { readonly command: 'show'; readonly store: string; readonly image: string; readonly wanted: number | string; readonly output: OutputStyle };

/** An image file, or a version by its number or channel. */
export type SmokeSubject =
  | { readonly file: string }
  | { readonly store: string; readonly image: string; readonly wanted: number | string };

export interface OutputStyle {
  /** One JSON document on standard output, and nothing else. */
  readonly json: boolean;
  readonly verbose: boolean;
}

const storeInputs = ['store', 'image-name'];
const smokeInputs = ['vmm', 'require-kvm', 'health-path', 'smoke-timeout', 'smoke-memory', 'smoke-cpus', 'clones', 'daemon-port', 'cache-folder', 'work-folder', 'report-folder'];

/** What parsing ends with: a command to carry out, or text that was asked for or is to be shown, with its exit code. */
export type ParsedCommandLine = { readonly run: CommandLine } | { readonly print: string; readonly exitCode: 0 | 2 };

/** Parses the arguments behind the program's name. @throws UsageError for values that cannot be used */
export function parseCommandLine(words: readonly string[], context: { readonly version: string; readonly defaults: DefaultFolders }): ParsedCommandLine {
  const printed: string[] = [];
  const chosen: CommandLine[] = [];
  const program = createProgram(context, (command) => void chosen.push(command));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: (text) => void printed.push(text), writeErr: (text) => void printed.push(text) });
  }
  try {
    program.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { print: printed.join('').trimEnd(), exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  const [run] = chosen;
  return run === undefined ? { print: program.helpInformation().trimEnd(), exitCode: 2 } : { run };
}

function createProgram({ version, defaults }: { readonly version: string; readonly defaults: DefaultFolders }, choose: (command: CommandLine) => void): Command {
  const program = new Command('ch-golden')
    .description('Golden images for Cloud Hypervisor sandboxes: build, boot, prove, publish.')
    .version(version)
    .showHelpAfterError('(ch-golden --help)');
  const builds = [
    ['build', 'build the daemon, assemble an image with it, boot that, and publish it as the next version'],
    ['plan', 'say what build would do, and do nothing'],
    ['doctor', 'look at this machine for what build needs, with the command that mends each thing'],
  ] as const;
  for (const [command, description] of builds) {
    addInputs(addOutput(program.command(command).description(description)), buildInputDefinitions)
      .action((options: Options) => choose({ command, inputs: readBuildInputs(rawOf(options), defaults), output: outputOf(options) }));
  }
  addStoreCommands(program, choose);
  addSmoke(program, defaults, choose);
  return program;
}

function addStoreCommands(program: Command, choose: (command: CommandLine) => void): void {
  addInputs(addOutput(program.command('list').description('list the versions in a store')), select(storeInputs))
    .action((options: Options) => choose({ command: 'list', ...storeOf(options), output: outputOf(options) }));
  addInputs(addOutput(program.command('show').description('show the manifest of a version').argument('[version]', 'a number or a channel', 'latest')), select(storeInputs))
    .action((wanted: string, options: Options) => choose({ command: 'show', ...storeOf(options), wanted: parseWanted(wanted), output: outputOf(options) }));
}

function addSmoke(program: Command, defaults: DefaultFolders, choose: (command: CommandLine) => void): void {
  const command = program.command('smoke').description('boot clones of a published version or of an image file, and ask the daemon')
    .argument('[version]', 'a number or a channel', 'latest')
    .option('--image <path>', 'an image file instead of a version');
  addInputs(addOutput(command), select([...storeInputs, ...smokeInputs]))
    .action((wanted: string, options: Options) => {
      const raw = rawOf(options);
      const { image: file } = options;
      choose({
        command: 'smoke',
        subject: typeof file === 'string' ? { file } : { ...storeOf(options), wanted: parseWanted(wanted) },
        ...readSmokeInputs(raw, defaults),
        output: outputOf(options),
      });
    });
}

/** Commander's record of flags, in camel case. */
type Options = Readonly<Record<string, unknown>>;

function addOutput(command: Command): Command {
  return command.option('--json', 'print one JSON document', false).option('--verbose', 'print the output of tools too', false);
}

function addInputs(command: Command, definitions: readonly InputDefinition[]): Command {
  for (const definition of definitions) command.addOption(toOption(definition));
  return command;
}

/** A yes-or-no input works as a plain flag as well: `--dry-run` and `--dry-run true`. */
function toOption({ name, description, default: value, values }: InputDefinition): Option {
  if (values?.includes('true') === true) return new Option(`--${name} [boolean]`, description).preset('true').default(value);
  const option = new Option(`--${name} <value>`, description).default(value, value === '' ? 'none' : undefined);
  return values === undefined ? option : option.choices(values);
}

function select(names: readonly string[]): readonly InputDefinition[] {
  return buildInputDefinitions.filter(({ name }) => names.includes(name));
}

function rawOf(options: Options): RawInputs {
  return (name) => {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? value : buildInputDefinitions.find((definition) => definition.name === name)?.default ?? '';
  };
}

function outputOf(options: Options): OutputStyle {
  return { json: options['json'] === true, verbose: options['verbose'] === true };
}

function storeOf(options: Options): { readonly store: string; readonly image: string } {
  const raw = rawOf(options);
  return { store: readStoreAddress(raw), image: raw('image-name') };
}

function parseWanted(word: string): number | string {
  if (word.length > 100 || word.startsWith('-')) throw new UsageError('a version is a number, or the name of a channel', { mend: 'ch-golden list' });
  return /^\d+$/.test(word) ? parseInteger('version', word, { min: 1, max: 999_999_999 }) : word;
}
