import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  UploadPartCommand,
  type ChecksumAlgorithm,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../../src/platform/clock.js';
import { hashFileChunks } from '../../../src/platform/fs/file-chunks.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectStore, StagedObject, StageRequest, UnchangedRanges } from '../../../src/objects/object-store.js';
import { reapStaged } from '../../../src/store/cleanup/reap-staged.js';
import type { S3Address } from '../../../src/objects/s3/address.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { isStagedKey } from '../../../src/store/names.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const partSize = 5 * 1024 ** 2;
const writer = { owner: 'tester', cacheControl: 'public, max-age=60' };
const key = 'snapshots/a.1.qcow2';
let server: S3Server;
let address: S3Address;
let store: ObjectStore;
let directory: string;
/** The same bucket, past our own code. */
let client: S3Client;

beforeAll(async () => {
  server = await startS3Server();
}, testServerWithinMs);
afterAll(async () => server.stop());

beforeEach(async () => {
  address = { ...(await server.makeBucket()), prefix: 'team/' };
  store = connect(address);
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: server.credentials,
  });
  directory = await mkdtemp(join(tmpdir(), 's3-store-'));
});

afterEach(async () => {
  client.destroy();
  await rm(directory, { recursive: true });
});

function connect(to: S3Address): ObjectStore {
  return createS3Store(to, { clock: systemClock, credentials: server.credentials });
}

const whole = (name = key): { readonly Bucket: string; readonly Key: string } => ({
  Bucket: address.bucket,
  Key: `team/${name}`,
});

async function stage(bytes: Buffer, more: Partial<StageRequest> = {}): Promise<StagedObject> {
  const path = join(directory, randomBytes(8).toString('hex'));
  await writeFile(path, bytes);
  return store.stage({ key, path, ...(await hashFileChunks(path)), sha256: sha256Of(bytes), writer, ...more });
}

async function contentOf(name: string): Promise<string> {
  return sha256Of(await buffer((await store.open(name))!));
}

async function countStaged(from = store): Promise<number> {
  let count = 0;
  for await (const { abort } of from.listStaged(isStagedKey)) count += typeof abort === 'function' ? 1 : 0;
  return count;
}

describe('an object', () => {
  test('has its owner, its SHA-256, and what caches may do', async () => {
    const bytes = randomBytes(partSize + 1);
    await (await stage(bytes)).complete();
    expect(await store.head(key)).toMatchObject({ size: bytes.length, sha256: sha256Of(bytes) });
    const head = await client.send(new HeadObjectCommand(whole()));
    expect(head).toMatchObject({
      CacheControl: 'public, max-age=60',
      Metadata: { owner: 'tester', sha256: sha256Of(bytes) },
    });
  });

  test('that is known is not sent again', async () => {
    await store.createOnly('snapshots/a.1.claim', Buffer.from('ours'), writer);
    const known = { ...(await store.read('snapshots/a.1.claim', 10))!, bytes: Buffer.from('what is here') };
    expect(await store.read('snapshots/a.1.claim', 10, known)).toBe(known);
  });

  test('can be empty', async () => {
    await (await stage(Buffer.alloc(0))).complete();
    expect(await store.head(key)).toMatchObject({ size: 0, sha256: sha256Of('') });
    expect(await contentOf(key)).toBe(sha256Of(''));
  });

  test('has a place of its own below the prefix', async () => {
    await store.createOnly('snapshots/a.1.claim', Buffer.from('ours'), writer);
    const other = connect({ ...address, prefix: '' });
    expect(await other.head('snapshots/a.1.claim')).toBeUndefined();
    expect((await other.read('team/snapshots/a.1.claim', 10))?.bytes.toString()).toBe('ours');
    expect(store.uri('snapshots/a.1.claim')).toBe(`s3://${address.bucket}/team/snapshots/a.1.claim`);
    const found = await (
      await client.send(new GetObjectCommand(whole('snapshots/a.1.claim')))
    ).Body?.transformToString();
    expect(found).toBe('ours');
  });
});

