import { execFileSync } from 'node:child_process';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../../src/platform/fs/files.js';
import {
  forgetFile,
  sha256OfKnownFile,
  type HashedFile,
  type KnownFileRequest,
} from '../../../src/base/known-files.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const daySeconds = 24 * 3600;
/** A recorded digest that shows whether the file was read. */
const planted = 'ab'.repeat(32);

let made: Awaited<ReturnType<typeof makeTestDirectory>>;
let path: string;
let directory: string;
/** When the times of a test's first file are stable, in milliseconds since the epoch. */
let later: number;

beforeEach(async () => {
  made = await makeTestDirectory('known');
  [path, directory] = [join(made.path, 'file'), join(made.path, 'records')];
  await writeFile(path, 'hello');
  await setBack();
  later = Date.now() + 5000;
});
afterEach(async () => made.remove());

/** Sets the file's mtime to long ago, as programs can. */
async function setBack(file = path): Promise<void> {
  await utimes(file, 1_700_000_000, 1_700_000_000);
}

async function hash(change: Partial<KnownFileRequest> & { readonly now?: number } = {}): Promise<HashedFile> {
  const { now = later, ...more } = change;
  return sha256OfKnownFile(path, { directory, clock: { now: () => now }, ...more });
}

async function findRecord(): Promise<string> {
  const [name = '', ...others] = await readdir(directory);
  expect(others).toEqual([]);
  return join(directory, name);
}

async function readRecord(): Promise<object> {
  return JSON.parse(await readFile(await findRecord(), 'utf8')) as object;
}

async function changeRecord(change: object): Promise<void> {
  await writeFile(await findRecord(), JSON.stringify({ ...(await readRecord()), ...change }));
}

/** Hashes the file, and changes the digest in its record. */
async function plant(): Promise<void> {
  await hash();
  await changeRecord({ sha256: planted });
}

const hashed = (content: string, hashedAt = later): HashedFile => ({
  sha256: sha256Of(content),
  hashedAt,
  wasKnown: false,
});

test('an unchanged file is not rehashed', async () => {
  expect(await hash()).toEqual(hashed('hello'));
  expect(await hash({ now: later + 1000 })).toEqual({ sha256: sha256Of('hello'), hashedAt: later, wasKnown: true });
  await changeRecord({ sha256: planted });
  expect(await hash({ now: later + 2000 })).toEqual({ sha256: planted, hashedAt: later, wasKnown: true });
});

test('a file with a record is rehashed on request, and its record replaced', async () => {
  await plant();
  expect(await hash({ full: true, now: later + 1 })).toEqual(hashed('hello', later + 1));
  expect(await readRecord()).toMatchObject({ path, sha256: sha256Of('hello'), hashedAt: later + 1 });
});

test('a record is trusted for a day', async () => {
  await plant();
  expect(await hash({ now: later + daySeconds * 1000 })).toMatchObject({ wasKnown: true });
  expect(await hash({ now: later + daySeconds * 1000 + 1 })).toEqual(hashed('hello', later + daySeconds * 1000 + 1));
  expect(await hash({ now: later + daySeconds * 1000 + 2 })).toMatchObject({
    wasKnown: true,
    sha256: sha256Of('hello'),
  });
});

test('a record from the future is not trusted', async () => {
  await plant();
  await changeRecord({ hashedAt: later + 1 });
  expect(await hash()).toEqual(hashed('hello'));
});

