import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDaemon } from '../../src/daemon/build-daemon.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { createDirectoryStore } from '../../src/objects/directory/directory-store.js';
import { getVersion, listVersions } from '../../src/store/read-versions.js';
import { getTestBase, testBaseWithinMs } from '../fixtures/base.js';
import { waitForNone } from '../fixtures/left-behind.js';
import { giveToPlainUser, startAsPlainUser } from '../fixtures/plain-user.js';
import { createTestProcesses } from '../fixtures/ports.js';

const root = join(import.meta.dirname, '..', '..');
const bootWithinMs = 45 * 60_000;

interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The main job as its users run it: the CLI bundle, as a plain user, on a real base, with a real boot. */
describe('the main job', () => {
  const processes = createTestProcesses();
  let directory: string;
  let daemons: Readonly<Record<'v1' | 'v2', string>>;
  let base: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-e2e-'));
    await chmod(directory, 0o755);
    for (const name of ['home', 'daemon-v1', 'daemon-v2']) await mkdir(join(directory, name));
    await giveToPlainUser(join(directory, 'home'));
    const build = async (version: 'v1' | 'v2'): Promise<string> =>
      (
        await buildDaemon(
          {
            builder: 'go',
            source: join(root, 'examples', 'daemon'),
            packagePath: './cmd/daemon',
            version: `${version}.0.0`,
            versionVariable: 'main.version',
            outputDirectory: join(directory, `daemon-${version}`),
          },
          { processes, log: silentLog },
        )
      ).path;
    daemons = { v1: await build('v1'), v2: await build('v2') };
    base = (await getTestBase()).path;
  }, testBaseWithinMs);

  afterAll(async () => rm(directory, { recursive: true, force: true }));

  function start(args: readonly string[]): {
    readonly pid: number;
    readonly exited: Promise<RunResult>;
    saw(text: string): Promise<void>;
  } {
    const child = startAsPlainUser(join(root, 'dist', 'cli', 'index.js'), args);
    const output = { stdout: '', stderr: '' };
    const waiting: (() => void)[] = [];
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
        waiting.forEach((check) => check());
      });
    }
    const exited = new Promise<RunResult>((resolve) => child.on('close', (code) => resolve({ code, ...output })));
    return {
      pid: child.pid ?? -1,
      exited,
      saw: async (text) =>
        Promise.race([
          new Promise<void>((resolve) => {
            const check = (): void => {
              if (output.stderr.includes(text)) resolve();
            };
            waiting.push(check);
            check();
          }),
          exited.then(({ stderr }) => {
            if (!stderr.includes(text)) throw new Error(`it ended before it said ${JSON.stringify(text)}:\n${stderr}`);
          }),
        ]),
    };
  }

  function buildArguments(daemon: string, ...extra: readonly string[]): readonly string[] {
    return [
      'build',
      '--json',
      '--daemon-builder',
      'prebuilt',
      '--daemon-binary',
      daemon,
      '--base-image',
      base,
      '--disk-size',
      '6G',
      '--store',
      join(directory, 'home', 'store'),
      '--work-folder',
      join(directory, 'home', 'work'),
      '--cache-folder',
      join(directory, 'home', 'cache'),
      '--report-folder',
      join(directory, 'home', 'report'),
      ...extra,
    ];
  }

  async function listTree(path: string): Promise<readonly string[]> {
    return (await readdir(path, { recursive: true })).sort();
  }

  /** Processes, whoever runs them, that name the test's directory. */
  async function findProcesses(): Promise<readonly string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
    const lines = await Promise.all(pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    return lines.filter((line) => line.includes(directory)).map((line) => line.replaceAll('\0', ' '));
  }

  test(
    'publishes a version that two clones have proven',
    async () => {
      const { code, stdout, stderr } = await start(buildArguments(daemons.v1, '--daemon-version', 'v1.0.0')).exited;
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      const report = JSON.parse(stdout) as { readonly outcome: string; readonly version: number };
      expect(report).toMatchObject({ outcome: 'published', version: 1 });
      const store = createDirectoryStore(join(directory, 'home', 'store'), { processes });
      const { manifest } = await getVersion('ubuntu-base', 1, store);
      expect(manifest.smoke).toMatchObject({
        health: { path: '/health', daemonVersion: 'v1.0.0' },
        clones: ['smoke-1', 'smoke-2'].map((name) => ({ hostname: name, sandboxId: name, failedUnits: [] })),
      });
      expect(manifest).toMatchObject({
        driver: 'inject',
        layout: 'flattened',
        compression: 'inherit',
        cloudHypervisor: { min: '50.0' },
      });
      expect(manifest.packages.length).toBeGreaterThan(100);
      const snapshots = join(directory, 'home', 'store', 'snapshots');
      await processes.run({ argv: ['sha256sum', '--check', '--strict', 'ubuntu-base.1.SHA256SUMS'], cwd: snapshots });
      await processes.run({ argv: ['qemu-img', 'check', '-f', 'qcow2', join(snapshots, 'ubuntu-base.1.qcow2')] });
      expect(await listTree(join(directory, 'home', 'work'))).toEqual([]);
      expect(await waitForNone(findProcesses)).toEqual([]);
    },
    bootWithinMs,
  );

  test(
    'does nothing if nothing changed, and reports that',
    async () => {
      const before = await listTree(join(directory, 'home', 'store'));
      const { code, stdout } = await start(buildArguments(daemons.v1, '--daemon-version', 'v1.0.0')).exited;
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({
        outcome: 'unchanged',
        version: 1,
        reason: 'Nothing changed: ubuntu-base.1 has the same base, daemon and settings',
      });
      expect(await listTree(join(directory, 'home', 'store'))).toEqual(
        [...before, 'snapshots/ubuntu-base.heartbeat.json'].sort(),
      );
    },
    bootWithinMs,
  );

  test(
    'a version by its number that is there already: nothing to do with the same content, refused with another',
    async () => {
      const before = await listTree(join(directory, 'home', 'store'));
      const same = await start(
        buildArguments(daemons.v1, '--daemon-version', 'v1.0.0', '--version', '1', '--if-unchanged', 'build'),
      ).exited;
      expect(same.code).toBe(3);
      expect(JSON.parse(same.stdout)).toMatchObject({
        outcome: 'unchanged',
        version: 1,
        reason: 'ubuntu-base.1 is already published, with the same base, daemon and settings',
      });
      const other = await start(buildArguments(daemons.v2, '--version', '1')).exited;
      expect({
        code: other.code,
        said: other.stderr.includes('version 1 of ubuntu-base is already published, with different content'),
      }).toEqual({ code: 1, said: true });
      expect(await listTree(join(directory, 'home', 'store'))).toEqual(before);
    },
    bootWithinMs,
  );

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'exits on %s during a boot, and leaves nothing behind',
    async (signal) => {
      const before = await listTree(join(directory, 'home', 'store'));
      const run = start(buildArguments(daemons.v2));
      await run.saw('kernel running');
      process.kill(run.pid, signal);
      const { code, stderr } = await run.exited;
      expect({ code, said: stderr.includes(`cancelled by ${signal}`) }).toEqual({ code: 130, said: true });
      expect(await waitForNone(findProcesses)).toEqual([]);
      expect(await listTree(join(directory, 'home', 'work'))).toEqual([]);
      expect(await listTree(join(directory, 'home', 'store'))).toEqual(before);
    },
    bootWithinMs,
  );

  test(
    'leaves one directory if it is killed, which the next run removes',
    async () => {
      const run = start(buildArguments(daemons.v2));
      await run.saw('kernel running');
      process.kill(run.pid, 'SIGKILL');
      await run.exited;
      expect(await waitForNone(findProcesses)).toEqual([]);
      const work = join(directory, 'home', 'work');
      expect((await readdir(work)).length).toBe(1);
      const store = createDirectoryStore(join(directory, 'home', 'store'), { processes });
      expect((await listVersions('ubuntu-base', store)).map(({ version }) => version)).toEqual([1]);
      const { code } = await start(buildArguments(daemons.v1, '--daemon-version', 'v1.0.0')).exited;
      expect({ code, work: await readdir(work) }).toEqual({ code: 3, work: [] });
    },
    bootWithinMs,
  );
});
