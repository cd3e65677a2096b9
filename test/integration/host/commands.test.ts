import { afterEach, beforeAll, beforeEach, afterAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { recordHeartbeat } from '../../../src/store/heartbeat.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

let compiled: string;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let store: ObjectStore;

beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'host-commands-'));
  await compileSources(['src'], compiled);
});
afterAll(async () => rm(compiled, { recursive: true }));
beforeEach(async () => {
  directory = await makeTestDirectory('commands');
  root = join(directory.path, 'host');
  store = createDirectoryStore(join(directory.path, 'store'), { processes: createTestProcesses() });
  for (const daysAgo of [2, 1])
    await publishTestVersion(store, { created: new Date(Date.now() - daysAgo * 24 * 3_600_000) });
});
afterEach(async () => directory.remove());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  entry: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--', join(compiled, `src/entry/${entry}.js`), ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  const [stdout, stderr, closed] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: closed[0] as number, stdout, stderr };
}

const cli = async (...words: readonly string[]): Promise<Ended> => run('cli', [...words, '--root', root]);
const pull = async (...words: readonly string[]): Promise<Ended> =>
  cli('pull', ...words, '--store', join(directory.path, 'store'));

test('the life of a host', async () => {
  const envFile = join(directory.path, 'golden.env');
  const first = await pull('1', '--env-file', envFile);
  expect(first).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/Switched to ubuntu-base\.1: fetched \d.*, reused .*, in /),
  });
  expect(first.stdout).toMatch(/^in use +ubuntu-base\.1$/m);
  expect(first.stdout).toContain(`${root}/kernels/vmlinuz-6.8.0-90-generic`);
  expect(first.stdout).toContain('path=disk.qcow2,image_type=qcow2,backing_files=on,num_queues=1');
  expect(await readFile(envFile, 'utf8')).toContain('CH_GOLDEN_VERSION="ubuntu-base.1"');

  expect(await pull('--env-file', envFile)).toMatchObject({ code: 0 });
  expect(await readFile(envFile, 'utf8')).toContain('CH_GOLDEN_VERSION="ubuntu-base.2"');
  const again = await pull('--json');
  expect(again.code).toBe(3);
  expect(JSON.parse(again.stdout)).toMatchObject({
    version: 2,
    changed: false,
    fetchedBytes: 0,
    launchArguments: expect.arrayContaining(['--kernel']),
  });

  expect((await cli('host', 'list')).stdout).toMatch(
    /^ubuntu-base\.2 +current, built .*\nubuntu-base\.1 +previous, built /,
  );
  expect(await cli('host', 'rollback', '--env-file', envFile)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^left +ubuntu-base\.2$/m),
  });
  expect(await readFile(envFile, 'utf8')).toContain('CH_GOLDEN_VERSION="ubuntu-base.1"');
  expect(await pull()).toMatchObject({ code: 3, stdout: expect.stringMatching(/held back +ubuntu-base\.2/) });

  expect((await cli('host', 'prune')).stdout).toMatch(
    /keeps ubuntu-base\.1: in use\nwould remove ubuntu-base\.2\n(.*\n)+would free .* "ch-golden host prune --yes"\)/,
  );
  expect((await cli('host', 'prune', '--yes')).stdout).toContain('removed ubuntu-base.2\n');
  expect(await cli('host', 'verify')).toMatchObject({ code: 0, stdout: 'ubuntu-base.1 matches its manifest\n' });
  await writeFile(join(root, 'kernels/vmlinuz-6.8.0-90-generic'), 'damaged');
  expect(await cli('host', 'verify')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/has 7 bytes, expected 3000\nFix: ch-golden pull 1 --verify/),
  });
  expect(await pull('1', '--verify')).toMatchObject({ code: 0 });
  expect(await cli('host', 'verify')).toMatchObject({ code: 0 });
});

test('a version that is too old is in use, and a failure', async () => {
  expect(await pull('--max-age', '36h')).toMatchObject({ code: 0 });
  const old = await pull('--max-age', '12h');
  expect(old).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      new RegExp(
        'latest of ubuntu-base was built 1\\.0 days ago, at .*, and no run has found it current since then ' +
          '\\(limit: 0\\.5 days\\)',
      ),
    ),
  });
  expect((await cli('host', 'list')).stdout).toMatch(/^ubuntu-base\.2 +current/);
});

