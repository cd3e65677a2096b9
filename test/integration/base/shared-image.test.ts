import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BaseImage } from '../../../src/base/base-image.js';
import { resolveBase } from '../../../src/base/resolve-base.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { SharedCache } from '../../../src/platform/shared-cache.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createDirectoryCache } from '../../fixtures/shared-cache.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
let server: TestServer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let image: Buffer;
let cache: ReturnType<typeof createDirectoryCache>;
let warnings: string[];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  directory = await makeTestDirectory('shared');
  const path = join(directory.path, 'image');
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', path, '8M'] });
  image = await readFile(path);
  cache = createDirectoryCache(directory.path);
  warnings = [];
});
afterEach(async () => directory.remove());

/** Resolves on a new runner, which has only the shared cache. */
async function resolveOn(runner: string, path: string, shared: SharedCache): Promise<BaseImage> {
  const log = { ...silentLog, warn: (line: string) => void warnings.push(line) };
  return resolveBase(
    {
      reference: `${server.url}${path}`,
      sha256: sha256Of(image),
      cacheDirectory: join(directory.path, runner),
      allowDowngrade: false,
    },
    { processes, log, signal: new AbortController().signal, shared },
  );
}

const requestsTo = (path: string): number => server.seen.filter((request) => request.path === path).length;

describe('a base in the shared cache', () => {
  test('is downloaded once for all runners, with its digest as the key', async () => {
    server.serve('/once', { body: image });
    await resolveOn('first', '/once', cache.shared);
    const before = requestsTo('/once');
    const base = await resolveOn('second', '/once', cache.shared);
    expect([before > 0, requestsTo('/once') - before, sha256Of(await readFile(base.path))]).toEqual([
      true,
      0,
      sha256Of(image),
    ]);
    expect([...cache.kept.keys()]).toEqual([`ch-golden-base-${sha256Of(image)}`]);
    expect((await stat(base.path)).mode & 0o777).toBe(0o444);
    expect(await readdir(join(directory.path, 'second', 'shared'))).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('is downloaded again if the cache has wrong content under its digest', async () => {
    server.serve('/planted', { body: image });
    await resolveOn('first', '/planted', cache.shared);
    const [copy] = cache.kept.values();
    await chmod(copy!, 0o644);
    await writeFile(copy!, 'planted');
    const before = requestsTo('/planted');
    const base = await resolveOn('second', '/planted', cache.shared);
    expect([requestsTo('/planted') > before, sha256Of(await readFile(base.path))]).toEqual([true, sha256Of(image)]);
    const [expected, actual] = [sha256Of(image), sha256Of('planted')];
    expect(warnings).toEqual([
      `Ignored ch-golden-base-${expected} in the shared cache: wrong content (SHA-256 is ${actual})`,
    ]);
  });

  test('can be used even if it could not be shared', async () => {
    server.serve('/broken', { body: image });
    const broken: SharedCache = {
      tryRestore: async () => Promise.resolve(undefined),
      save: async () => Promise.reject(new Error('disk full')),
    };
    const base = await resolveOn('first', '/broken', broken);
    expect(sha256Of(await readFile(base.path))).toBe(sha256Of(image));
    expect(warnings).toEqual(['Could not save the base to the shared cache: disk full']);
  });
});
