import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BaseImage } from '../../../src/base/base-image.js';
import { createRecipe } from '../../../src/base/bootstrap-recipe.js';
import { cachedPath } from '../../../src/base/image-cache.js';
import { resolveBase, type BaseRequest } from '../../../src/base/resolve-base.js';
import { Failure, UsageError } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { makeSigningKey, type SigningKey } from '../../fixtures/signing-key.js';

const processes = createTestProcesses();
const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
const name = 'noble-server-cloudimg-amd64.img';

let server: TestServer;
let key: SigningKey;
let image: Buffer;
let other: Buffer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let cacheDirectory: string;
let infos: string[];
let details: string[];
let warnings: string[];
/** How far the clock of a run is ahead. With a correct clock, a file that was just written gets no record. */
let aheadMs: number;

beforeAll(async () => {
  server = await startTestServer();
  key = await makeSigningKey(processes);
  const made = await makeTestDirectory('images');
  const make = async (file: string, size: string): Promise<Buffer> => {
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', join(made.path, file), size] });
    return readFile(join(made.path, file));
  };
  image = await make('a', '8M');
  other = await make('b', '16M');
  await made.remove();
});
afterAll(async () => {
  await server.close();
  await key.remove();
});
beforeEach(async () => {
  directory = await makeTestDirectory('resolve');
  cacheDirectory = join(directory.path, 'cache');
  infos = [];
  details = [];
  warnings = [];
  aheadMs = 0;
});
afterEach(async () => directory.remove());

async function resolve(change: Partial<BaseRequest> & Pick<BaseRequest, 'reference'>): Promise<BaseImage> {
  const log = {
    ...silentLog,
    info: (line: string) => void infos.push(line),
    detail: (line: string) => void details.push(line),
    warn: (line: string) => void warnings.push(line),
  };
  const clock = { now: () => Date.now() + aheadMs, sleep: async () => Promise.resolve() };
  return resolveBase(
    { cacheDirectory, allowDowngrade: false, ...change },
    { processes, log, clock, signal: new AbortController().signal },
  );
}

const filesIn = async (path: string): Promise<readonly string[]> => readdir(join(cacheDirectory, path)).catch(() => []);

/** No file that a later run could use as a base, no interrupted download, no scratch directory. */
async function expectNothingKept(): Promise<void> {
  expect([await filesIn('sha256'), await filesIn('partial'), await filesIn('work')]).toEqual([[], [], []]);
}

const requestsTo = (path: string): number => server.seen.filter((request) => request.path === path).length;

let suites = 0;

interface Release {
  readonly serial?: string;
  readonly body?: Buffer;
  readonly sums?: string;
  readonly signed?: string;
  readonly signWith?: SigningKey;
  readonly signOptions?: readonly string[];
}

/** Serves one release on a new mirror. Returns the mirror and the image's path. */
async function serveRelease(
  release: Release = {},
): Promise<{ readonly mirror: string; readonly root: string; readonly imagePath: string }> {
  const { serial = today, body = image } = release;
  const sums = release.sums ?? `${'0'.repeat(64)} *other.img\n${sha256Of(body)} *${name}\n`;
  const root = `/mirror${++suites}`;
  const dated = `${root}/noble/${serial}`;
  server.serve(`${root}/noble/current/unpacked/build-info.txt`, {
    body: Buffer.from(`serial=${serial}\norig_prefix=noble-server-cloudimg\n`),
  });
  server.serve(`${dated}/SHA256SUMS`, { body: Buffer.from(sums) });
  server.serve(`${dated}/SHA256SUMS.gpg`, {
    body: await (release.signWith ?? key).sign(release.signed ?? sums, ...(release.signOptions ?? [])),
  });
  server.serve(`${dated}/${name}`, { body, etag: `"${sha256Of(body)}"` });
  return { mirror: `${server.url}${root}`, root, imagePath: `${dated}/${name}` };
}

const noble = async (mirror: string, change: Partial<BaseRequest> = {}): Promise<BaseImage> =>
  resolve({ reference: 'noble', ubuntuMirror: mirror, keyring: key.keyring, ...change });

