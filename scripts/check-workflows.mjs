// Checks all workflows, with actionlint and zizmor and for what we forget easily: `npm run workflows`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import jest from '../jest.config.js';
import { getActionlint, getZizmor } from './workflow-tools.mjs';

const root = join(import.meta.dirname, '..');
const directories = ['.github/workflows', 'examples/workflows'];
const workflows = directories.flatMap((directory) =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(directory, name)),
);

function run(program, words) {
  const { status, error } = spawnSync(program, words, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return undefined;
  return `${program.split('/').at(-1)} ${error === undefined ? 'has found something' : error.message}`;
}

const { jobs } = parse(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8'));
/** These have a command of their own: see CONTRIBUTING.md. */
const apart = ['kvm', 'minio'];

/** The one check that a branch requires must wait for every job: a new one is forgotten easily. */
function checkGate() {
  const forgotten = Object.keys(jobs).filter((name) => name !== 'all-green' && !jobs['all-green'].needs.includes(name));
  return forgotten.length === 0 ? undefined : `ci.yml: all-green does not need ${forgotten.join(', ')}`;
}

/** ci.yml names the suites that it runs: so is a new one of these. */
function checkSuites() {
  const suites = ['go', 'act', ...jest.projects.map(({ displayName }) => displayName)];
  const named = jobs.test.strategy.matrix.suite.flatMap((words) => words.split(' '));
  const forgotten = suites.filter((name) => ![...named, ...apart].includes(name));
  return forgotten.length === 0 ? undefined : `ci.yml: no test job runs ${forgotten.join(', ')}`;
}

const problems = [
  checkGate(),
  checkSuites(),
  run(getActionlint(), ['-no-color', ...workflows]),
  run(getZizmor(), [
    '--offline',
    '--no-progress',
    '--quiet',
    '--color=never',
    '.github',
    'examples/workflows',
    'action.yml',
  ]),
].filter((problem) => problem !== undefined);
for (const problem of problems) console.error(`workflows: ${problem}`);
if (problems.length === 0) console.log(`${workflows.length} workflows are right`);
process.exit(problems.length === 0 ? 0 : 1);
