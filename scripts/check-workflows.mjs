// Checks all workflows with actionlint and zizmor, and for common omissions: `npm run workflows`.
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

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return undefined;
  return `${program.split('/').at(-1)} ${error === undefined ? 'reported problems' : error.message}`;
}

const { jobs } = parse(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8'));
/** These have separate commands: see CONTRIBUTING.md. */
const apart = ['kvm', 'minio'];

/** The check that branches require must wait for every job. */
function checkGate() {
  const missing = Object.keys(jobs).filter((name) => name !== 'all-green' && !jobs['all-green'].needs.includes(name));
  return missing.length === 0 ? undefined : `ci.yml: all-green does not need ${missing.join(', ')}`;
}

/** ci.yml must name every suite. */
function checkSuites() {
  const suites = ['go', 'act', ...jest.projects.map(({ displayName }) => displayName)];
  const named = jobs.test.strategy.matrix.suite.flatMap((names) => names.split(' '));
  const missing = suites.filter((name) => ![...named, ...apart].includes(name));
  return missing.length === 0 ? undefined : `ci.yml: no test job runs ${missing.join(', ')}`;
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
if (problems.length === 0) console.log(`${workflows.length} workflows: no problems`);
process.exit(problems.length === 0 ? 0 : 1);
