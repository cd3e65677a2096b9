import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isAlive, removeDeadRuns, withRunFolder } from '../../../src/platform/run-folder.js';

let root: string;
beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'ch-golden-runs-')); });
afterEach(async () => rm(root, { recursive: true, force: true }));

async function makeRun(name: string, owner: unknown): Promise<void> {
  await mkdir(join(root, name));
  await writeFile(join(root, name, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
  await writeFile(join(root, name, 'overlay.qcow2'), 'data', { mode: 0o444 });
}

test('a run has a folder of its own while it lasts', async () => {
  const result = await withRunFolder(root, async (folder) => {
    await writeFile(join(folder, 'file'), 'x');
    expect(JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    return 'result';
  });
  expect(result).toBe('result');
  expect(await readdir(root)).toEqual([]);
});

test('it goes when the work fails, too', async () => {
  await expect(withRunFolder(root, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(root)).toEqual([]);
});

test('the next run removes what dead runs left, and never a live sibling or what is not ours', async () => {
  const alive = await identifyProcess(process.pid);
  await makeRun('run-dead', { ...alive, pid: 2 ** 22 - 1 });
  await makeRun('run-other-process-with-that-pid', { ...alive, startTicks: '1' });
  await makeRun('run-before-the-last-boot', { ...alive, bootId: 'another' });
  await makeRun('run-garbled-long-ago', '{"pid":');
  await utimes(join(root, 'run-garbled-long-ago'), 1, 1);
  await makeRun('run-that-writes-its-name', '');
  await makeRun('run-alive', alive);
  await makeRun('not-a-run', { ...alive, pid: 2 ** 22 - 1 });
  await mkdir(join(root, 'run-just-starting'));
  await mkdir(join(root, 'run-started-long-ago'));
  await utimes(join(root, 'run-started-long-ago'), 1, 1);
  expect([...await removeDeadRuns(root)].sort()).toEqual(['run-before-the-last-boot', 'run-dead', 'run-garbled-long-ago', 'run-other-process-with-that-pid', 'run-started-long-ago']);
  expect((await readdir(root)).sort()).toEqual(['not-a-run', 'run-alive', 'run-just-starting', 'run-that-writes-its-name']);
});

test('a process is told from another one with the same id', async () => {
  const identity = await identifyProcess(process.pid);
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startTicks: String(Number(identity.startTicks) + 1) })).toBe(false);
});
