import { cp, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildDaemon, type DaemonRequest } from '../../../src/daemon/build-daemon.js';
import type { Daemon } from '../../../src/daemon/daemon.js';
import { sha256OfFile } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { useScratchDirectories, writeTree } from './scratch.js';

const example = join(import.meta.dirname, '../../../examples/daemon');
const ports = { processes: createTestProcesses(), log: silentLog };
const newDirectory = useScratchDirectories();
const limit = 120_000;

async function build(source: string, more: Partial<Extract<DaemonRequest, { builder: 'go' }>> = {}): Promise<Daemon> {
  return buildDaemon(
    { builder: 'go', source, packagePath: './cmd/daemon', outputDirectory: join(await newDirectory(), 'out'), ...more },
    ports,
  );
}

async function newModule(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await newDirectory();
  await writeTree(directory, { 'go.mod': 'module ch-golden.example/broken\n\ngo 1.21\n', ...files });
  return directory;
}

/** Starts the daemon, requests its version, and stops it. */
async function requestVersion(daemon: Daemon): Promise<unknown> {
  let onAddress: (port: string) => void;
  const address = new Promise<string>((resolve) => {
    onAddress = resolve;
  });
  const running = await ports.processes.start({
    argv: [daemon.path],
    env: { DAYTONA_SANDBOX_ID: 'test', TOOLBOX_API_PORT: '0' },
    onLine: (line) => {
      const port = /listens on .*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) onAddress(port);
    },
  });
  try {
    const port = await Promise.race([
      address,
      running.exited.then((exit) => {
        throw new Error(`ended: ${JSON.stringify(exit)} ${running.tail().join()}`);
      }),
    ]);
    return await (await fetch(`http://127.0.0.1:${port}/version`)).json();
  } finally {
    expect(await running.stop()).toEqual({ code: 0, signal: undefined });
  }
}

describe('the example daemon', () => {
  test(
    'is built, checked, stamped, and reports the stamp',
    async () => {
      const daemon = await build(example, { version: 'v1.2.3-test', versionVariable: 'main.version' });
      expect(daemon).toEqual({
        path: expect.stringMatching(/\/out\/daemon-amd64$/),
        size: (await stat(daemon.path)).size,
        sha256: await sha256OfFile(daemon.path),
        version: 'v1.2.3-test',
        goVersion: expect.stringMatching(/^go1\./),
        modules: [{ path: 'ch-golden.example/daemon', version: '(devel)' }],
      });
      expect((await stat(daemon.path)).mode & 0o777).toBe(0o755);
      expect(await readdir(join(daemon.path, '..'))).toEqual(['daemon-amd64']);
      expect(await requestVersion(daemon)).toEqual({ version: 'v1.2.3-test' });
    },
    limit,
  );

  test(
    'has the same bytes from two directories, and different bytes with a different version',
    async () => {
      const copy = join(await newDirectory(), 'elsewhere');
      await cp(example, copy, { recursive: true });
      const stamp = { version: 'v1', versionVariable: 'main.version' };
      const [here, there, other] = [
        await build(example, stamp),
        await build(copy, stamp),
        await build(copy, { ...stamp, version: 'v2' }),
      ];
      expect(there.sha256).toBe(here.sha256);
      expect(other.sha256).not.toBe(here.sha256);
      expect(await readdir(copy, { recursive: true })).toEqual(await readdir(example, { recursive: true }));
    },
    limit,
  );

  test(
    'passes its own tests',
    async () => {
      await ports.processes.run({ argv: ['go', 'vet', './...'], cwd: example });
      await ports.processes.run({ argv: ['go', 'test', './...'], cwd: example });
    },
    limit,
  );
});

