import { Argument, type Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { findCompletion, type Completion } from '../completion/complete.js';
import { shells, type Shell } from '../completion/shell-scripts.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** Commands for shells. */
export type CompletionCommand = { readonly group: 'completion' } & (
  | { readonly command: 'script'; readonly shell: Shell }
  | { readonly command: 'complete'; readonly completion: Completion }
);

export function addCompletionCommands(program: Command, choose: (command: CompletionCommand) => void): void {
  program
    .command('completion')
    .description('Print the script that completes commands in a shell')
    // For the help only, as for options.
    .addArgument(withChoices(new Argument('<shell>', 'Shell')))
    .action((shell: string) => choose({ group: 'completion', command: 'script', shell: parseShell(shell) }));
  const complete = program
    .command('complete', { hidden: true })
    .description('List what can follow on a command line, for the scripts of completion')
    .argument('[words...]', 'Words after ch-golden, the last of which is being typed');
  // For settings: what has been typed is among the words.
  addInputs(complete, selectOfHost('image-name', 'root')).action((words: readonly string[], options: Options) => {
    const [found, raw] = [findCompletion(program, words), rawOf(options)];
    const completion = { ...found, root: found.root ?? raw('root'), image: found.image ?? raw('image-name') };
    choose({ group: 'completion', command: 'complete', completion });
  });
}

function withChoices(argument: Argument): Argument {
  argument.argChoices = [...shells];
  return argument;
}

function parseShell(text: string): Shell {
  const shell = shells.find((one) => one === text);
  if (shell !== undefined) return shell;
  throw new UsageError(`unsupported shell ${JSON.stringify(text)}`, { fix: `use one of ${shells.join(', ')}` });
}
