import { chmod, copyFile, mkdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildDaemon } from '../../../src/daemon/build-daemon.js';
import type { Daemon } from '../../../src/daemon/daemon.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeElf } from '../../unit/daemon/elf-file.js';
import { useScratchDirectories, writeTree } from './scratch.js';

const ports = { processes: createTestProcesses(), log: silentLog };
const newDirectory = useScratchDirectories();
const limit = 120_000;

async function take(binary: string, version?: string): Promise<Daemon> {
  return buildDaemon(
    {
      builder: 'prebuilt',
      binary,
      outputDirectory: await newDirectory(),
      version,
    },
    ports,
  );
}

/** Compiles a small program with these flags and environment. */
async function compile(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await newDirectory();
  await writeTree(directory, {
    'go.mod': 'module ch-golden.example/prebuilt\n\ngo 1.21\n',
    'main.go': 'package main\n\nfunc main() { println("hello") }\n',
  });
  await ports.processes.run({
    argv: ['go', 'build', '-buildvcs=false', ...flags, '-o', 'made', '.'],
    cwd: directory,
    env: { CGO_ENABLED: '0', ...env },
  });
  return join(directory, 'made');
}

describe('an existing binary', () => {
  test(
    'is copied, and left unchanged',
    async () => {
      const binary = await compile([]);
      await chmod(binary, 0o600);
      const before = await stat(binary);
      const daemon = await take(binary, 'v5');
      expect(daemon).toMatchObject({
        version: 'v5',
        size: before.size,
        modules: [{ path: 'ch-golden.example/prebuilt', version: '(devel)' }],
      });
      expect((await stat(daemon.path)).mode & 0o777).toBe(0o755);
      const { mode, mtimeMs } = await stat(binary);
      expect([mode, mtimeMs]).toEqual([before.mode, before.mtimeMs]);
      expect((await readFile(daemon.path)).equals(await readFile(binary))).toBe(true);
    },
    limit,
  );

  test(
    'can be stripped, and named by a link',
    async () => {
      const link = join(await newDirectory(), 'link');
      await symlink(await compile(['-ldflags=-s -w']), link);
      const daemon = await take(link);
      expect(daemon.goVersion).toMatch(/^go1\./);
      expect(daemon.version).toBeUndefined();
      expect((await stat(daemon.path)).isFile()).toBe(true);
    },
    limit,
  );

  test('can be in another language', async () => {
    const binary = join(await newDirectory(), 'other');
    await writeFile(binary, makeElf());
    const daemon = await take(binary);
    expect(daemon).not.toHaveProperty('goVersion');
    expect(daemon.modules).toEqual([]);
  });
});

describe('is rejected with the reason:', () => {
  test('a dynamically linked program', async () => {
    await expect(take('/bin/ls')).rejects.toMatchObject({
      message: 'daemon "/bin/ls" is dynamically linked: it needs "/lib64/ld-linux-x86-64.so.2"',
      fix: 'build it with CGO_ENABLED=0',
    });
  });

  test(
    'one for arm64',
    async () => {
      const binary = await compile([], { GOARCH: 'arm64' });
      await expect(take(binary)).rejects.toMatchObject({
        message: `daemon "${binary}" is built for arm64 (x86-64 required)`,
        fix: 'build it with GOOS=linux GOARCH=amd64',
      });
    },
    limit,
  );

  test(
    'half of one',
    async () => {
      const whole = await compile([]);
      const half = `${whole}-half`;
      await copyFile(whole, half);
      const { size } = await stat(half);
      await truncate(half, Math.floor(size / 2));
      await expect(take(half)).rejects.toThrow(
        `daemon "${half}" is truncated: its headers point beyond its ${Math.floor(size / 2)} bytes`,
      );
    },
    limit,
  );

  test('a script, an empty file, a directory, nothing', async () => {
    const directory = await newDirectory();
    await writeTree(directory, { script: '#!/bin/sh\nexit 0\n', empty: '' });
    await mkdir(join(directory, 'directory'));
    await expect(take(join(directory, 'script'))).rejects.toThrow(
      `daemon "${directory}/script" is a script, not a Linux program`,
    );
    await expect(take(join(directory, 'empty'))).rejects.toThrow(`daemon "${directory}/empty" is empty`);
    await expect(take(join(directory, 'directory'))).rejects.toThrow(`daemon "${directory}/directory" is not a file`);
    await expect(take(join(directory, 'nothing'))).rejects.toThrow(`daemon "${directory}/nothing" does not exist`);
  });
});
