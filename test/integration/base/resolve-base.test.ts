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
/** By so much the clock of a run goes fast. What was written a moment ago is recorded by none that goes right. */
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

/** Nothing that a later run could take for a base, nothing to continue, no scratch. */
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

/** Serves one release of a mirror of its own; answers with the mirror and the image's path. */
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
  test('the newest image is fetched from its own serial, verified and described', async () => {
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
    expect(infos.at(-1)).toBe('base noble: in the cache');
    expect(details).toEqual([`${first.path}: hashed`]);
  });

  test('a cached file that was changed is removed and fetched again', async () => {
    const { mirror, imagePath } = await serveRelease();
    const { path } = await noble(mirror);
    await chmod(path, 0o644);
    await writeFile(path, other);
    expect(sha256Of(await readFile((await noble(mirror)).path))).toBe(sha256Of(image));
    expect(requestsTo(imagePath)).toBe(2);
    expect(warnings.join('\n')).toMatch(/is damaged/);
  });

  test('two runs at once on one host download once', async () => {
    const { mirror, imagePath } = await serveRelease();
    const [a, b] = await Promise.all([noble(mirror), noble(mirror)]);
    expect(a).toEqual(b);
    expect(requestsTo(imagePath)).toBe(1);
  });

  test('what a killed run left in the scratch is removed', async () => {
    const { mirror } = await serveRelease();
    await mkdir(join(cacheDirectory, 'work', 'verify-noble', 'home'), { recursive: true });
    await noble(mirror);
    expect(await filesIn('work')).toEqual([]);
  });

  test('a good signature over another list is refused', async () => {
    const { mirror, imagePath } = await serveRelease({ signed: 'another list' });
    await expect(noble(mirror)).rejects.toThrow(/^the signature of .*SHA256SUMS is not good$/);
    expect(requestsTo(imagePath)).toBe(0);
    await expectNothingKept();
  });

  test('a good signature by another key is refused', async () => {
    const stranger = await makeSigningKey(processes);
    try {
      const { mirror } = await serveRelease({ signWith: stranger });
      await expect(noble(mirror)).rejects.toThrow(/is not good/);
      await expectNothingKept();
    } finally {
      await stranger.remove();
    }
  });

  test("the key that ships is Ubuntu's, and takes no signature of ours", async () => {
    const { mirror } = await serveRelease();
    const failure = await resolve({ reference: 'noble', ubuntuMirror: mirror }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/is not good/) as unknown,
      evidence: expect.arrayContaining([expect.stringMatching(/No public key/)]) as unknown,
    });
  });

  test('a key that has expired is refused', async () => {
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

  test('a signature over SHA-1 is refused', async () => {
    const { mirror } = await serveRelease({ signOptions: ['--digest-algo', 'SHA1'] });
    await expect(noble(mirror)).rejects.toThrow(/is not good/);
  });

  test('an old list under a newer serial is refused', async () => {
    const old = await makeSigningKey(processes, 'never', '--faked-system-time', '20250101T000000!');
    try {
      const { mirror } = await serveRelease({
        signWith: old,
        signOptions: ['--faked-system-time', '20250601T000000!'],
      });
      await expect(noble(mirror, { keyring: old.keyring })).rejects.toThrow(
        /signed on 2025-06-01, before the day of its serial/,
      );
    } finally {
      await old.remove();
    }
  });

  test('something that is no signature is refused', async () => {
    const { mirror, root } = await serveRelease();
    server.serve(`${root}/noble/${today}/SHA256SUMS.gpg`, { body: Buffer.from('<html>hello</html>') });
    await expect(noble(mirror)).rejects.toThrow(/is not good/);
  });

  test('a wrong image under a signed list is refused', async () => {
    const { mirror, imagePath } = await serveRelease();
    server.serve(imagePath, { body: other });
    await expect(noble(mirror)).rejects.toThrow(
      new RegExp(`its sha256 is ${sha256Of(other)}, not ${sha256Of(image)}$`),
    );
    await expectNothingKept();
  });

  test('a list without the image is refused', async () => {
    const { mirror } = await serveRelease({ sums: `${sha256Of(image)} *noble-server-cloudimg-arm64.img\n` });
    await expect(noble(mirror)).rejects.toThrow(`SHA256SUMS does not name ${name}`);
  });

  test.each(['serial=../../evil', 'serial=', '<html>'])('a build info of %p is refused', async (text) => {
    const { mirror, root } = await serveRelease();
    server.serve(`${root}/noble/current/unpacked/build-info.txt`, { body: Buffer.from(text) });
    await expect(noble(mirror)).rejects.toThrow(/names no serial/);
  });

  test('an unknown suite names what is allowed', async () => {
    const { mirror } = await serveRelease();
    await expect(noble(mirror, { reference: 'nobel' })).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/no Ubuntu suite 'nobel'/) as unknown,
        fix: expect.stringContaining('bootstrap:<suite>') as unknown,
      }),
    );
  });

  test('an older serial than the published one is refused before the download, unless it is allowed', async () => {
    const { mirror, imagePath } = await serveRelease();
    await expect(noble(mirror, { newestSerial: '29990101' })).rejects.toThrow(/older than 29990101/);
    expect(requestsTo(imagePath)).toBe(0);
    await expect(noble(mirror, { newestSerial: '29990101', allowDowngrade: true })).resolves.toBeDefined();
    await expect(noble(mirror, { newestSerial: today })).resolves.toBeDefined();
  });

  test('an image that has not changed for months is warned of', async () => {
    const { mirror } = await serveRelease({ serial: '20250101.2' });
    await expect(noble(mirror)).resolves.toMatchObject({ origin: { serial: '20250101.2' } });
    expect(warnings.join('\n')).toMatch(/days old/);
  });

  test('base-sha256 pins the image', async () => {
    const { mirror } = await serveRelease();
    await expect(noble(mirror, { sha256: sha256Of(other) })).rejects.toThrow(/its sha256 is/);
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

  test('without its checksum is refused', async () => {
    await expect(resolve({ reference: at('/good.img', image) })).rejects.toThrow(UsageError);
  });

  test('keeps its secrets out of what is told', async () => {
    const reference = at('/secret.img', image).replace('http://', 'http://user:hunter2@');
    const base = await resolve({ reference: `${reference}?X-Amz-Signature=hunter3`, sha256: sha256Of(image) });
    expect(JSON.stringify([base.origin, infos, warnings])).not.toMatch(/hunter/);
  });

  test('a broken download is continued by the next run', async () => {
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
    ['gzip', /but gzip/, () => Buffer.from('1f8b08', 'hex')],
    ['a truncated image', /base http.*: .*(truncated|ends early|not checked|could not)/, () => image.subarray(0, 700)],
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
  ])('%s is refused in one line, and nothing stays in the cache', async (_, message, make) => {
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

  test('is used where it lies', async () => {
    const path = await save(image);
    expect(await resolve({ reference: path })).toMatchObject({
      path,
      sha256: sha256Of(image),
      origin: { reference: path },
    });
    expect(await resolve({ reference: pathToFileURL(path).href })).toMatchObject({ path });
    await expectNothingKept();
  });

  test('is checked where a checksum is given', async () => {
    const path = await save(image);
    await expect(resolve({ reference: path, sha256: sha256Of(image) })).resolves.toBeDefined();
    await expect(resolve({ reference: path, sha256: sha256Of(other) })).rejects.toThrow(/its sha256 is/);
  });

  test.each([
    ['a file that is not there', 'nowhere/base.img'],
    ['a directory', '.'],
  ])('%s is refused', async (_, reference) => {
    await expect(resolve({ reference: join(directory.path, reference) })).rejects.toThrow(/is not a file$/);
  });

  test('a bad image is refused with its name', async () => {
    const path = await save(Buffer.from('hello'));
    await expect(resolve({ reference: path })).rejects.toThrow(/^base .*base\.img: not a disk image/);
  });

  test.each(['abc', 'g'.repeat(64), ''])('base-sha256 %p is refused', async (sha256) => {
    await expect(resolve({ reference: await save(image), sha256 })).rejects.toThrow(/base-sha256 is not a SHA-256/);
  });
});

describe('a base that was hashed and has not changed', () => {
  /** As runs that begin when the files of the test have settled. */
  beforeEach(() => {
    aheadMs = 60_000;
  });

  const save = async (content: Buffer): Promise<string> => {
    const path = join(directory.path, 'base.img');
    await writeFile(path, content);
    return path;
  };

  /** As long as it was, and still an image: QEMU reads nothing of this byte. */
  const changeImage = (): Buffer => {
    const changed = Buffer.from(image);
    changed.writeUInt8(1, 4096);
    return changed;
  };

  /** Puts a bootstrap image into the cache, as the run that made it did. */
  const keepBootstrap = async (content: Buffer): Promise<string> => {
    const sha256 = sha256Of(content);
    for (const name of ['sha256', 'bootstrap']) await mkdir(join(cacheDirectory, name), { recursive: true });
    await writeFile(cachedPath(cacheDirectory, sha256), content);
    const key = `bookworm-${sha256Of(JSON.stringify(createRecipe('bookworm'))).slice(0, 16)}`;
    await writeFile(join(cacheDirectory, 'bootstrap', `${key}.json`), JSON.stringify({ sha256, serial: today }));
    return cachedPath(cacheDirectory, sha256);
  };

  /** Lets the only record say another digest: who answers with it has not read the file. */
  const plant = async (sha256: string): Promise<void> => {
    const [name = '', ...others] = await filesIn('verified');
    expect(others).toEqual([]);
    const record = join(cacheDirectory, 'verified', name);
    await writeFile(record, JSON.stringify({ ...(JSON.parse(await readFile(record, 'utf8')) as object), sha256 }));
  };

  /** For each time that a digest was asked for: whether the base was read. */
  const reads = (): readonly (string | undefined)[] =>
    details.map(
      (line) => /: (hashed|unchanged since it was hashed at 20[\d-]+T[\d:.]+Z)$/.exec(line)?.[1]?.split(' ')[0],
    );

  test('is not read again at its path, unless that is asked for', async () => {
    const reference = await save(image);
    await resolve({ reference });
    await plant(sha256Of('planted'));
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of('planted') });
    expect(await resolve({ reference, verify: true })).toMatchObject({ sha256: sha256Of(image) });
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
  });

  test('is held against base-sha256 all the same', async () => {
    const reference = await save(image);
    await resolve({ reference });
    await expect(resolve({ reference, sha256: sha256Of(other) })).rejects.toThrow(
      `its sha256 is ${sha256Of(image)}, not ${sha256Of(other)}`,
    );
    expect(reads()).toEqual(['hashed', 'unchanged']);
  });

  test('is read again at its path where it was changed, whatever its times say', async () => {
    const reference = await save(image);
    await utimes(reference, 1_700_000_000, 1_700_000_000);
    await resolve({ reference });
    const changed = changeImage();
    await save(changed);
    await utimes(reference, 1_700_000_000, 1_700_000_000);
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(changed) });
    expect(reads()).toEqual(['hashed', 'hashed']);
  });

  test('is not read again in the cache, unless that is asked for', async () => {
    const { mirror, imagePath } = await serveRelease();
    const first = await noble(mirror);
    for (const verify of [false, false, true]) expect(await noble(mirror, { verify })).toEqual(first);
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
    expect(requestsTo(imagePath)).toBe(1);
  });

  test('is read again in the cache after a day', async () => {
    const { mirror } = await serveRelease();
    for (const day of [0, 0, 0, 1, 1]) {
      aheadMs = 60_000 + day * 24 * 3600 * 1000;
      await noble(mirror);
    }
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed', 'unchanged']);
  });

  test('is removed from the cache with its record where it was damaged, and fetched again', async () => {
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
    expect(warnings).toEqual([`cached base ${path} is damaged (its sha256 is ${sha256Of(damaged)}): removed`]);
    expect(await filesIn('verified')).toEqual([]);
  });

  test('is not read again where it was made from packages, unless that is asked for', async () => {
    const path = await keepBootstrap(image);
    for (const verify of [false, false, true])
      expect(await resolve({ reference: 'bootstrap:bookworm', verify })).toMatchObject({
        path,
        sha256: sha256Of(image),
      });
    expect(reads()).toEqual(['hashed', 'unchanged', 'hashed']);
  });

  test('is read each time where nothing can be recorded', async () => {
    const reference = await save(image);
    cacheDirectory = join(reference, 'cache');
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(image) });
    expect(await resolve({ reference })).toMatchObject({ sha256: sha256Of(image) });
    expect(reads()).toEqual(['hashed', 'hashed']);
  });
});

test('the key that ships has the fingerprint that is checked, and is the only one', async () => {
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