test('a version is as old as the last run that found it to be current', async () => {
  const hoursAgo = (hours: number): Clock => ({ ...systemClock, now: () => Date.now() - hours * 3_600_000 });
  await recordHeartbeat({ image: 'ubuntu-base', version: 1, owner: 'run-1' }, { store, clock: hoursAgo(1) });
  expect(await pull('--max-age', '12h')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no run has found it current'),
  });
  await recordHeartbeat({ image: 'ubuntu-base', version: 2, owner: 'run-2' }, { store, clock: hoursAgo(18) });
  expect(await pull('--max-age', '12h')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('current was 0.8 days ago'),
  });
  await recordHeartbeat({ image: 'ubuntu-base', version: 2, owner: 'run-3' }, { store, clock: hoursAgo(1) });
  expect(await pull('--max-age', '12h')).toMatchObject({ code: 3 });
  expect(await pull('1', '--max-age', '12h')).toMatchObject({ code: 1 });
});

test('a heartbeat that is ahead of this host is not believed', async () => {
  const ahead: Clock = { ...systemClock, now: () => Date.now() + 3 * 3_600_000 };
  await recordHeartbeat({ image: 'ubuntu-base', version: 2, owner: 'run-1' }, { store, clock: ahead });
  expect(await pull('--max-age', '12h')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      new RegExp(
        'latest of ubuntu-base was built 1\\.0 days ago, at .*, and the last run that found it current ' +
          "was at .*, which is ahead of this host's clock and does not count",
      ),
    ),
  });
});

const revoke = async (version: number): Promise<void> => {
  await changeChannels(
    {
      image: 'ubuntu-base',
      owner: 'tester',
      operation: { operation: 'revoke', which: { version }, reason: 'leaks a key' },
    },
    { store, clock: systemClock },
  );
};
const indexPath = (): string => join(directory.path, 'store/snapshots/ubuntu-base.index.json');
const failure = (stderr: string): string => stderr.split('\n').find((line) => line.startsWith('ch-golden: ')) ?? '';

test('an old index is one line and exit code 1, and host forget is the way out', async () => {
  const old = await readFile(indexPath());
  await revoke(1);
  expect(await pull()).toMatchObject({ code: 0 });
  await rm(indexPath());
  await writeFile(indexPath(), old);
  const replayed = await pull();
  expect(replayed).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('host forget --store file:///'),
  });
  expect(failure(replayed.stderr)).toMatch(
    /ubuntu-base\.index\.json went back from generation 3 to 2: an old copy of the index, or a restored bucket$/,
  );
  expect((await pull('1')).code).toBe(1);

  expect(await cli('host', 'forget', '--store', '/srv/other')).toMatchObject({
    code: 3,
    stdout: `nothing to forget about ubuntu-base in ${root}\n`,
  });
  const [, command = ''] = /Fix: .*(host forget --store \S+)$/m.exec(replayed.stderr) ?? [];
  expect(await cli(...command.split(' '))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(
        '^forgot generation 3 of file:.*index\\.json\n' +
          'forgot that file:.*index\\.json reported ubuntu-base\\.1 as revoked: leaks a key\n$',
      ),
    ),
  });
  expect(await pull()).toMatchObject({ code: 3 });
  expect(await cli('host', 'forget')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^forgot generation 2 of file:[^\n]*\n$/),
  });
  const nothing = await cli('host', 'forget', '--json');
  expect([nothing.code, JSON.parse(nothing.stdout)]).toEqual([3, { stores: [], revoked: [] }]);
  expect(await run('cli', ['host', 'forget', '--root', join(directory.path, 'none')])).toMatchObject({ code: 3 });
});

test('a revoked version is marked, and no way back', async () => {
  for (const version of ['1', '2']) await pull(version);
  await revoke(1);
  expect(await pull()).toMatchObject({ code: 3 });
  expect((await cli('host', 'list')).stdout).toMatch(
    /^ubuntu-base\.2 +current, built .*\nubuntu-base\.1 +REVOKED: leaks a key, built /,
  );
  expect((await cli('host', 'verify')).stdout).toBe(
    'ubuntu-base.2 matches its manifest\nubuntu-base.1 matches its manifest\nubuntu-base.1 is ' +
      'REVOKED: leaks a key\n',
  );
  const refused = await cli('host', 'rollback');
  expect([refused.code, failure(refused.stderr)]).toEqual([
    1,
    'ch-golden: every complete version of ubuntu-base before 2 on this host is revoked: 1 (leaks a key)',
  ]);
  expect((await pull('1')).code).toBe(1);

  expect(await cli('host', 'rollback', '--allow-revoked')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^REVOKED +leaks a key$/m),
    stderr: expect.stringContaining(
      'REVOKED: ubuntu-base.1 must not be used: leaks a key. Used because of --allow-revoked',
    ),
  });
  const envFile = join(directory.path, 'golden.env');
  const held = await pull('--env-file', envFile);
  expect([held.code, failure(held.stderr)]).toEqual([
    1,
    'ch-golden: ubuntu-base.1 is in use on this host and is revoked: leaks a key',
  ]);
  expect(held.stderr).toContain('Fix: ch-golden pull 2\n');
  expect(await readFile(envFile, 'utf8')).toContain('CH_GOLDEN_VERSION="ubuntu-base.1"');
  const allowed = await pull('--allow-revoked', '--json');
  expect([allowed.code, JSON.parse(allowed.stdout)]).toMatchObject([
    3,
    { version: 1, heldBack: 2, revoked: 'leaks a key' },
  ]);
  expect(await pull('1', '--allow-revoked')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('REVOKED: ubuntu-base.1 must not be used'),
  });
});

