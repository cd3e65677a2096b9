// Starts every bundle: one that builds can still crash at start. Each must print the expected text.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'ch-golden-bundles-'));

/** Each bundle with its arguments, and the exit code and output that are expected. */
const bundles = [
  { name: 'cli', args: ['--help'], status: 0, text: /Build, test and publish golden images/ },
  { name: 'cli', args: ['--run-helper', 'warm'], status: 2, text: /this is for builds, which start it to test warm/ },
  { name: 'cli', args: ['build'], status: 2, text: /store is empty/ },
  { name: 'main', args: [], status: 1, text: /::error::store is empty/ },
  { name: 'pull', args: [], status: 1, text: /::error::store is empty/ },
  { name: 'channel', args: [], status: 1, text: /::error::2 inputs are invalid: .*store is empty/ },
  { name: 'post', args: [], status: 0, text: /^$/ },
  { name: 'mount', args: [], status: 2, text: /this is for builds, which start it through sudo/ },
  { name: 'relay', args: [], status: 2, text: /this is for smoke tests, which start it/ },
];

let failed = false;
try {
  for (const { name, args, status, text } of bundles) {
    const result = spawnSync(process.execPath, [join(root, 'dist', name, 'index.js'), ...args], {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: directory },
      timeout: 60_000,
    });
    const output = `${result.stdout}${result.stderr}`;
    if (result.status === status && text.test(output)) console.log(`dist/${name} ${args.join(' ')}: starts`);
    else {
      failed = true;
      console.error(
        `dist/${name} ${args.join(' ')}: exit code ${result.status}, expected ${status} and ${text}\n${output}`,
      );
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
