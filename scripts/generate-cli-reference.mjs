// Writes the help of every command into docs/reference/cli.md, from the built CLI (run `npm run build` first):
//   node scripts/generate-cli-reference.mjs [--check] [PAGE]
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readArguments, readPage, replaceBetween, root, writeOrCheck } from './generated-page.mjs';

const cli = join(root, 'dist', 'cli', 'index.js');

function readHelp(command) {
  return execFileSync(process.execPath, [cli, ...command, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1' },
  }).trimEnd();
}

/** The commands below a command: the lines of its help that name neither an option nor an argument. */
function listSubcommands(help) {
  const [, list = ''] = help.split('\nCommon options:\n');
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
}

function readCommands(command) {
  const help = readHelp(command);
  const found = listSubcommands(help).flatMap((name) => readCommands([...command, name]));
  return found.length > 0 ? found : [{ command, help }];
}

/** From the first group of options on. */
const optionsOf = (help) => help.slice(help.search(/\n(?!Arguments:)[A-Z][A-Za-z, ]*:\n/));

/** Commands with the same options as an earlier command refer to it: `plan` and `doctor` take what `build` takes. */
function formatCommands(commands) {
  const seen = new Map();
  return commands
    .map(({ command, help }) => {
      const name = command.join(' ');
      const options = optionsOf(help);
      const same = seen.get(options);
      if (same === undefined) seen.set(options, name);
      const text = same === undefined ? help : help.slice(0, -options.length);
      const anchor = same?.replaceAll(' ', '-');
      const reference = same === undefined ? '' : `\n\nTakes the options of [\`${same}\`](#${anchor}).`;
      return `### ${name}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`${reference}`;
    })
    .join('\n\n');
}

const { check, path } = readArguments('docs/reference/cli.md');
writeOrCheck({
  path,
  text: replaceBetween(readPage(path), 'commands', formatCommands(readCommands([])), path),
  check,
  source: 'ch-golden --help',
});
