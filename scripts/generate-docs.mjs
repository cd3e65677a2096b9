// Writes everything in docs/ and the README that is generated, then checks all links: `npm run docs`.
// With --check it writes nothing, and fails if a page is out of date.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const options = process.argv.slice(2);
if (options.some((option) => option !== '--check')) {
  console.error('docs: usage: npm run docs [-- --check]');
  process.exit(2);
}
const generators = [
  'generate-inputs',
  'generate-action-tables',
  'generate-cli-reference',
  'generate-messages',
  'generate-defects',
  'generate-bench-tables',
  'draw-terminal',
];
const run = (name, extra) =>
  spawnSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`), ...extra], { stdio: 'inherit' }).status === 0;
// All of them run, so that one run shows every page that is out of date.
const results = [...generators.map((name) => run(name, options)), run('check-links', [])];
process.exit(results.every(Boolean) ? 0 : 1);
