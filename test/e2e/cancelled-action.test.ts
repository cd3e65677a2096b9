import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '../../src/objects/directory/directory-store.js';
import { listVersions } from '../../src/store/read-versions.js';
import { isStagedKey } from '../../src/store/names.js';
import { getTestBase, testBaseWithinMs } from '../fixtures/base.js';
import { findBrokenVersions } from '../fixtures/check-store.js';
import { waitForNone } from '../fixtures/left-behind.js';
import { createTestProcesses } from '../fixtures/ports.js';

const root = join(import.meta.dirname, '..', '..');

let cache: string;
let directory: string;
let base: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ch-golden-cancel-cache-'));
  base = (await getTestBase()).path;
}, testBaseWithinMs);
afterAll(async () => rm(cache, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-cancel-'));
  await writeFile(join(directory, 'state'), '');
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

interface RunResult {
  readonly code: number | null;
  readonly output: string;
}

interface Bundle {
  readonly bundle: 'main' | 'post';
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a bundle of the action as the runner does. */
function start({ bundle, environment }: Bundle): {
  readonly pid: number;
  readonly exited: Promise<RunResult>;
  saw(text: string): Promise<void>;
} {
  const child = spawn(process.execPath, [join(root, 'dist', bundle, 'index.js')], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH']!,
      HOME: process.env['HOME']!,
      RUNNER_TEMP: join(directory, 'temp'),
      GITHUB_STATE: join(directory, 'state'),
      ...environment,
    },
  });
  let output = '';
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      waiting.forEach((check) => check());
    });
  }
  const exited = new Promise<RunResult>((resolve) => child.on('close', (code) => resolve({ code, output })));
  const seen = async (text: string): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (output.includes(text)) resolve();
      };
      waiting.push(check);
      check();
    });
  const saw = async (text: string): Promise<void> =>
    Promise.race([
      seen(text),
      exited.then(() => {
        if (!output.includes(text)) throw new Error(`it ended before it said ${JSON.stringify(text)}:\n${output}`);
      }),
    ]);
  return { pid: child.pid!, exited, saw };
}

function startMain(inputs: Readonly<Record<string, string>> = {}): ReturnType<typeof start> {
  const given = {
    'daemon-source': join(root, 'examples', 'daemon'),
    'base-image': base,
    'disk-size': '6G',
    artifact: 'never',
    summary: 'false',
    smoke: 'false',
    vmm: 'qemu',
    store: join(directory, 'store'),
    'cache-folder': cache,
    'work-folder': join(directory, 'work'),
    ...inputs,
  };
  return start({
    bundle: 'main',
    environment: Object.fromEntries(
      Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  });
}

async function runPost(): Promise<RunResult> {
  const state = await readFile(join(directory, 'state'), 'utf8');
  const [, work = ''] = /^work-folder<<(\S+)\n(.*)\n\1$/m.exec(state)?.slice(1) ?? [];
  return start({ bundle: 'post', environment: { 'STATE_work-folder': work } }).exited;
}

/** Processes that name the test's directory. */
async function findProcesses(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(directory)).map((line) => line.replaceAll('\0', ' '));
}

test.each<readonly [step: string, inputs?: Readonly<Record<string, string>>]>([
  ['Preflight'],
  ['Build daemon'],
  ['Fetch base image'],
  ['Assemble image'],
  ['Claim version'],
  ['Smoke test', { smoke: 'true' }],
  ['Stage files'],
  ['Publish'],
  ['Clean up'],
])(
  'a job cancelled at the step "%s" stops at the first signal, and leaves only an intact store',
  async (step, inputs = {}) => {
    const run = startMain(inputs);
    await run.saw(`${step} ...`);
    // The first signal of GitHub's runner, which sends SIGTERM 7.5 s later, and SIGKILL after another 2.5 s
    // (actions/runner, ProcessInvoker). Here those never come, because a slow machine may take longer.
    process.kill(run.pid, 'SIGINT');
    const { code, output } = await run.exited;
    // If the version was already published, the cancel came too late.
    const store = createDirectoryStore(join(directory, 'store'), { processes: createTestProcesses() });
    const published = (await listVersions('ubuntu-base', store)).map(({ version }) => version);
    expect({ code, isSaid: output.includes('cancelled by SIGINT') }).toEqual(
      code === 0 ? { code: 0, isSaid: false } : { code: 1, isSaid: true },
    );
    if (code === 0) expect(published).toEqual([1]);
    expect(await findBrokenVersions('ubuntu-base', store)).toEqual([]);
    for await (const { key } of store.listStaged(isStagedKey)) expect(key).toBe('nothing');
    expect(await waitForNone(findProcesses)).toEqual([]);
    expect(await readdir(join(directory, 'work')).catch(() => [])).toEqual([]);
    expect((await runPost()).code).toBe(0);
  },
);

test('post removes leftovers of a killed main step, and does not wait for anything', async () => {
  const run = startMain();
  await run.saw('Assemble image ...');
  process.kill(run.pid, 'SIGKILL');
  await run.exited;
  expect(await readdir(join(directory, 'work'))).toHaveLength(1);
  expect(await runPost()).toMatchObject({
    code: 0,
    output: expect.stringContaining('Removed leftovers of 1 killed run in'),
  });
  expect(await readdir(join(directory, 'work'))).toEqual([]);
});