describe('a file is rehashed', () => {
  test('that was written to, with its size and mtime restored', async () => {
    await plant();
    const before = await stat(path);
    await writeFile(path, 'world');
    await setBack();
    const after = await stat(path);
    expect([after.size, after.mtimeMs, after.ino]).toEqual([before.size, before.mtimeMs, before.ino]);
    expect(await hash()).toEqual(hashed('world'));
  });

  test('that was replaced', async () => {
    const other = join(made.path, 'other');
    await writeFile(other, 'world');
    await setBack(other);
    await plant();
    await rename(other, path);
    expect(await hash()).toEqual(hashed('world'));
  });

  test.each(['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'])('whose %s differs from the record', async (name) => {
    await plant();
    const { identity } = (await readRecord()) as { readonly identity: Readonly<Record<string, string>> };
    await changeRecord({ identity: { ...identity, [name]: `${identity[name]}0` } });
    expect(await hash()).toEqual(hashed('hello'));
  });

  test.each([
    ['empty', ''],
    ['not JSON', '{"path":'],
    ['an empty object', '{}'],
  ])('whose record is %s', async (_, record) => {
    await plant();
    await writeFile(await findRecord(), record);
    expect(await hash()).toEqual(hashed('hello'));
    expect(await hash()).toMatchObject({ wasKnown: true });
  });

  test('whose record has a different path', async () => {
    await plant();
    await changeRecord({ path: `${path}2` });
    expect(await hash()).toEqual(hashed('hello'));
  });

  test('whose record has an invalid digest', async () => {
    await plant();
    await changeRecord({ sha256: '../x' });
    expect(await hash()).toEqual(hashed('hello'));
  });

  test('whose record was removed', async () => {
    await plant();
    await forgetFile(path, directory);
    expect(await readdir(directory)).toEqual([]);
    expect(await hash()).toEqual(hashed('hello'));
  });
});

describe('no record is saved of a file', () => {
  const expectNone = async (): Promise<void> => expect(await readdir(directory).catch(() => [])).toEqual([]);

  test('that was just created, whatever its mtime is', async () => {
    const { ctimeMs } = await stat(path);
    expect(await hash({ now: Math.floor(ctimeMs) + 1999 })).toMatchObject({ sha256: sha256Of('hello') });
    await expectNone();
    await hash({ now: Math.ceil(ctimeMs) + 2000 });
    expect(await readdir(directory)).toHaveLength(1);
  });

  test('with a recent mtime', async () => {
    await utimes(path, later / 1000 - 1, later / 1000 - 1);
    await hash();
    await expectNone();
  });

  test('that changed while it was hashed', async () => {
    await hash();
    // Reading this record waits for its writer, after the file's times were read.
    const record = await findRecord();
    await rm(record);
    execFileSync('mkfifo', [record]);
    const hashing = hash();
    const writer = await open(record, 'w');
    await writeFile(path, 'world');
    await writer.close();
    expect(await hashing).toEqual(hashed('world'));
    expect((await stat(record)).isFIFO()).toBe(true);
  });
});

test('a record that cannot be written is not an error', async () => {
  // Fails for root too, because a file is not a directory.
  directory = join(path, 'records');
  expect(await hash()).toEqual(hashed('hello'));
  expect(await hash()).toEqual(hashed('hello'));
  await expect(forgetFile(path, directory)).resolves.toBeUndefined();
});

test('a record that cannot be replaced is not an error', async () => {
  await hash();
  const record = await findRecord();
  await rm(record);
  await mkdir(record);
  expect(await hash()).toEqual(hashed('hello'));
  expect(await readdir(directory)).toHaveLength(1);
});

test('each file has its own record', async () => {
  const other = join(made.path, 'other');
  await writeFile(other, 'other');
  await setBack(other);
  await plant();
  expect(await sha256OfKnownFile(other, { directory, clock: { now: () => later } })).toEqual(hashed('other'));
  expect(await hash()).toMatchObject({ sha256: planted });
});

test('hashing can be cancelled', async () => {
  await expect(hash({ signal: AbortSignal.abort() })).rejects.toThrow();
  expect(await readdir(directory).catch(() => [])).toEqual([]);
});

test('a missing file is reported with its name', async () => {
  path = join(made.path, 'nowhere');
  await expect(hash()).rejects.toThrow(/ENOENT.*nowhere/);
});