describe('Ubuntu', () => {
  test('fetches, verifies and identifies the newest image by its serial', async () => {
    const { mirror, imagePath } = await serveRelease();
    const base = await noble(`${mirror}/`);
    const sha256 = sha256Of(image);
    expect(base).toEqual({
      path: join(cacheDirectory, 'sha256', sha256),
      format: 'qcow2',
      compression: 'none',
      size: image.length,
      virtualSize: 8 * 1024 ** 2,
      sha256,
      origin: { reference: 'noble', url: `${server.url}${imagePath}`, serial: today, signingKey: key.fingerprint },
    });
    expect((await stat(base.path)).mode & 0o777).toBe(0o444);
    expect([await filesIn('sha256'), await filesIn('partial'), await filesIn('work')]).toEqual([[sha256], [], []]);
    expect(infos.join('\n')).toContain(`serial ${today}, signed by ${key.fingerprint}`);
  });

  test('a second run verifies the signature and the cached file, and downloads nothing', async () => {
    const { mirror, root, imagePath } = await serveRelease();
    const first = await noble(mirror);
    expect(await noble(mirror)).toEqual(first);
    expect(requestsTo(imagePath)).toBe(1);
    expect(requestsTo(`${root}/noble/${today}/SHA256SUMS.gpg`)).toBe(2);
    expect(infos.at(-1)).toBe('Base noble: cached');
    expect(details).toEqual([`${first.path}: hashed`]);
  });

  test('a modified cached file is removed and fetched again', async () => {
    const { mirror, imagePath } = await serveRelease();
    const { path } = await noble(mirror);
    await chmod(path, 0o644);
    await writeFile(path, other);
    expect(sha256Of(await readFile((await noble(mirror)).path))).toBe(sha256Of(image));
    expect(requestsTo(imagePath)).toBe(2);
    expect(warnings.join('\n')).toMatch(/Removed damaged base/);
  });

  test('two concurrent runs on a host download once', async () => {
    const { mirror, imagePath } = await serveRelease();
    const [a, b] = await Promise.all([noble(mirror), noble(mirror)]);
    expect(a).toEqual(b);
    expect(requestsTo(imagePath)).toBe(1);
  });

  test('leftovers of a killed run are removed', async () => {
    const { mirror } = await serveRelease();
    await mkdir(join(cacheDirectory, 'work', 'verify-noble', 'home'), { recursive: true });
    await noble(mirror);
    expect(await filesIn('work')).toEqual([]);
  });

  test('rejects a valid signature of another list', async () => {
    const { mirror, imagePath } = await serveRelease({ signed: 'another list' });
    await expect(noble(mirror)).rejects.toThrow(/^the signature of .*SHA256SUMS is invalid$/);
    expect(requestsTo(imagePath)).toBe(0);
    await expectNothingKept();
  });

  test('rejects a valid signature by another key', async () => {
    const stranger = await makeSigningKey(processes);
    try {
      const { mirror } = await serveRelease({ signWith: stranger });
      await expect(noble(mirror)).rejects.toThrow(/is invalid/);
      await expectNothingKept();
    } finally {
      await stranger.remove();
    }
  });

  test("the built-in key is Ubuntu's, and rejects a signature by the test's key", async () => {
    const { mirror } = await serveRelease();
    const failure = await resolve({ reference: 'noble', ubuntuMirror: mirror }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/is invalid/) as unknown,
      evidence: expect.arrayContaining([expect.stringMatching(/No public key/)]) as unknown,
    });
  });

  test('rejects an expired key', async () => {
    const expired = await makeSigningKey(processes, '1d', '--faked-system-time', '20250101T000000!');
    try {
      const { mirror } = await serveRelease({
        serial: '20250101',
        signWith: expired,
        signOptions: ['--faked-system-time', '20250101T010000!'],
      });
      await expect(noble(mirror, { keyring: expired.keyring })).rejects.toThrow(/has expired or was revoked/);
      await expectNothingKept();
    } finally {
      await expired.remove();
    }
  });

  test('rejects a signature that uses SHA-1', async () => {
    const { mirror } = await serveRelease({ signOptions: ['--digest-algo', 'SHA1'] });
    await expect(noble(mirror)).rejects.toThrow(/is invalid/);
  });

  test('rejects an old list in the directory of a newer serial', async () => {
    const old = await makeSigningKey(processes, 'never', '--faked-system-time', '20250101T000000!');
    try {
      const { mirror } = await serveRelease({
        signWith: old,
        signOptions: ['--faked-system-time', '20250601T000000!'],
      });
      await expect(noble(mirror, { keyring: old.keyring })).rejects.toThrow(
        /signed on 2025-06-01, before the date of its serial/,
      );
    } finally {
      await old.remove();
    }
  });

  test('rejects a file that is not a signature', async () => {
    const { mirror, root } = await serveRelease();
    server.serve(`${root}/noble/${today}/SHA256SUMS.gpg`, { body: Buffer.from('<html>hello</html>') });
    await expect(noble(mirror)).rejects.toThrow(/is invalid/);
  });

  test('rejects an image that does not match the signed list', async () => {
    const { mirror, imagePath } = await serveRelease();
    server.serve(imagePath, { body: other });
    await expect(noble(mirror)).rejects.toThrow(
      new RegExp(`SHA-256 is ${sha256Of(other)} \\(expected ${sha256Of(image)}\\)$`),
    );
    await expectNothingKept();
  });

  test('rejects a list without the image', async () => {
    const { mirror } = await serveRelease({ sums: `${sha256Of(image)} *noble-server-cloudimg-arm64.img\n` });
    await expect(noble(mirror)).rejects.toThrow(`SHA256SUMS has no checksum of ${name}`);
  });

  test.each(['serial=../../evil', 'serial=', '<html>'])('rejects the build info %p', async (text) => {
    const { mirror, root } = await serveRelease();
    server.serve(`${root}/noble/current/unpacked/build-info.txt`, { body: Buffer.from(text) });
    await expect(noble(mirror)).rejects.toThrow(/has no serial/);
  });

  test('an unknown suite is reported with a fix', async () => {
    const { mirror } = await serveRelease();
    await expect(noble(mirror, { reference: 'nobel' })).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/no Ubuntu suite "nobel"/) as unknown,
        fix: expect.stringContaining('bootstrap:<suite>') as unknown,
      }),
    );
  });

  test('rejects an older serial than the published one before the download, unless allowed', async () => {
    const { mirror, imagePath } = await serveRelease();
    await expect(noble(mirror, { newestSerial: '29990101' })).rejects.toThrow(/older than 29990101/);
    expect(requestsTo(imagePath)).toBe(0);
    await expect(noble(mirror, { newestSerial: '29990101', allowDowngrade: true })).resolves.toBeDefined();
    await expect(noble(mirror, { newestSerial: today })).resolves.toBeDefined();
  });

  test('warns about an image that is months old', async () => {
    const { mirror } = await serveRelease({ serial: '20250101.2' });
    await expect(noble(mirror)).resolves.toMatchObject({ origin: { serial: '20250101.2' } });
    expect(warnings.join('\n')).toMatch(/days old/);
  });

  test('base-sha256 pins the image', async () => {
    const { mirror } = await serveRelease();
    await expect(noble(mirror, { sha256: sha256Of(other) })).rejects.toThrow(/SHA-256 is/);
    await expect(noble(mirror, { sha256: sha256Of(image).toUpperCase() })).resolves.toBeDefined();
  });
});

