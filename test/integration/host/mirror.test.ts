import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { systemClock } from '../../../src/platform/clock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createHttpMirror } from '../../../src/objects/http-mirror.js';
import { openReader } from '../../../src/objects/open-store.js';
import { moveChannelTo } from '../../../src/store/index/store-index.js';
import { startTestServer, type ServedFile, type TestServer } from '../../fixtures/http-server.js';
import { changeIndex, image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const mebibyte = 1024 ** 2;
const processes = createTestProcesses();
const { signal } = new AbortController();
const imageKey = 'snapshots/ubuntu-base.1.qcow2';
const indexKey = 'snapshots/ubuntu-base.index.json';

let server: TestServer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let state: MemoryState;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  directory = await makeTestDirectory('mirror');
  root = join(directory.path, 'host');
  state = createMemoryState();
  await publishTestVersion(createMemoryStore(state), { image: makeImage(20) });
});
afterEach(async () => directory.remove());

let mirrors = 0;

/** Serves the store under a path of its own; the image as `fault` says. */
function serve(fault: Partial<ServedFile> = {}): string {
  const base = `/mirror-${++mirrors}/golden`;
  for (const [key, body] of state.objects)
    server.serve(`${base}/${key}`, { body, etag: `"${sha256Of(body)}"`, ...(key === imageKey ? fault : {}) });
  return `${server.url}${base}`;
}

async function pull(address: string): Promise<Pulled> {
  const ports = {
    store: openReader({ address }, { processes, clock: systemClock, signal }),
    processes,
    log: silentLog,
    clock: createTestClock(),
    signal,
  };
  return pullVersion({ root, image, wanted: 'latest', verify: false }, ports);
}

const requestsOf = (address: string): readonly string[] =>
  server.seen.map(({ path }) => path).filter((path) => path.startsWith(new URL(address).pathname));

async function expectPulled(): Promise<void> {
  expect(await tryReadCurrent(root, image)).toBe(1);
  expect(await verifyHost({ root, image }, { log: silentLog, signal })).toEqual([{ version: 1, problems: [] }]);
}

describe('a pull from a plain web server', () => {
  test('fetches by ranges, each byte once', async () => {
    const address = serve();
    expect((await pull(address)).transfer).toEqual({ fetched: 20 * mebibyte + 12_345 + 7000, reused: 0 });
    await expectPulled();
    const ranges = server.seen
      .filter(({ path }) => path.endsWith(imageKey))
      .map(({ headers }) => headers.range)
      .sort();
    expect(ranges.slice(-2)).toEqual([
      `bytes=0-${16 * mebibyte - 1}`,
      `bytes=${16 * mebibyte}-${20 * mebibyte + 12_345 - 1}`,
    ]);
  });

  test('that finds nothing new moves no content at all', async () => {
    const address = serve();
    await pull(address);
    const before = server.seen.length;
    expect(await pull(address)).toMatchObject({ changed: false });
    expect(server.seen.slice(before).map(({ path, sent }) => [path.split('/').at(-1), sent])).toEqual([
      ['ubuntu-base.index.json', 0],
    ]);
  });

  test('looks anew where what was kept of the index is damaged, or of another mirror', async () => {
    await pull(serve());
    expect(await pull(serve())).toMatchObject({ changed: false });
    await writeFile(join(root, 'versions/.ubuntu-base.index.json'), '{"uri":');
    const address = serve();
    expect(await pull(address)).toMatchObject({ changed: false });
    expect(requestsOf(address)).toHaveLength(1);
  });

  test('keeps the query of a presigned address on every request, and shows it nowhere', async () => {
    const address = serve();
    await pull(`${address}/?sig=SECRET&expires=1`);
    await expectPulled();
    expect(requestsOf(address).length).toBeGreaterThan(4);
    for (const path of requestsOf(address)) expect(path).toMatch(/\?sig=SECRET&expires=1$/);
    expect(createHttpMirror(`${address}?sig=SECRET`, { signal }).uri('images/a')).toBe(`${address}/images/a`);
    await expect(pull(`${server.url}/nothing?sig=SECRET`)).rejects.toThrow(
      `ubuntu-base has no channel "latest" (index: ${server.url}/nothing/snapshots/ubuntu-base.index.json)`,
    );
  });

  test.each([
    ['breaks off again and again', { breakAfter: 3 * mebibyte + 77, breakTimes: 6 }],
    ['breaks off at once, a few times', { breakAfter: 0, breakTimes: 3 }],
    ['answers 503 a few times', { status: 503, breakTimes: 3 }],
    [
      'sends pieces of no announced length, and breaks off',
      { chunked: true, breakAfter: 2 * mebibyte + 1, breakTimes: 4 },
    ],
  ])('goes on where the server %s', async (_, fault) => {
    const address = serve(fault);
    const { transfer } = await pull(address);
    await expectPulled();
    // What a break costs is the chunk that it falls into.
    expect(transfer.fetched).toBeLessThan((20 + fault.breakTimes) * mebibyte + 12_345 + 7000);
  });

  test.each([
    ['breaks off for good', { breakAfter: 100 }, /gave up after 5 attempts/],
    ['ends early and says that it was all', { breakAfter: 100, chunked: true }, /gave up after 5 attempts/],
    ['ignores Range', { ignoresRange: true }, 'the server ignores Range and sends the whole file'],
    ['sends a different range', { contentRange: 'bytes 5-9/10' }, 'the server sent a different range'],
    ['sends other bytes', { body: makeImage(20, [1]) }, 'does not match its manifest; gave up after 5 attempts'],
    ['has a shorter file', { body: Buffer.alloc(5) }, 'the server sent a different range'],
    ['answers 403', { status: 403 }, /snapshots\/ubuntu-base\.1\.qcow2 returned 403$/],
    ['has lost the file', { status: 404 }, 'is missing, although its manifest exists'],
    ['redirects to another protocol', { redirectTo: 'file:///etc/passwd' }, /redirects from http:\/\/ to file:\/\/$/],
  ])('fails where the server %s, and nothing is in use', async (_, fault, message) => {
    await expect(pull(serve(fault))).rejects.toThrow(message);
    expect(await tryReadCurrent(root, image)).toBeUndefined();
    expect(await readdir(join(root, 'current'))).toEqual([]);
  });
});

