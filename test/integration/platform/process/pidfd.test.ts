import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalProcess } from '../../../../src/platform/process/pidfd.js';
import type { Processes } from '../../../../src/platform/process/processes.js';
import { identifyProcess, isAlive } from '../../../../src/platform/process/process-identity.js';
import { createTestProcesses } from '../../../fixtures/ports.js';

const ports = { processes: createTestProcesses() };
let directory: string;
let child: ChildProcess & { readonly pid: number };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pidfd-'));
  child = spawn('sleep', ['600'], { cwd: directory, stdio: 'ignore' }) as typeof child;
  await once(child, 'spawn');
});
afterEach(async () => {
  child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

test('the process that is meant gets the signal', async () => {
  const identity = await identifyProcess(child.pid);
  const ended = once(child, 'exit');
  expect(await signalProcess({ identity, directory: await stat(directory), signal: 9 }, ports)).toBe(true);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await signalProcess({ identity, directory: await stat(directory), signal: 9 }, ports)).toBe(false);
});

test('a process that came later to its number does not', async () => {
  const identity = await identifyProcess(child.pid);
  const earlier = { ...identity, startTicks: String(Number(identity.startTicks) - 1) };
  expect(await signalProcess({ identity: earlier, directory: await stat(directory), signal: 9 }, ports)).toBe(false);
  expect(await isAlive(identity)).toBe(true);
});

test('a process that works elsewhere does not', async () => {
  const identity = await identifyProcess(child.pid);
  await expect(signalProcess({ identity, directory: await stat('/'), signal: 9 }, ports)).rejects.toThrow(
    `process ${child.pid} was not signaled: its working directory is not the expected one`,
  );
  expect(await isAlive(identity)).toBe(true);
});

test('where nothing can be proven nothing is signalled', async () => {
  const identity = await identifyProcess(child.pid);
  // As on a kernel that has no pidfd: the program asks for a system call that no kernel has.
  const without: Processes = {
    ...ports.processes,
    run: async (command) =>
      ports.processes.run({
        ...command,
        argv: command.argv.map((word) => word.replace('syscall(434', 'syscall(4340')) as unknown as typeof command.argv,
      }),
  };
  await expect(
    signalProcess({ identity, directory: await stat(directory), signal: 9 }, { processes: without }),
  ).rejects.toMatchObject({
    message:
      `process ${child.pid} was not signaled: its identity cannot be verified: ` +
      'pidfd_open: Function not implemented',
    fix: `check what it is, then: kill -9 ${child.pid}`,
  });
  expect(await isAlive(identity)).toBe(true);
});
