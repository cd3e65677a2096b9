import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { withSharedGoCache } from '../../../src/daemon/shared-go-cache.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { createDirectoryCache } from '../../fixtures/shared-cache.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { useScratchDirectories, writeTree } from './scratch.js';

const newDirectory = useScratchDirectories();
const real = createTestProcesses();

async function prepare(): Promise<{
  readonly module: string;
  readonly goCache: string;
  readonly cache: ReturnType<typeof createDirectoryCache>;
  readonly warnings: string[];
  build(write: (goCache: string) => Promise<void>): Promise<void>;
}> {
  const [module, home] = [await newDirectory(), await newDirectory()];
  await writeTree(module, { 'go.mod': 'module ch-golden.example/m\n\ngo 1.21\n', 'go.sum': '' });
  const cache = createDirectoryCache(await newDirectory());
  const warnings: string[] = [];
  const processes: Processes = {
    ...real,
    run: async (command) => real.run({ ...command, env: { GOCACHE: join(home, 'go') } }),
  };
  const ports = {
    processes,
    shared: cache.shared,
    log: { ...silentLog, warn: (line: string) => void warnings.push(line) },
  };
  return {
    module,
    goCache: join(home, 'go-ch-golden'),
    cache,
    warnings,
    build: async (write) => withSharedGoCache(module, ports, write),
  };
}

const compiled = Buffer.from('an object file');
const name = `${sha256Of(compiled)}-d`;

describe("Go's build cache", () => {
  test('is saved once for the same modules, and restored on a runner without it', async () => {
    const { goCache, cache, build } = await prepare();
    await build(async (directory) => writeTree(directory, { [`ab/${name}`]: compiled.toString() }));
    await rm(goCache, { recursive: true });
    await build(async (directory) => expect(await readdir(join(directory, 'ab'))).toEqual([name]));
    expect([...cache.kept.keys()]).toEqual([expect.stringMatching(/^ch-golden-go1\.\d+[^-]*-[0-9a-f]{64}$/)]);
  });

  test('of different modules is a start, and is saved again under their digest', async () => {
    const { module, goCache, cache, build } = await prepare();
    await build(async (directory) => writeTree(directory, { [`ab/${name}`]: compiled.toString() }));
    await rm(goCache, { recursive: true });
    await writeFile(join(module, 'go.sum'), 'example.com/m v1.0.0 h1:x=\n');
    await build(async (directory) => expect(await readdir(join(directory, 'ab'))).toEqual([name]));
    expect(cache.kept.size).toBe(2);
  });

  test('loses entries whose content does not match their name', async () => {
    const { goCache, cache, warnings, build } = await prepare();
    await build(async (directory) =>
      writeTree(directory, {
        [`ab/${name}`]: compiled.toString(),
        [`cd/${sha256Of('other')}-d`]: 'other',
        'ab/README': 'of Go',
      }),
    );
    const [copy] = cache.kept.values();
    await chmod(join(copy!, 'ab', name), 0o644);
    await writeFile(join(copy!, 'ab', name), 'planted');
    await rm(goCache, { recursive: true });
    await build(async (directory) =>
      expect([await readdir(join(directory, 'ab')), await readdir(join(directory, 'cd'))]).toEqual([
        ['README'],
        [`${sha256Of('other')}-d`],
      ]),
    );
    expect(warnings).toEqual([`Removed corrupt build cache entry ${join(goCache, 'ab', name)}`]);
  });

  test('is not saved if the build fails', async () => {
    const { cache, build } = await prepare();
    await expect(build(async () => Promise.reject(new Error('does not compile')))).rejects.toThrow('does not compile');
    expect(cache.kept.size).toBe(0);
  });
});