test('a mirror that replays an old index is rejected, also under a new query', async () => {
  const store = createMemoryStore(state);
  await publishTestVersion(store);
  const old = state.objects.get(indexKey)!;
  await changeIndex(store, (index) => ({
    ...moveChannelTo(index, 'latest', 1),
    revoked: { 2: { reason: 'leaks a key', at: '2026-11-23T06:00:00Z' } },
  }));
  const address = serve();
  await pull(address);
  server.serve(`${new URL(address).pathname}/${indexKey}`, { body: old, etag: `"${sha256Of(old)}"` });
  for (const query of ['', '?sig=SECRET']) {
    const error: unknown = await pull(`${address}${query}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message:
        `${address}/${indexKey} went back from generation 3 to 2: an old copy of the index, or a restored ` + 'bucket',
      fix: expect.stringContaining(`ch-golden host forget --store ${address}`),
    });
  }
  await expectPulled();
});

describe('the mirror', () => {
  test('reads, opens and asks for sizes like any store', async () => {
    const mirror = createHttpMirror(serve(), { signal });
    const bytes = state.objects.get(imageKey)!;
    expect((await mirror.read(imageKey, bytes.length))?.bytes.equals(bytes)).toBe(true);
    await expect(mirror.read(imageKey, bytes.length - 1)).rejects.toThrow(/is larger than \d+ bytes/);
    expect((await buffer((await mirror.open(imageKey))!)).equals(bytes)).toBe(true);
    expect(
      (await buffer((await mirror.open(imageKey, { start: 70_000, length: 5 }))!)).equals(
        bytes.subarray(70_000, 70_005),
      ),
    ).toBe(true);
    expect(await mirror.head(imageKey)).toEqual({ size: bytes.length });
    for (const answer of [
      await mirror.read('images/none', 5),
      await mirror.open('images/none'),
      await mirror.head('images/none'),
    ])
      expect(answer).toBeUndefined();
    await expect(mirror.read('../etc/passwd', 5)).rejects.toThrow('invalid store key');
  });

  test.each(['http://mirror.example/x', 'http://127.0.0.1.example/x', 'http://10.0.0.1/', 'ftp://127.0.0.1/'])(
    'refuses %s',
    (address) => {
      expect(() => createHttpMirror(address, { signal })).toThrow('http is not secure');
    },
  );

  test('a wrong address is refused without its password', () => {
    expect(() => createHttpMirror('http://user:SECRET@mirror.example/x?sig=SECRET', { signal })).toThrow(
      /^store "http:\/\/mirror\.example\/x": http is not secure$/,
    );
    expect(() => createHttpMirror('https://user:SECRET@:x', { signal })).toThrow(/^store: invalid URL$/);
  });
});