test(
  'a workspace above its modules, a replaced module, and a variable in a package with dots in its name',
  async () => {
    const directory = await newDirectory();
    await writeTree(directory, {
      'go.work': 'go 1.21\n\nuse ./app\n',
      'app/go.mod':
        'module ch-golden.example/app\n\ngo 1.21\n\nrequire ch-golden.example/info.v3 v0.3.0\n\n' +
        'replace ch-golden.example/info.v3 v0.3.0 => ../info\n',
      'app/cmd/daemon/main.go':
        'package main\n\nimport info "ch-golden.example/info.v3"\n\nfunc main() { println(info.Version) }\n',
      'info/go.mod': 'module ch-golden.example/info.v3\n\ngo 1.21\n',
      'info/info.go': 'package info\n\nvar Version = "dev"\n',
    });
    const daemon = await build(directory, {
      packagePath: './app/cmd/daemon',
      version: 'v7',
      versionVariable: 'ch-golden.example/info.v3.Version',
    });
    expect(daemon.modules).toEqual([
      { path: 'ch-golden.example/app', version: '(devel)' },
      { path: 'ch-golden.example/info.v3', version: '(devel)' },
    ]);
    const { stderr } = await ports.processes.run({ argv: [daemon.path] });
    expect(stderr.trim()).toBe('v7');
    expect((await readFile(daemon.path)).includes(directory)).toBe(false);
  },
  limit,
);

describe('is rejected with the reason:', () => {
  test(
    'code that does not compile',
    async () => {
      const source = await newModule({ 'cmd/daemon/main.go': 'package main\n\nfunc main() { undefinedCall() }\n' });
      await expect(build(source)).rejects.toMatchObject({
        message: `go build ./cmd/daemon in "${source}" failed`,
        evidence: ['# ch-golden.example/broken/cmd/daemon', 'cmd/daemon/main.go:3:15: undefined: undefinedCall'],
      });
    },
    limit,
  );

  test(
    'a package that is not main',
    async () => {
      const source = await newModule({ 'cmd/daemon/lib.go': 'package lib\n' });
      await expect(build(source)).rejects.toMatchObject({
        message: `package "./cmd/daemon" in "${source}" is not a main package`,
        fix: 'set daemon-package to the directory that contains "package main"',
      });
    },
    limit,
  );

  test('no source', async () => {
    const source = join(await newDirectory(), 'none');
    await expect(build(source)).rejects.toMatchObject({ message: `daemon source "${source}" is not a directory` });
  });

  test('no such package', async () => {
    const source = await newModule({});
    await expect(build(source)).rejects.toMatchObject({
      message: `package "./cmd/daemon" does not exist in "${source}"`,
    });
  });

  test('no module', async () => {
    const source = await newDirectory();
    await writeTree(source, { 'cmd/daemon/main.go': 'package main\n' });
    await expect(build(source)).rejects.toMatchObject({
      message: `no go.mod in "${source}/cmd/daemon" or a directory above it`,
    });
  });

  test.each(['main.nothing', 'main.unused'])(
    'a version for the variable %s, which is not in the program',
    async (versionVariable) => {
      const source = await newModule({
        'cmd/daemon/main.go': 'package main\n\nvar unused = "dev"\n\nfunc main() {}\n',
      });
      await expect(build(source, { version: 'v1', versionVariable })).rejects.toMatchObject({
        message: `the daemon has no variable ${versionVariable} for its version`,
      });
    },
    limit,
  );

  test(
    'nothing is left behind',
    async () => {
      const source = await newModule({ 'cmd/daemon/main.go': 'package main\n\nfunc main() { undefinedCall() }\n' });
      const outputDirectory = await newDirectory();
      await expect(build(source, { outputDirectory })).rejects.toThrow();
      expect(await readdir(outputDirectory)).toEqual([]);
    },
    limit,
  );
});

test(
  'a cancel stops the build and leaves nothing',
  async () => {
    const outputDirectory = await newDirectory();
    const controller = new AbortController();
    const processes = createTestProcesses(controller.signal);
    // `-a` recompiles Go's own library, which takes long; `-x` prints a line at once.
    const slow: typeof processes = {
      ...processes,
      run: async (command) =>
        processes.run({
          ...command,
          argv: ['go', 'build', '-a', '-x', ...command.argv.slice(2)],
          onLine: () => controller.abort(new Error('cancelled by the test')),
        }),
    };
    const request: DaemonRequest = { builder: 'go', source: example, packagePath: './cmd/daemon', outputDirectory };
    await expect(buildDaemon(request, { processes: slow, log: silentLog })).rejects.toThrow('cancelled by the test');
    expect(await readdir(outputDirectory)).toEqual([]);
  },
  limit,
);
