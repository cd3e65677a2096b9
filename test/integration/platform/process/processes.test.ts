import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ToolError, CancelledError } from '../../../../src/platform/errors.js';
import { pathExists } from '../../../../src/platform/fs/files.js';
import { compileSources } from '../../../fixtures/compile-sources.js';
import { createTestProcesses } from '../../../fixtures/ports.js';

const processes = createTestProcesses();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-processes-'));
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** Polls, since a process ends a moment after it was told to. Jest ends a wait in vain. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 25));
}

async function readPid(path: string): Promise<number> {
  await waitFor(async () => (await readFile(path, 'utf8').catch(() => '')).endsWith('\n'));
  return Number(await readFile(path, 'utf8'));
}

describe('run', () => {
  test('collects both outputs and passes words as they are', async () => {
    const output = await processes.run({
      argv: ['sh', '-c', 'printf "%s|" "$@"; echo err >&2', 'sh', 'a b', '$(id)', ''],
    });
    expect(output).toEqual({ stdout: 'a b|$(id)||', stderr: 'err\n' });
  });

  test('writes standard input, and does not mind a program that leaves it unread', async () => {
    expect((await processes.run({ argv: ['cat'], input: 'x'.repeat(1_000_000) })).stdout.length).toBe(1_000_000);
    await processes.run({ argv: ['true'], input: 'x'.repeat(1_000_000) });
  });

  test('the exit code decides, whatever is on standard error', async () => {
    await processes.run({ argv: ['sh', '-c', 'echo error >&2'] });
    const failed = processes.run({ argv: ['sh', '-c', 'exit 7'] });
    await expect(failed).rejects.toMatchObject({
      name: 'ToolError',
      exitCode: 7,
      message: 'sh failed with exit code 7',
      evidence: [],
    });
  });

  test('a failure carries the last lines', async () => {
    await expect(processes.run({ argv: ['sh', '-c', 'seq 100 >&2; exit 1'] })).rejects.toMatchObject({
      evidence: Array.from({ length: 60 }, (_, index) => String(index + 41)),
    });
  });

  test('a program that is not installed is named with its package', async () => {
    const withoutPath = createTestProcesses();
    await expect(withoutPath.run({ argv: ['qemu-img'], env: { PATH: directory } })).rejects.toMatchObject({
      message: expect.stringMatching(/(setpriv|qemu-img) is not installed/),
      fix: expect.stringContaining('apt-get install'),
    });
    await expect(processes.run({ argv: ['no-such-program'] })).rejects.toMatchObject({
      message: 'no-such-program is not installed',
    });
  });

  test('ends what takes too long, with all its children', async () => {
    const pidFile = join(directory, 'pid');
    const hasChild = async (): Promise<boolean> => (await readFile(pidFile, 'utf8').catch(() => '')).endsWith('\n');
    // On a busy machine it may be stopped before it has a child.
    for (let seconds = 0.5; !(await hasChild()); seconds *= 2) {
      const late = processes.run({
        argv: ['sh', '-c', 'sleep 1000 & echo $! > "$1"; wait', 'sh', pidFile],
        timeoutMs: seconds * 1000,
      });
      await expect(late).rejects.toThrow(/^sh did not finish within \d+(\.\d+)? s and was stopped$/);
    }
    const pid = await readPid(pidFile);
    await waitFor(async () => !(await isRunning(pid)));
  });

  test('ends a program that ignores SIGTERM', async () => {
    await expect(
      processes.run({ argv: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'], timeoutMs: 200 }),
    ).rejects.toBeInstanceOf(ToolError);
  });

  test('a cancel ends it and throws the reason; nothing starts afterwards', async () => {
    const controller = new AbortController();
    const cancelled = createTestProcesses(controller.signal);
    const pidFile = join(directory, 'pid');
    const running = cancelled.run({ argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 1000', 'sh', pidFile] });
    const pid = await readPid(pidFile);
    const reason = new CancelledError('cancelled by SIGINT');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await isRunning(pid)).toBe(false);
    await expect(cancelled.run({ argv: ['touch', join(directory, 'late')] })).rejects.toBe(reason);
    expect(await pathExists(join(directory, 'late'))).toBe(false);
  });

  test('refuses to keep an endless output', async () => {
    await expect(processes.run({ argv: ['sh', '-c', 'head -c 70000000 /dev/zero | tr "\\0" a'] })).rejects.toThrow(
      'printed more than 64 MiB',
    );
    // It would go on for ever.
    await expect(processes.run({ argv: ['yes'] })).rejects.toThrow('yes printed more than 64 MiB');
  });
});

describe('stream', () => {
  test('hands out standard output', async () => {
    await expect(processes.stream({ argv: ['seq', '3'] }, text)).resolves.toBe('1\n2\n3\n');
  });

  test('a failing program fails it, also where its output was read in full', async () => {
    await expect(
      processes.stream({ argv: ['sh', '-c', 'echo half; echo why >&2; exit 3'] }, text),
    ).rejects.toMatchObject({ exitCode: 3, evidence: ['why'] });
  });

  test('a program that fails is the cause, not the reader that missed the rest', async () => {
    const cut = processes.stream({ argv: ['sh', '-c', 'echo half; exit 3'] }, async (stdout) => {
      throw new Error(`cut short: ${await text(stdout)}`);
    });
    await expect(cut).rejects.toMatchObject({ exitCode: 3 });
  });

  test('a reader that fails ends the program', async () => {
    const endless = processes.stream({ argv: ['yes'] }, async (stdout) => {
      for await (const chunk of stdout) throw new Error(`enough: ${String(chunk).length > 0}`);
    });
    await expect(endless).rejects.toThrow('enough: true');
  });

  test('a reader that fails is the cause, also where its leaving made the program fail', async () => {
    const failed = join(directory, 'failed');
    const script = 'trap "" PIPE; while echo y; do :; done 2>/dev/null; touch "$0"; exit 1';
    const left = processes.stream({ argv: ['sh', '-c', script, failed] }, async (stdout) => {
      stdout.destroy();
      await waitFor(async () => pathExists(failed));
      throw new Error('enough');
    });
    await expect(left).rejects.toThrow('enough');
  });
});

describe('start', () => {
  test('stops in order, and after the grace by force', async () => {
    const polite = await processes.start({
      argv: ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    await waitFor(async () => Promise.resolve(polite.tail().includes('ready')));
    expect(await polite.stop(60_000)).toEqual({ code: 0, signal: undefined });
    const stubborn = await processes.start({
      argv: ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    await waitFor(async () => Promise.resolve(stubborn.tail().includes('ready')));
    expect(await stubborn.stop(100)).toEqual({ code: undefined, signal: 'SIGKILL' });
  });

  test('asks again, where that is wanted, a program that does not hear the first time', async () => {
    const deaf = await processes.start({
      argv: ['sh', '-c', `trap "trap 'exit 0' TERM; echo deaf" TERM; echo ready; while :; do sleep 0.02; done`],
    });
    await waitFor(async () => Promise.resolve(deaf.tail().includes('ready')));
    expect(await deaf.stop(60_000, 20)).toEqual({ code: 0, signal: undefined });
    expect(deaf.tail()).toContain('deaf');
  });
});

/** A program that has our sources, for a plain node. */
async function writeProgram(body: string): Promise<string> {
  const compiled = join(directory, 'compiled');
  await compileSources(['test/fixtures/ports.ts'], compiled);
  const script = join(compiled, 'program.mjs');
  await writeFile(script, `import { createTestProcesses } from './test/fixtures/ports.js';\n${body}`);
  return script;
}

test('many at once are no reason for node to warn', async () => {
  const script = await writeProgram(`
    const processes = createTestProcesses();
    await Promise.all(Array.from({ length: 24 }, async () => processes.run({ argv: ['sleep', '0.2'] })));
  `);
  expect(await text(spawn(process.execPath, [script], { stdio: ['ignore', 'inherit', 'pipe'] }).stderr)).toBe('');
});

test('a started program is killed together with this process', async () => {
  const pidFile = join(directory, 'pid');
  const script = await writeProgram(`
    const script = 'echo $$ > "$1"; exec sleep 1000';
    const argv = ['sh', '-c', script, 'sh', ${JSON.stringify(pidFile)}];
    const child = await createTestProcesses().start({ argv });
    await child.exited;
  `);
  const parent = spawn(process.execPath, [script], { stdio: 'inherit' });
  const pid = await readPid(pidFile);
  expect(await isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await waitFor(async () => !(await isRunning(pid)));
});

test('a program that starts after this process was killed does nothing', async () => {
  const [bin, begun, done] = [join(directory, 'slow'), join(directory, 'begun'), join(directory, 'done')];
  await mkdir(bin);
  // As on a busy machine: this process dies before the parent-death signal is set. Field 4 of proc_pid_stat(5) is the
  // parent.
  const untilOrphaned = 'until [ "$(cut -d " " -f 4 /proc/$$/stat)" != "$PPID" ]; do sleep 0.05; done';
  await writeFile(
    join(bin, 'setpriv'),
    `#!/bin/sh\necho $$ > '${begun}'\n${untilOrphaned}\nexec /usr/bin/setpriv "$@"\n`,
    { mode: 0o755 },
  );
  const script = await writeProgram(`
    process.env['PATH'] = ${JSON.stringify(bin)} + ':' + process.env['PATH'];
    const script = 'echo done > "$1"; exec sleep 1000';
    await createTestProcesses().run({ argv: ['sh', '-c', script, 'sh', ${JSON.stringify(done)}] });
  `);
  const parent = spawn(process.execPath, [script], { stdio: 'inherit' });
  const pid = await readPid(begun);
  parent.kill('SIGKILL');
  await waitFor(async () => !(await isRunning(pid)));
  expect(await pathExists(done)).toBe(false);
});
