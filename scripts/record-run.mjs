// Records the run that the README shows: `npm start`, twice, in a new clone of HEAD with an empty home. Takes about
// five minutes.
//   node scripts/record-run.mjs && npm run docs
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const columns = 116;

/** What the control sequences of live lines do: cursor up, to a column, clear a line, clear below. */
const controls = {
  A: (screen, count) => {
    screen.row = Math.max(0, screen.row - count);
  },
  G: (screen, count) => {
    screen.column = count - 1;
  },
  K: ({ lines, row, column }, count) => {
    lines[row] = count === 2 ? '' : lines[row].slice(0, column);
  },
  J: ({ lines, row }) => {
    lines.length = row + 1;
  },
};

function put(screen, character) {
  const { lines, row, column } = screen;
  if (character === '\r') screen.column = 0;
  else if (character === '\n') {
    screen.row += 1;
    lines[screen.row] ??= '';
  } else if (character >= ' ') {
    lines[row] = lines[row].padEnd(column).slice(0, column) + character + lines[row].slice(column + 1);
    screen.column += 1;
  }
}

/** The lines that a terminal shows at the end: live lines are overwritten. */
function render(written) {
  const screen = { lines: [''], row: 0, column: 0 };
  for (const [part, code, command] of written.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|[\s\S]/g)) {
    if (command === undefined) put(screen, part);
    else controls[command]?.(screen, Number(code) || 1);
  }
  return screen.lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const work = mkdtempSync(join(tmpdir(), 'ch-golden-record-'));
const [clone, home, log] = ['ch-golden-action', 'home', 'log'].map((name) => join(work, name));
try {
  execFileSync('git', ['clone', '--quiet', root, clone]);
  mkdirSync(home);
  const runs = [1, 2].map(() => {
    const { status } = spawnSync(
      'script',
      ['--quiet', '--return', '--log-out', log, '--command', `stty cols ${columns} rows 50; nice npm start`],
      {
        cwd: clone,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          PATH: process.env.PATH,
          HOME: home,
          LANG: 'C.UTF-8',
          TERM: 'xterm-256color',
          npm_config_update_notifier: 'false',
        },
      },
    );
    if (status !== 0)
      throw new Error(`npm start failed with exit code ${status}:\n${render(readFileSync(log, 'utf8'))}`);
    const shown = render(readFileSync(log, 'utf8'))
      .split('\n')
      .filter((line) => !/^Script (?:started|done) /.test(line))
      .join('\n')
      .trim();
    return `$ npm start\n${shown.replaceAll(clone, '/home/me/ch-golden-action').replaceAll(home, '/home/me')}\n`;
  });
  mkdirSync(join(root, 'docs', 'images'), { recursive: true });
  writeFileSync(join(root, 'docs', 'images', 'run.txt'), runs.join('\n'));
} finally {
  rmSync(work, { recursive: true, force: true });
}