test('wrong use and missing things are one line, and no stack', async () => {
  expect(await cli('pull')).toMatchObject({ code: 2, stderr: expect.stringContaining('store is empty') });
  expect(await cli('host', 'rollback')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no version was pulled into'),
  });
  expect(await cli('host', 'list')).toMatchObject({ code: 0, stdout: `no version of ubuntu-base in ${root}\n` });
  await writeFile(root, 'a file');
  const blocked = await pull();
  expect(blocked).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`cannot create directories in ${root}`),
  });
  expect(blocked.stderr).not.toContain('    at ');
});

test('the launcher keeps its flags from node, also through a link', async () => {
  const at = (path: string): string => join(directory.path, path);
  for (const path of ['bin', 'dist/cli', 'local/bin']) await mkdir(at(path), { recursive: true });
  for (const name of ['bin/ch-golden', 'bin/require-node.cjs'])
    await copyFile(join(import.meta.dirname, '../../..', name), at(name));
  await writeFile(at('dist/cli/index.js'), 'console.log(JSON.stringify(process.argv.slice(2)))');
  await symlink('../../bin/ch-golden', at('local/bin/ch-golden'));
  const { stdout } = await createTestProcesses().run({
    argv: [at('local/bin/ch-golden'), 'pull', '--env-file', at('none'), 'a b'],
  });
  expect(JSON.parse(stdout)).toEqual(['pull', '--env-file', at('none'), 'a b']);
});

describe('the action', () => {
  const act = async (inputs: Readonly<Record<string, string>>): Promise<Ended & { readonly outputs: string }> => {
    const outputs = join(directory.path, 'outputs');
    await writeFile(outputs, '');
    const given = Object.fromEntries(
      Object.entries({ root, store: join(directory.path, 'store'), ...inputs }).map(([name, value]) => [
        `INPUT_${name.toUpperCase()}`,
        value,
      ]),
    );
    const ended = await run('pull', [], { ...given, GITHUB_OUTPUT: outputs });
    return { ...ended, outputs: await readFile(outputs, 'utf8') };
  };

  test('sets its outputs', async () => {
    const { code, outputs } = await act({});
    expect(code).toBe(0);
    for (const [name, value] of [
      ['version', '2'],
      ['changed', 'true'],
      ['image-path', `${root}/snapshots/ubuntu-base.2.qcow2`],
      ['ch-kernel-path', `${root}/kernels/vmlinuz-6.8.0-90-generic`],
    ] as const) {
      expect(outputs).toMatch(
        new RegExp(`^${name}<<(\\S+)\\n${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\n\\1$`, 'm'),
      );
    }
    expect((await act({})).outputs).toContain('\nfalse\n');
  });

  test('fails the job, with its outputs set where the version is only too old', async () => {
    const { code, stdout, outputs } = await act({ 'max-age': '1h' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/::error::latest of ubuntu-base was built 1\.0 days ago/);
    expect(outputs).toContain('ubuntu-base.2.qcow2');
    expect(await act({ version: '9' })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('::error::version 9 of ubuntu-base is not live'),
      outputs: '',
    });
  });

  test('fails the job where the host is left on a revoked version, with its outputs set', async () => {
    for (const version of ['1', '2']) expect(await act({ version })).toMatchObject({ code: 0 });
    expect(await cli('host', 'rollback')).toMatchObject({ code: 0 });
    await revoke(1);
    const held = await act({});
    expect(held).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('::error::ubuntu-base.1 is in use on this host and is revoked: leaks a key'),
    });
    expect(held.outputs).toContain('ubuntu-base.1.qcow2');
    expect(await act({ version: '1' })).toMatchObject({ code: 1, outputs: '' });
    expect(await act({ version: '1', 'allow-revoked': 'true' })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^::warning .*::REVOKED: ubuntu-base\.1 must not be used/m),
    });
  });
});
