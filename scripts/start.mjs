// Runs a whole build with defaults: `npm start`. Arguments are passed on: `npm start -- --verbose`.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUpForStart } from './set-up.mjs';

const root = join(import.meta.dirname, '..');

/** The suite of this machine, whose mirrors and keys are already set up. */
function readSuite() {
  const release = Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .map((line) => /^([A-Z_]+)="?([^"]*)"?$/.exec(line))
      .filter(Boolean)
      .map(([, name, value]) => [name, value]),
  );
  if (release.VERSION_CODENAME) return release.VERSION_CODENAME;
  console.error(
    'start: /etc/os-release does not name a suite\n' +
      '  Fix: run npm start on Debian or Ubuntu, or on other systems: ch-golden build --base-image FILE',
  );
  return process.exit(1);
}

setUpForStart();
const child = spawn(
  process.execPath,
  [
    join(root, 'dist', 'cli', 'index.js'),
    'build',
    '--daemon-source',
    join(root, 'examples', 'daemon'),
    '--daemon-version',
    'v0.1.0',
    '--daemon-version-variable',
    'main.version',
    '--base-image',
    `bootstrap:${readSuite()}`,
    '--store',
    join(root, 'out', 'store'),
    '--report-folder',
    join(root, 'out'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);

// The signal reaches the whole foreground group. The child cleans up, and this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const nothingToDo = 3;
child.on('exit', (code, signal) => process.exit(signal === null && code === nothingToDo ? 0 : (code ?? 1)));
