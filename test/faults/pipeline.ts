import { expect } from '@jest/globals';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { compileSources } from '../fixtures/compile-sources.js';
import { waitForNothingLeft } from '../fixtures/left-behind.js';
import { listFiles } from '../fixtures/list-files.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { makeElf } from '../unit/daemon/elf-file.js';
import { watchMemory } from './tree-memory.js';

/** Inputs by their names, for flags of the CLI. */
export type Inputs = Readonly<Record<string, string>>;

/** The result of a run of the CLI. */
export interface RunResult {
  /** Undefined if it had to be killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The peak memory of all its processes together, in MiB. */
  readonly peakMiB: number;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that starts the program, such as nsenter(1). */
  readonly prefix?: readonly string[];
  /** Options of node. */
  readonly node?: readonly string[];
}

/** The CLI, compiled from the current sources and run in a separate process. */
export interface Pipeline {
  readonly directory: string;
  readonly entry: (name: string) => string;
  cli(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * `ch-golden build` of a prebuilt daemon, without a smoke test, in the directories `work`, `cache` and `store` of
   * `place`.
   */
  build(place: string, inputs: Inputs, options?: RunOptions): Promise<RunResult>;
  /** An empty directory for one case. */
  createPlace(): Promise<string>;
  remove(): Promise<void>;
}

/** Ends a hang. A rejection takes about a second, and never this long. */
const hangMs = 500_000;

export async function createPipeline(name: string): Promise<Pipeline> {
  const { path: directory, remove } = await makeTestDirectory(name);
  const program = join(directory, 'program');
  const daemon = join(directory, 'daemon');
  await compileSources(['src'], program);
  await writeFile(daemon, makeElf(), { mode: 0o755 });
  const entry = (entryName: string): string => join(program, 'src/entry', `${entryName}.js`);
  const cli: Pipeline['cli'] = async (args, { prefix = [], node = [], environment = {} } = {}) =>
    runCommand([...prefix, process.execPath, ...node, '--', entry('cli'), ...args], {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      ...environment,
    });
  let places = 0;
  return {
    directory,
    entry,
    cli,
    remove,
    build: async (place, inputs, options) =>
      cli(['build', ...toFlags({ ...usualInputs(place, daemon), ...inputs })], options),
    createPlace: async () => {
      // No path is the prefix of another, because processes are identified by these paths.
      const place = join(directory, `case-${String(++places).padStart(3, '0')}`);
      await mkdir(place);
      return place;
    },
  };
}

function usualInputs(place: string, daemon: string): Inputs {
  return {
    'daemon-builder': 'prebuilt',
    'daemon-binary': daemon,
    'disk-size': '128M',
    smoke: 'false',
    store: join(place, 'store'),
    'cache-folder': join(place, 'cache'),
    'work-folder': join(place, 'work'),
  };
}

/** A value can start with a dash, so it is in one argument with its flag. */
export function toFlags(inputs: Inputs): readonly string[] {
  return Object.entries(inputs).map(([name, value]) => `--${name}=${value}`);
}

async function runCommand(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunResult> {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const memory = watchMemory(child.pid ?? 0);
  const timer = setTimeout(() => child.kill('SIGKILL'), hangMs);
  const [stdout, stderr, closed] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  clearTimeout(timer);
  return { code: (closed[0] as number | null) ?? undefined, stdout, stderr, peakMiB: memory.stop() };
}

/** Expects what rejected runs have in common: a reason in one line, a fix if one is given, and no stack. */
export function expectRejection({ code, stdout, stderr }: RunResult, message: RegExp, fix?: RegExp): void {
  const lines = stderr.split('\n');
  const [reason, ...more] = lines.filter((line) => line.startsWith('ch-golden: '));
  expect({ code, reason: reason ?? stderr }).toEqual({
    code: expect.any(Number),
    reason: expect.stringMatching(message),
  });
  expect([0, 3]).not.toContain(code);
  expect(more).toEqual([]);
  expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  // Users must not see Node's warnings, which are for developers.
  expect(stderr).not.toContain('(node:');
  expect(stdout).toBe('');
  if (fix !== undefined) expect(lines.filter((line) => line.startsWith('  Fix: ')).join('\n')).toMatch(fix);
}

/** Expects that nothing of the run is left: no process, mount, loop device or file, and no version in the store. */
export async function expectNothingLeft(place: string): Promise<void> {
  expect(await waitForNothingLeft(place)).toEqual([]);
  expect(await listFiles(join(place, 'work'))).toEqual([]);
  // An interrupted download stays, because the next run resumes it.
  expect((await listFiles(join(place, 'cache'))).filter((name) => name.startsWith('work/'))).toEqual([]);
  // The lock of all swaps stays in a store: see createDirectoryStore.
  expect((await listFiles(join(place, 'store'))).filter((name) => name !== '.locks/swap')).toEqual([]);
}
