import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Processes } from '../../../../src/platform/process/processes.js';
import { identifyProcess, isAlive } from '../../../../src/platform/process/process-identity.js';
import { removeDeadRuns, withRunDirectory } from '../../../../src/platform/fs/run-directory.js';
import { plainUid } from '../../../fixtures/plain-user.js';
import { createTestProcesses } from '../../../fixtures/ports.js';

const testAsRoot = process.getuid?.() === 0 ? test : test.skip;
const processes = createTestProcesses();
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ch-golden-runs-'));
});
afterEach(async () => rm(root, { recursive: true, force: true }));

/** What a run has left that was killed at its work. */
async function makeRun(name: string): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  await writeFile(join(directory, 'owner'), '1\n');
  await writeFile(join(directory, 'overlay.qcow2'), 'data', { mode: 0o444 });
  return directory;
}

test('a run has a directory of its own while it lasts, and a sibling leaves it alone', async () => {
  const result = await withRunDirectory(root, { processes }, async (directory) => {
    await writeFile(join(directory, 'file'), 'x');
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await removeDeadRuns(root, { processes })).toEqual([]);
    await withRunDirectory(root, { processes }, async () => expect(await readdir(root)).toHaveLength(2));
    expect(await readdir(directory)).toContain('file');
    return 'result';
  });
  expect(result).toBe('result');
  expect(await readdir(root)).toEqual([]);
});

test('it goes when the work fails, too', async () => {
  await expect(withRunDirectory(root, { processes }, async () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  );
  expect(await readdir(root)).toEqual([]);
});

test('the next run removes what dead runs left, and never what just starts or is no run', async () => {
  await makeRun('run-dead');
  await makeRun('not-a-run');
  await mkdir(join(root, 'run-just-starting'));
  await mkdir(join(root, 'run-started-long-ago'));
  await utimes(join(root, 'run-started-long-ago'), 1, 1);
  await writeFile(join(root, 'run-file'), '');
  await symlink('not-a-run', join(root, 'run-link'));
  expect([...(await removeDeadRuns(root, { processes }))].sort()).toEqual(['run-dead', 'run-started-long-ago']);
  expect((await readdir(root)).sort()).toEqual(['not-a-run', 'run-file', 'run-just-starting', 'run-link']);
  expect(await removeDeadRuns(join(root, 'nowhere'), { processes })).toEqual([]);
});

test('a run of another container lives as long as its process, which cannot be seen from here', async () => {
  const directory = await makeRun('run-elsewhere');
  const elsewhere = spawn(
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--pid',
      '--fork',
      'flock',
      '--no-fork',
      directory,
      'sh',
      '-c',
      'echo held; exec cat',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(elsewhere.stdout, 'data');
  expect(await removeDeadRuns(root, { processes })).toEqual([]);
  elsewhere.stdin.end();
  await once(elsewhere, 'exit');
  expect(await removeDeadRuns(root, { processes })).toEqual(['run-elsewhere']);
});

test('a sibling that looks before the run has its lock does no harm', async () => {
  const looked: (readonly string[])[] = [];
  const lookFirst: Processes = {
    ...processes,
    run: async (command) => {
      looked.push(await removeDeadRuns(root, { processes }));
      return processes.run(command);
    },
  };
  await withRunDirectory(root, { processes: lookFirst }, async (directory) =>
    expect(await readdir(directory)).toEqual(['owner']),
  );
  expect(looked).toEqual([[]]);
});

testAsRoot("what another user's run has left is that user's to remove", async () => {
  await chown(await makeRun('run-of-another'), plainUid, plainUid);
  expect(await removeDeadRuns(root, { processes })).toEqual([]);
});

test('a process is told from another one with the same id', async () => {
  const identity = await identifyProcess(process.pid);
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startTicks: String(Number(identity.startTicks) + 1) })).toBe(false);
});
