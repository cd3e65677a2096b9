import { cp, mkdir, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildDaemon } from '../../../src/daemon/build-daemon.js';
import type { Daemon } from '../../../src/daemon/daemon.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { fixture, makeNxWorkspace } from './nx-workspace.js';
import { useScratchDirectories } from './scratch.js';

const ports = { processes: createTestProcesses(), log: silentLog };
const newDirectory = useScratchDirectories();
/** Ends a hang; a busy machine may be slow. */
const limit = 600_000;

async function newWorkspace(): Promise<string> {
  const directory = join(await newDirectory(), 'workspace');
  await makeNxWorkspace(directory);
  return directory;
}

async function build(source: string): Promise<Daemon> {
  return buildDaemon({ builder: 'nx', source, outputDirectory: await newDirectory() }, ports);
}

async function replaceIn(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const replaced = text.replace(from, () => to);
  expect(replaced).not.toBe(text);
  await writeFile(path, replaced);
}

async function print(daemon: Daemon): Promise<string> {
  return (await ports.processes.run({ argv: [daemon.path] })).stdout.trim();
}

/** Processes that nx left behind: those that run in the workspace. */
async function processesIn(directory: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map(async (pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_pid, index) => places[index]?.startsWith(directory));
}

const stale = async (workspace: string, output: string): Promise<void> => {
  await mkdir(join(workspace, output, '..'), { recursive: true });
  await cp('/bin/true', join(workspace, output));
};

beforeAll(async () => newWorkspace(), 30 * 60_000);

describe('an nx workspace', () => {
  test(
    'builds the daemon, again from the cache of nx, and once more when its source changed',
    async () => {
      const workspace = await newWorkspace();
      const first = await build(workspace);
      expect(await print(first)).toBe('version 7.7.7');
      expect(first).toMatchObject({ modules: [{ path: 'ch-golden.example/nx-daemon', version: '(devel)' }] });
      expect((await build(workspace)).sha256).toBe(first.sha256);
      await replaceIn(join(workspace, 'apps/daemon/cmd/daemon/main.go'), '"version"', '"changed"');
      expect(await print(await build(workspace))).toBe('changed 7.7.7');
      expect(await processesIn(workspace)).toEqual([]);
    },
    limit,
  );

  test(
    'can write to dist/apps/daemon-amd64; an old file at the other path is not used',
    async () => {
      const workspace = await newWorkspace();
      await stale(workspace, 'dist/apps/daemon/daemon-amd64');
      await replaceIn(
        join(workspace, 'apps/daemon/project.json'),
        '-o ../../dist/apps/daemon/daemon-amd64',
        '-o ../../dist/apps/daemon-amd64',
      );
      expect(await print(await build(workspace))).toBe('version 7.7.7');
    },
    limit,
  );
});

describe('is rejected with the reason:', () => {
  test.each(['dist/apps/daemon/daemon-amd64', 'dist/apps/daemon-amd64'])(
    'an old %s if the build wrote none',
    async (output) => {
      const workspace = await newWorkspace();
      await stale(workspace, output);
      await replaceIn(join(workspace, 'apps/daemon/project.json'), /"command": ".*"/, '"command": "true"');
      await expect(build(workspace)).rejects.toMatchObject({
        message:
          `the nx build in "${workspace}" did not write ` + 'dist/apps/daemon/daemon-amd64 or dist/apps/daemon-amd64',
      });
    },
    limit,
  );

  test(
    'code that does not compile',
    async () => {
      const workspace = await newWorkspace();
      await replaceIn(
        join(workspace, 'apps/daemon/cmd/daemon/main.go'),
        'fmt.Println("version", version)',
        'undefinedCall()',
      );
      const failure = await build(workspace).catch((error: unknown) => error);
      expect(failure).toMatchObject({ message: `nx failed to build the daemon in "${workspace}"` });
      expect((failure as { evidence: readonly string[] }).evidence.join('\n')).toMatch(
        /main\.go:\d+:\d+: undefined: undefinedCall/,
      );
    },
    limit,
  );

  test(
    'a binary for another machine',
    async () => {
      const workspace = await newWorkspace();
      await replaceIn(join(workspace, 'apps/daemon/project.json'), '"GOARCH": "amd64"', '"GOARCH": "arm64"');
      await expect(build(workspace)).rejects.toThrow(
        `daemon built by nx in "${workspace}" is built for arm64 (x86-64 required)`,
      );
    },
    limit,
  );

  test(
    'nx that is not installed: nothing is fetched',
    async () => {
      const workspace = join(await newDirectory(), 'workspace');
      await cp(fixture, workspace, { recursive: true });
      await expect(build(workspace)).rejects.toMatchObject({
        message: `nx is not installed in "${workspace}"`,
        fix: `npm ci (or yarn install) in ${workspace}`,
      });
      expect(await readdir(workspace)).not.toContain('node_modules');
    },
    limit,
  );

  test(
    'no daemon in the workspace',
    async () => {
      const workspace = await newWorkspace();
      await rm(join(workspace, 'apps'), { recursive: true });
      const failure = await build(workspace).catch((error: unknown) => error);
      expect(failure).toMatchObject({ message: `nx failed to build the daemon in "${workspace}"` });
      expect((failure as { evidence: readonly string[] }).evidence.join('\n')).toMatch(/daemon/);
    },
    limit,
  );
});