describe('what others have left staged', () => {
  test("is removed when it is old enough, and what is none of the store's own is not even seen", async () => {
    await stage(Buffer.from('left'));
    for (const Key of [
      'team/backups/database',
      'team/images/holiday.jpg',
      'team/snapshots/of-a-database',
      'snapshots/b.1.qcow2',
    ]) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: address.bucket, Key }));
    }
    const reap = async (clock: number): Promise<readonly string[]> =>
      reapStaged({ graceMs: 3_600_000 }, { store, clock: createTestClock(clock), log: silentLog });
    expect(await reap(Date.now())).toEqual([]);
    expect(await reap(Date.now() + 4_000_000)).toEqual([key]);
    expect(await countStaged()).toBe(0);
    expect(await countStaged(connect({ ...address, prefix: '' }))).toBe(1);
  });
});

describe('an upload that a dead process has left', () => {
  const bytes = randomBytes(3 * partSize + 100);
  const part = (number: number): Buffer => bytes.subarray((number - 1) * partSize, number * partSize);

  interface Leaving {
    readonly name?: string;
    readonly algorithm?: ChecksumAlgorithm;
  }
  const leave = async (
    parts: ReadonlyMap<number, Buffer>,
    { name = key, algorithm = 'SHA256' }: Leaving = {},
  ): Promise<void> => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...whole(name), ChecksumAlgorithm: algorithm }),
    );
    for (const [PartNumber, Body] of parts) {
      await client.send(
        new UploadPartCommand({ ...whole(name), UploadId, PartNumber, Body, ChecksumAlgorithm: algorithm }),
      );
    }
  };
  const publish = async (more: Partial<StageRequest> = {}): Promise<number> => {
    const staged = await stage(bytes, { resumeSince: 0, ...more });
    expect(await staged.complete()).toBe('created');
    expect(await contentOf(key)).toBe(sha256Of(bytes));
    return staged.sentBytes;
  };

  test('is continued: what has arrived as it should is not sent again', async () => {
    await leave(
      new Map([
        [1, part(1)],
        [2, randomBytes(partSize)],
        [4, part(4)],
      ]),
    );
    const seen: number[] = [];
    expect(await publish({ onProgress: (done) => seen.push(done) })).toBe(2 * partSize);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(await countStaged()).toBe(0);
  });

  test('is left alone by who did not ask for it', async () => {
    await leave(new Map([[1, part(1)]]));
    const staged = await stage(bytes);
    expect([await staged.complete(), staged.sentBytes]).toEqual(['created', bytes.length]);
    expect(await countStaged()).toBe(1);
  });

  test('is left alone where it was begun too long ago', async () => {
    await leave(new Map([[1, part(1)]]));
    expect(await publish({ resumeSince: Date.now() + 60_000 })).toBe(bytes.length);
    expect(await countStaged()).toBe(1);
  });

  test('need not have anything in it', async () => {
    await leave(new Map());
    expect(await publish()).toBe(bytes.length);
  });

  test.each<readonly [string, ReadonlyMap<number, Buffer>, Leaving]>([
    ['is of another key', new Map([[1, part(1)]]), { name: 'snapshots/a.1.vmlinuz' }],
    ['was cut in another way', new Map([[1, part(1).subarray(0, 4 * 1024 ** 2)]]), {}],
    [
      'has more parts than the file',
      new Map([
        [1, part(1)],
        [5, part(4)],
      ]),
      {},
    ],
    ['has no digests that we know', new Map([[1, part(1)]]), { algorithm: 'CRC32' }],
  ])('is not taken where it %s', async (_, parts, more) => {
    await leave(parts, more);
    expect(await publish()).toBe(bytes.length);
    expect(await countStaged()).toBe(1);
  });

  test('is the newest that fits', async () => {
    await leave(
      new Map([
        [1, part(1)],
        [2, part(2)],
      ]),
    );
    // Servers count whole seconds.
    const began = Date.now();
    while (Math.floor(Date.now() / 1000) === Math.floor(began / 1000)) await systemClock.sleep(20);
    await leave(new Map([[3, part(3)]]));
    await leave(new Map([[1, part(1).subarray(1)]]));
    expect(await publish()).toBe(bytes.length - partSize);
    expect(await countStaged()).toBe(2);
  });

  test('never makes an object say that it has the content of another', async () => {
    const abandoned = await stage(randomBytes(2 * partSize), { resumeSince: 0 });
    const file = Buffer.concat([part(1), part(2)]);
    const staged = await stage(file, { resumeSince: 0 });
    expect(staged.sentBytes).toBe(file.length);
    expect(await staged.complete()).toBe('created');
    expect((await store.head(key))?.sha256 ?? sha256Of(file)).toBe(sha256Of(file));
    await abandoned.abort();
  });
});

