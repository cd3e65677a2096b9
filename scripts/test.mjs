// Runs all tests: `npm test`. The last line has the totals. Arguments choose suites: `npm test -- unit integration`.
// `minio` runs only if it is chosen: the store contract against a second S3 server, which takes 9 minutes to build.
// `act` runs the golden-image workflow from end to end, and an example. If it is chosen, it also boots an image to the
// end, and runs the examples that call the workflow.
// `faults` runs a sample of its cases, or all of them if it is chosen.
// `packages` runs only if it is chosen: it packs the CLI and installs it in a clean root, which takes 5 minutes.
// `libguestfs` runs only if it is chosen: each test boots an appliance, which takes 10 minutes or more without KVM.
// With LIBGUESTFS=one, as CI runs it, one test of it runs, by name, after all others: it installs packages.
// `warm` runs only if it is chosen: it boots an image and gives it an identity, which takes minutes without KVM.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryInstallLibguestfs } from './install-libguestfs.mjs';
import { setUpForTest } from './set-up.mjs';

const root = join(import.meta.dirname, '..');
const workers = {
  unit: '2',
  integration: '2',
  cases: '2',
  faults: '2',
  e2e: '1',
  minio: '1',
  libguestfs: '1',
  packages: '1',
  warm: '1',
};
/** Suites that are files of another project. */
const parts = {
  libguestfs: ['integration', 'test/integration/image/libguestfs.test.ts'],
  warm: ['e2e', 'test/e2e/warm-identity.test.ts'],
};
/** The test of libguestfs that covers most: packages, scripts and files, and the tree that the driver mount makes. */
const oneOfLibguestfs = 'installs, writes and runs in one session, and makes the tree that mount makes';
const chosen = process.argv.slice(2);
const onlyWhenChosen = ['minio', 'libguestfs', 'packages', 'warm'];
const unknown = chosen.filter((name) => !['go', 'act'].includes(name) && !(name in workers));
if (unknown.length > 0) {
  const known = ['go', ...Object.keys(workers), 'act'].join(', ');
  console.error(`test: unknown suite ${unknown.join(', ')}\n  Fix: use ${known}`);
  process.exit(2);
}
const isChosen = (name) => {
  if (name === 'one of libguestfs') return chosen.length === 0 && process.env.LIBGUESTFS === 'one';
  return chosen.length === 0 ? !onlyWhenChosen.includes(name) : chosen.includes(name);
};

function runJest(suite, { testName, environment = {} } = {}) {
  const [project, ...files] = parts[suite] ?? [suite];
  const directory = mkdtempSync(join(tmpdir(), 'ch-golden-test-'));
  const results = join(directory, 'results.json');
  try {
    spawnSync(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        '--selectProjects',
        project,
        '--maxWorkers',
        workers[suite],
        '--json',
        '--outputFile',
        results,
        ...(testName === undefined ? [] : ['--testNamePattern', testName]),
        ...(files.length > 0 ? ['--', ...files] : []),
      ],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          ...process.env,
          ...(chosen.includes('faults') ? { FAULTS: 'all' } : {}),
          ...(suite === 'libguestfs' ? { LIBGUESTFS: 'all' } : {}),
          ...(suite === 'warm' ? { WARM: 'all' } : {}),
          ...environment,
        },
      },
    );
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
  } catch (error) {
    console.error(`test: no results from ${suite}: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runGo() {
  const { stdout, status } = spawnSync('go', ['test', '-json', './...'], {
    cwd: join(root, 'examples', 'daemon'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const count = (action) => events.filter((event) => event.Test !== undefined && event.Action === action).length;
  const counts = { passed: count('pass'), failed: count('fail'), skipped: count('skip') };
  if (counts.failed > 0 || status !== 0) process.stderr.write(events.map((event) => event.Output ?? '').join(''));
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Emulated, since a KVM that opens and hangs would cost minutes first. The tests that are not named do not count. */
function runOneOfLibguestfs() {
  const problem = tryInstallLibguestfs();
  if (problem !== undefined) {
    console.error(`\n*** THE DRIVER libguestfs IS NOT TESTED: it cannot be installed: ${problem} ***\n`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const environment = { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' };
  const counts = runJest('libguestfs', { testName: oneOfLibguestfs, environment });
  // A name that no test has would pass.
  return { ...counts, failed: counts.passed === 0 ? Math.max(1, counts.failed) : counts.failed, skipped: 0 };
}

function runAct() {
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'test-act.mjs'), ...(chosen.includes('act') ? ['--all'] : [])],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.stdout.write(stdout);
  const [, passed = '0', failed = '1'] = /^act: (\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  return { passed: Number(passed), failed: Number(failed), skipped: 0 };
}

setUpForTest();
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const [name, runSuite] of [
  ['go', runGo],
  ...Object.keys(workers).map((project) => [project, () => runJest(project)]),
  ['act', runAct],
  ['one of libguestfs', runOneOfLibguestfs],
]) {
  if (!isChosen(name)) continue;
  console.log(`\n== ${name} tests`);
  const counts = runSuite();
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  for (const key of Object.keys(totals)) totals[key] += counts[key];
}
if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
