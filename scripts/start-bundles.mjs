// Starts every bundle: one that builds can still die at start. Each must say what we expect of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'ch-golden-bundles-'));

/** Each bundle with what it is told, and what it must answer. */
const bundles = [
  { name: 'cli', words: ['--help'], status: 0, says: /Build, test and publish golden images/ },
  { name: 'cli', words: ['build'], status: 2, says: /store is empty/ },
  { name: 'main', words: [], status: 1, says: /::error::store is empty/ },
  { name: 'pull', words: [], status: 1, says: /::error::store is empty/ },
  { name: 'channel', words: [], status: 1, says: /::error::2 inputs are invalid: .*store is empty/ },
  { name: 'post', words: [], status: 0, says: /^$/ },
  { name: 'mount', words: [], status: 2, says: /a build starts this through sudo/ },
];

let failed = false;
try {
  for (const { name, words, status, says } of bundles) {
    const result = spawnSync(process.execPath, [join(root, 'dist', name, 'index.js'), ...words], {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: directory },
      timeout: 60_000,
    });
    const output = `${result.stdout}${result.stderr}`;
    if (result.status === status && says.test(output)) console.log(`dist/${name} ${words.join(' ')}: starts`);
    else {
      failed = true;
      console.error(
        `dist/${name} ${words.join(' ')}: exit code ${result.status}, expected ${status} and ${says}\n${output}`,
      );
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