describe('what an earlier object has at the same place', () => {
  const before = randomBytes(4 * partSize + 100);
  const after = Buffer.concat([before.subarray(0, partSize), randomBytes(100), before.subarray(partSize + 100)]);
  const earlier = 'snapshots/a.0.qcow2';
  const ranges = [
    { start: 0, length: partSize + 1 },
    { start: 2 * partSize - 5, length: 2 * partSize + 105 },
  ];
  let unchanged: UnchangedRanges;

  const tagOf = async (name: string): Promise<string> => (await store.head(name))?.tag ?? '';

  beforeEach(async () => {
    await (await stage(before, { key: earlier })).complete();
    unchanged = { key: earlier, tag: await tagOf(earlier), ranges };
  });

  const publish = async (
    bytes: Buffer,
    more: Partial<StageRequest>,
  ): Promise<Pick<StagedObject, 'sentBytes' | 'copiedBytes'>> => {
    const staged = await stage(bytes, more);
    expect(await staged.complete()).toBe('created');
    expect(await contentOf(staged.key)).toBe(sha256Of(bytes));
    return { sentBytes: staged.sentBytes, copiedBytes: staged.copiedBytes };
  };

  test('is copied, and only the rest is sent', async () => {
    expect(await publish(after, { unchanged })).toEqual({ sentBytes: partSize, copiedBytes: after.length - partSize });
  });

  test('is copied from copies too', async () => {
    await publish(after, { unchanged });
    const third = { key: 'snapshots/a.2.qcow2', unchanged: { key, tag: await tagOf(key), ranges } };
    expect(await publish(after, third)).toEqual({ sentBytes: partSize, copiedBytes: after.length - partSize });
  });

  test('is sent where the object is not there', async () => {
    expect(await publish(after, { unchanged: { ...unchanged, key: 'snapshots/a.9.qcow2' } })).toEqual({
      sentBytes: after.length,
      copiedBytes: 0,
    });
  });

  test('is sent where the object is shorter than it is said to be', async () => {
    const longer = Buffer.concat([before, randomBytes(partSize)]);
    const { copiedBytes } = await publish(longer, {
      unchanged: { ...unchanged, ranges: [{ start: 4 * partSize, length: 2 * partSize }] },
    });
    expect(copiedBytes).toBe(0);
  });

  test('is sent where the object was written anew since it was published', async () => {
    await store.delete(earlier);
    await (await stage(Buffer.concat([randomBytes(partSize), before.subarray(partSize)]), { key: earlier })).complete();
    expect(await publish(after, { unchanged })).toEqual({ sentBytes: after.length, copiedBytes: 0 });
  });

  test('is not read on this machine: its bytes are those that the object has', async () => {
    const path = join(directory, 'full of holes');
    await writeFile(
      path,
      Buffer.concat([
        Buffer.alloc(partSize),
        after.subarray(partSize, 2 * partSize),
        Buffer.alloc(after.length - 2 * partSize),
      ]),
    );
    expect(await publish(after, { path, unchanged })).toEqual({
      sentBytes: partSize,
      copiedBytes: after.length - partSize,
    });
  });

  test('goes together with what a dead process has left', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...whole(), ChecksumAlgorithm: 'SHA1' }));
    const changed = after.subarray(partSize, 2 * partSize);
    const ChecksumSHA1 = createHash('sha1').update(changed).digest('base64');
    await client.send(new UploadPartCommand({ ...whole(), UploadId, PartNumber: 2, Body: changed, ChecksumSHA1 }));
    expect(await publish(after, { unchanged, resumeSince: 0 })).toEqual({
      sentBytes: 0,
      copiedBytes: after.length - partSize,
    });
  });
});