describe('a URL', () => {
  const at = (path: string, content: Buffer): string => {
    server.serve(path, { body: content, etag: '"1"' });
    return `${server.url}${path}`;
  };

  test('with its checksum is fetched into the cache', async () => {
    const reference = at('/good.img', image);
    const base = await resolve({ reference, sha256: sha256Of(image) });
    expect(base).toMatchObject({
      path: join(cacheDirectory, 'sha256', sha256Of(image)),
      origin: { reference, url: reference },
    });
    expect(base.origin).not.toHaveProperty('serial');
  });

  test('without its checksum is rejected', async () => {
    await expect(resolve({ reference: at('/good.img', image) })).rejects.toThrow(UsageError);
  });

  test('keeps its secrets out of logs and outputs', async () => {
    const reference = at('/secret.img', image).replace('http://', 'http://user:hunter2@');
    const base = await resolve({ reference: `${reference}?X-Amz-Signature=hunter3`, sha256: sha256Of(image) });
    expect(JSON.stringify([base.origin, infos, warnings])).not.toMatch(/hunter/);
  });

  test('a broken download is resumed by the next run', async () => {
    const body = Buffer.alloc(4 * 1024 ** 2);
    body.writeUInt16LE(0xaa55, 510);
    const reference = at('/broken.img', body);
    server.serve('/broken.img', { body, etag: '"1"', breakAfter: 600_000, breakTimes: 5 });
    const sha256 = sha256Of(body);
    await expect(resolve({ reference, sha256 })).rejects.toThrow(/gave up/);
    expect([await filesIn('sha256'), await filesIn('partial')]).toEqual([[], [sha256, `${sha256}.validator`]]);
    await resolve({ reference, sha256 });
    expect([await filesIn('sha256'), await filesIn('partial')]).toEqual([[sha256], []]);
    expect(server.seen.at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  test.each([
    ['gzip', /this is gzip/, () => Buffer.from('1f8b08', 'hex')],
    ['a truncated image', /base http.*: .*(truncated|could not)/, () => image.subarray(0, 700)],
    [
      'an image with a backing file',
      /base http.*: qcow2 image with a backing file/,
      () => {
        const evil = Buffer.from(image);
        evil.writeBigUInt64BE(512n, 8);
        evil.writeUInt32BE(11, 16);
        evil.write('/etc/shadow', 512);
        return evil;
      },
    ],
  ])('%s is rejected in one line, and leaves nothing in the cache', async (_, message, make) => {
    const content = make();
    const failure = await resolve({ reference: at('/bad.img', content), sha256: sha256Of(content) }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toMatch(message);
    expect((failure as Failure).message).not.toContain('\n');
    await expectNothingKept();
  });
});

describe('a path', () => {
  const save = async (content: Buffer): Promise<string> => {
    const path = join(directory.path, 'base.img');
    await writeFile(path, content);
    return path;
  };

  test('is used in place', async () => {
    const path = await save(image);
    expect(await resolve({ reference: path })).toMatchObject({
      path,
      sha256: sha256Of(image),
      origin: { reference: path },
    });
    expect(await resolve({ reference: pathToFileURL(path).href })).toMatchObject({ path });
    await expectNothingKept();
  });

  test('is checked against base-sha256', async () => {
    const path = await save(image);
    await expect(resolve({ reference: path, sha256: sha256Of(image) })).resolves.toBeDefined();
    await expect(resolve({ reference: path, sha256: sha256Of(other) })).rejects.toThrow(/SHA-256 is/);
  });

  test.each([
    ['a file that is not there', 'nowhere/base.img'],
    ['a directory', '.'],
  ])('rejects %s', async (_, reference) => {
    await expect(resolve({ reference: join(directory.path, reference) })).rejects.toThrow(/is not a file$/);
  });

  test('a bad image is reported with its name', async () => {
    const path = await save(Buffer.from('hello'));
    await expect(resolve({ reference: path })).rejects.toThrow(/^base .*base\.img: not a disk image/);
  });

  test.each(['abc', 'g'.repeat(64), ''])('rejects base-sha256 %p', async (sha256) => {
    await expect(resolve({ reference: await save(image), sha256 })).rejects.toThrow(/base-sha256 is not a SHA-256/);
  });
});

describe('an unchanged base', () => {
  /** Runs that start when the times of the test's files are stable. */
  beforeEach(() => {
    aheadMs = 60_000;
  });

  const save = async (content: Buffer): Promise<string> => {
    const path = join(directory.path, 'base.img');
    await writeFile(path, content);
    return path;
  };

  /** Same size and still an image, because QEMU does not read this byte. */
  const changeImage = (): Buffer => {
    const changed = Buffer.from(image);
    changed.writeUInt8(1, 4096);
    return changed;
  };

  /** Adds a bootstrap image to the cache, as the run that built it does. */
  const keepBootstrap = async (content: Buffer): Promise<string> => {
    const sha256 = sha256Of(content);
    for (const name of ['sha256', 'bootstrap']) await mkdir(join(cacheDirectory, name), { recursive: true });
    await writeFile(cachedPath(cacheDirectory, sha256), content);
    const key = `bookworm-${sha256Of(JSON.stringify(createRecipe('bookworm'))).slice(0, 16)}`;
    await writeFile(join(cacheDirectory, 'bootstrap', `${key}.json`), JSON.stringify({ sha256, serial: today }));
    return cachedPath(cacheDirectory, sha256);
  };

  /** Changes the digest in the only record. A result with it shows that the file was not read. */
  const plant = async (sha256: string): Promise<void> => {
    const [name = '', ...others] = await filesIn('verified');
    expect(others).toEqual([]);
    const record = join(cacheDirectory, 'verified', name);
    await writeFile(record, JSON.stringify({ ...(JSON.parse(await readFile(record, 'utf8')) as object), sha256 }));
  };

  /** Whether the base was read, for each request of its digest. */
  const reads = (): readonly (string | undefined)[] =>
    details.map((line) => /: (hashed|unchanged since hashed at 20[\d-]+T[\d:.]+Z)$/.exec(line)?.[1]?.split(' ')[0]);

  test('is not rehashed at its path, unless requested', async () => {
    const reference = await save(image);
    await resolve({ reference });
    await plant(sha256Of('planted'));
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of('planted') });
    expect(await resolve({ reference, verify: true })).toMatchObject({ sha256: sha256Of(image) });
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
  });

  test('is still compared with base-sha256', async () => {
    const reference = await save(image);
    await resolve({ reference });
    await expect(resolve({ reference, sha256: sha256Of(other) })).rejects.toThrow(
      `SHA-256 is ${sha256Of(image)} (expected ${sha256Of(other)})`,
    );
    expect(reads()).toEqual(['hashed', 'unchanged']);
  });

  test('is rehashed at its path after a change, whatever its times are', async () => {
    const reference = await save(image);
    await utimes(reference, 1_700_000_000, 1_700_000_000);
    await resolve({ reference });
    const changed = changeImage();
    await save(changed);
    await utimes(reference, 1_700_000_000, 1_700_000_000);
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(changed) });
    expect(reads()).toEqual(['hashed', 'hashed']);
  });

  test('is not rehashed in the cache, unless requested', async () => {
    const { mirror, imagePath } = await serveRelease();
    const first = await noble(mirror);
    for (const verify of [false, false, true]) expect(await noble(mirror, { verify })).toEqual(first);
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
    expect(requestsTo(imagePath)).toBe(1);
  });

  test('is rehashed in the cache after a day', async () => {
    const { mirror } = await serveRelease();
    for (const day of [0, 0, 0, 1, 1]) {
      aheadMs = 60_000 + day * 24 * 3600 * 1000;
      await noble(mirror);
    }
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed', 'unchanged']);
  });

  test('is removed from the cache with its record if it is damaged, and fetched again', async () => {
    const { mirror, imagePath } = await serveRelease();
    const { path } = await noble(mirror);
    await chmod(path, 0o644);
    await utimes(path, 1_700_000_000, 1_700_000_000);
    await noble(mirror);
    expect(await filesIn('verified')).toHaveLength(1);
    const damaged = changeImage();
    await writeFile(path, damaged);
    await utimes(path, 1_700_000_000, 1_700_000_000);
    expect(sha256Of(await readFile((await noble(mirror)).path))).toBe(sha256Of(image));
    expect(requestsTo(imagePath)).toBe(2);
    expect(warnings).toEqual([`Removed damaged base from the cache: ${path} (SHA-256 is ${sha256Of(damaged)})`]);
    expect(await filesIn('verified')).toEqual([]);
  });

  test('is not rehashed if it was built from packages, unless requested', async () => {
    const path = await keepBootstrap(image);
    for (const verify of [false, false, true])
      expect(await resolve({ reference: 'bootstrap:bookworm', verify })).toMatchObject({
        path,
        sha256: sha256Of(image),
      });
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
  });

  test('is hashed on every run if no record can be saved', async () => {
    const reference = await save(image);
    cacheDirectory = join(reference, 'cache');
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(image) });
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(image) });
    expect(reads()).toEqual(['hashed', 'hashed']);
  });
});

test('the built-in keyring contains only the key with the checked fingerprint', async () => {
  const { ubuntuKeyFingerprint, ubuntuKeyring } = await import('../../../src/base/ubuntu-key.js');
  const home = await makeTestDirectory('key');
  const file = join(home.path, 'key.gpg');
  await writeFile(file, ubuntuKeyring);
  const { stdout } = await processes.run({
    argv: ['gpg', '--homedir', home.path, '--batch', '--with-colons', '--show-keys', file],
  });
  expect(stdout.match(/^pub:/gm)).toHaveLength(1);
  expect(stdout).toContain(`fpr:::::::::${ubuntuKeyFingerprint}:`);
  expect(stdout).toContain('UEC Image Automatic Signing Key <cdimage@ubuntu.com>');
  await rm(home.path, { recursive: true, force: true });
});
