import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { downloadFile, type DownloadRequest } from '../../../src/base/download.js';
import { systemClock } from '../../../src/platform/clock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { startTestServer, type ServedFile, type TestServer } from '../../fixtures/http-server.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const mebibyte = 1024 ** 2;
const body = randomBytes(4 * mebibyte + 12_345);
const etag = '"one"';

let server: TestServer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let pauses: number[];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  directory = await makeTestDirectory('download');
  pauses = [];
});
afterEach(async () => directory.remove());

let served = 0;

/** Serves a file under a unique path and downloads it. */
function prepare(file: ServedFile): { readonly url: string; readonly path: string } {
  const path = `/${++served}.img`;
  server.serve(path, file);
  return { url: `${server.url}${path}`, path };
}

async function download(
  url: string,
  change: Partial<DownloadRequest> = {},
  signal = new AbortController().signal,
): Promise<string> {
  const file = join(directory.path, 'image');
  const clock = {
    now: () => 0,
    sleep: async (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  };
  await downloadFile(
    { url, sha256: sha256Of(body), file, idleTimeoutMs: 300_000, maxBytes: 64 * mebibyte, ...change },
    { log: silentLog, clock, signal },
  );
  return file;
}

const bytesServed = (path: string): number =>
  server.seen.filter((request) => request.path === path).reduce((sum, { sent }) => sum + sent, 0);
/** When a connection breaks, fetch drops received bytes that were not read yet. */
const lostPerBreak = 256 * 1024;
const requestsOf = (path: string): TestServer['seen'] => server.seen.filter((request) => request.path === path);

async function expectBody(file: string): Promise<void> {
  expect(sha256Of(await readFile(file))).toBe(sha256Of(body));
  expect(await readdir(directory.path)).toEqual(['image']);
}

describe('a good server', () => {
  test.each([
    ['with a length', {}],
    ['in chunks of no announced length', { chunked: true }],
  ])('%s', async (_, file) => {
    const { url, path } = prepare({ body, ...file });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBe(body.length);
    expect(requestsOf(path)[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('an empty file', async () => {
    const { url } = prepare({ body: Buffer.alloc(0) });
    await expect(download(url, { sha256: sha256Of('') })).resolves.toBeDefined();
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['an ETag', { etag }, 'if-range'],
    ['a date', { lastModified: 'Mon, 23 Nov 2026 06:00:00 GMT' }, 'if-range'],
  ])('is continued by %s', async (_, version, header) => {
    const { url, path } = prepare({ body, ...version, breakAfter: 1.5 * mebibyte, breakTimes: 2 });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBeLessThanOrEqual(body.length + 2 * lostPerBreak);
    expect(requestsOf(path)).toHaveLength(3);
    expect(requestsOf(path).at(-1)?.headers[header]).toBe(Object.values(version)[0]);
  });

  test('is resumed by the next run', async () => {
    const { url, path } = prepare({ body, etag, breakAfter: 500_000, breakTimes: 5 });
    await expect(download(url)).rejects.toThrow(/ cannot be read: .*; gave up after 5 attempts$/);
    expect(await readdir(directory.path)).toEqual(['image', 'image.validator']);
    await expectBody(await download(url));
    expect(bytesServed(path)).toBeLessThanOrEqual(body.length + 5 * lostPerBreak);
    expect(requestsOf(path).at(-1)?.headers.range).toMatch(/^bytes=[12]\d{6}-$/);
  });

  test('does not count as a failed attempt if it fetched a mebibyte', async () => {
    const large = randomBytes(9 * mebibyte);
    const { url } = prepare({ body: large, etag, breakAfter: 1.5 * mebibyte });
    await download(url, { sha256: sha256Of(large) });
    expect(pauses.length).toBeGreaterThanOrEqual(5);
    expect(pauses.filter((pause) => pause < 500 || pause > 1000)).toEqual([]);
  });

  test('does not restart if everything was fetched', async () => {
    const { url, path } = prepare({ body, etag, claimedLength: body.length + 1, breakAfter: body.length });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBeLessThanOrEqual(body.length + lostPerBreak);
  });

  test('restarts if the server does not identify the version', async () => {
    const { url, path } = prepare({ body, breakAfter: mebibyte, breakTimes: 1 });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBe(body.length + mebibyte);
  });

  test('restarts if the ETag is weak and there is no date', async () => {
    const { url, path } = prepare({ body, etag: 'W/"one"', breakAfter: mebibyte, breakTimes: 1 });
    await expectBody(await download(url));
    expect(requestsOf(path).at(-1)?.headers.range).toBeUndefined();
  });

  test('restarts if the server ignores Range', async () => {
    const { url, path } = prepare({ body, etag, ignoresRange: true, breakAfter: mebibyte, breakTimes: 1 });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBe(body.length + mebibyte);
  });

  test('restarts if the file has changed', async () => {
    const { url, path } = prepare({ body: randomBytes(body.length), etag: '"old"', breakAfter: 500_000 });
    await expect(download(url)).rejects.toThrow(/gave up/);
    server.serve(path, { body, etag });
    await expectBody(await download(url));
    expect(requestsOf(path).at(-1)?.headers['if-range']).toBe('"old"');
  });

  test('does not resume a different version, even if the server returns 206', async () => {
    const { url, path } = prepare({ body: randomBytes(body.length), etag: '"old"', breakAfter: 500_000 });
    await expect(download(url)).rejects.toThrow(/gave up/);
    server.serve(path, { body, etag, contentRange: `bytes 2500000-${body.length - 1}/${body.length}` });
    await expectBody(await download(url));
  });

  test.each([
    ['another start', 'bytes 0-4206648/4206649'],
    ['an unknown size', 'bytes 500000-4206648/*'],
    ['nonsense', 'yes'],
  ])('starts again where Content-Range says %s', async (_, contentRange) => {
    const { url } = prepare({ body, etag, contentRange, breakAfter: 500_000, breakTimes: 1 });
    await expectBody(await download(url));
  });

  test('uses a complete download without a request', async () => {
    await writeFile(join(directory.path, 'image'), body);
    await writeFile(join(directory.path, 'image.validator'), etag);
    const { url, path } = prepare({ body, etag });
    await expectBody(await download(url));
    expect(requestsOf(path)).toHaveLength(0);
  });

  test('restarts if the interrupted download is too long', async () => {
    await writeFile(join(directory.path, 'image'), Buffer.concat([body, body]));
    await writeFile(join(directory.path, 'image.validator'), etag);
    const { url } = prepare({ body, etag });
    await expectBody(await download(url));
  });

  test('restarts if the version of the interrupted download is unknown', async () => {
    await writeFile(join(directory.path, 'image'), randomBytes(1000));
    const { url, path } = prepare({ body, etag });
    await expectBody(await download(url));
    expect(bytesServed(path)).toBe(body.length);
  });
});

describe('a server that misbehaves, stalls or fails', () => {
  test('a wrong file is rejected and removed', async () => {
    const { url } = prepare({ body: randomBytes(1000), etag });
    await expect(download(url)).rejects.toThrow(/: SHA-256 is [0-9a-f]{64} \(expected [0-9a-f]{64}\)$/);
    expect(await readdir(directory.path)).toEqual([]);
    expect(pauses).toEqual([]);
  });

  test('a file that is damaged after the resumed position is rejected and removed', async () => {
    const { url, path } = prepare({ body, etag, breakAfter: 500_000 });
    await expect(download(url)).rejects.toThrow(/gave up/);
    server.serve(path, { body: randomBytes(body.length), etag });
    await expect(download(url)).rejects.toThrow(/SHA-256 is/);
    expect(await readdir(directory.path)).toEqual([]);
  });

  test('a body shorter than its Content-Length is incomplete', async () => {
    const { url } = prepare({ body: body.subarray(0, 5000), claimedLength: body.length });
    await expect(download(url)).rejects.toThrow(/gave up after 5 attempts/);
  });

  test('a truncated body with a matching Content-Length has a different digest', async () => {
    const { url } = prepare({ body: body.subarray(0, 5000) });
    await expect(download(url)).rejects.toThrow(/SHA-256 is/);
    expect(await readdir(directory.path)).toEqual([]);
  });

  test('a stalled body times out, and the next attempt resumes', async () => {
    const { url, path } = prepare({ body, etag, stallAfter: mebibyte, breakTimes: 1 });
    await expectBody(await download(url, { idleTimeoutMs: 1000 }));
    // On a busy machine, later attempts may time out too.
    expect(bytesServed(path)).toBeLessThanOrEqual(body.length + (requestsOf(path).length - 1) * lostPerBreak);
  });

  test('a missing response times out', async () => {
    const { url } = prepare({ body, silent: true });
    await expect(download(url, { idleTimeoutMs: 100 })).rejects.toThrow(/no data for 100 ms/);
    expect(await readdir(directory.path)).toEqual([]);
  });

  test('no server at all', async () => {
    const gone = await startTestServer();
    await gone.close();
    await expect(download(`${gone.url}/x`)).rejects.toThrow(/ECONNREFUSED; gave up after 5 attempts$/);
    expect(pauses).toHaveLength(4);
  });

  test.each([404, 403, 401, 410])('%d is final', async (status) => {
    const { url, path } = prepare({ body, status });
    await expect(download(url)).rejects.toThrow(new RegExp(`returned ${status}$`));
    expect(requestsOf(path)).toHaveLength(1);
    expect(await readdir(directory.path)).toEqual([]);
  });

  test.each([500, 503, 429])('%d is retried', async (status) => {
    const { url } = prepare({ body, status, breakTimes: 2 });
    await expectBody(await download(url));
  });

  test.each([
    ['by what it announces', {}],
    ['by what it sends', { chunked: true }],
  ])('rejects a file that is too large %s', async (_, file) => {
    const { url, path } = prepare({ body, etag, ...file });
    await expect(download(url, { maxBytes: mebibyte })).rejects.toThrow(
      /is too large: \d+ bytes or more \(limit: 1048576\)/,
    );
    expect(await readdir(directory.path)).toEqual([]);
    expect(requestsOf(path)).toHaveLength(1);
  });

  test("cancelling stops it at once with the caller's reason, and keeps the file", async () => {
    const { url } = prepare({ body, etag, stallAfter: mebibyte });
    const controller = new AbortController();
    const running = download(url, {}, controller.signal);
    const stop = async (): Promise<void> => {
      const sizeOf = async (): Promise<number> =>
        stat(join(directory.path, 'image')).then(
          ({ size }) => size,
          () => 0,
        );
      while ((await sizeOf()) === 0) await systemClock.sleep(10);
      controller.abort(new Error('stop it'));
    };
    await Promise.all([expect(running).rejects.toThrow(/^stop it$/), stop()]);
    expect(await readdir(directory.path)).toEqual(['image', 'image.validator']);
  });
});

describe('redirects and credentials', () => {
  test('a redirect is followed', async () => {
    const { url, path } = prepare({ body });
    const first = prepare({ body, redirectTo: path });
    await expectBody(await download(first.url));
    expect(requestsOf(path)).toHaveLength(1);
    expect(url).toContain(path);
  });

  test('a redirect loop is rejected', async () => {
    const { url, path } = prepare({ body });
    server.serve(path, { body, redirectTo: path });
    await expect(download(url)).rejects.toThrow(/redirects more than 5 times/);
  });

  test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd'])('a redirect to %s is rejected', async (redirectTo) => {
    const { url } = prepare({ body, redirectTo });
    await expect(download(url)).rejects.toThrow(/ redirects from /);
  });

  test('user and password are sent to their origin only, and never shown', async () => {
    const target = await startTestServer();
    try {
      target.serve('/image', { body: Buffer.from('no') });
      const { url, path } = prepare({ body, redirectTo: `${target.url}/image` });
      const withSecret = `${url.replace('http://', 'http://user:pa%3Ass@')}?signature=secret`;
      const failure = await download(withSecret).catch((error: unknown) => String(error));
      expect(failure).toMatch(/SHA-256 is/);
      expect(failure).not.toMatch(/user|pa%3Ass|secret/);
      const asked = server.seen.filter((request) => request.path.startsWith(`${path}?`));
      expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:pa:ss').toString('base64')}`);
      expect(target.seen[0]?.headers.authorization).toBeUndefined();
    } finally {
      await target.close();
    }
  });
});
