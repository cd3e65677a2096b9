import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectReader, ObjectStore } from '../../../src/objects/object-store.js';
import type { S3Address } from '../../../src/objects/s3/address.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { moveChannelTo, type StoreIndex } from '../../../src/store/index/store-index.js';
import { changeIndex, image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server('versitygw');
}, testServerWithinMs);
afterAll(async () => server.stop());

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let address: S3Address;
let publisher: ObjectStore;

beforeEach(async () => {
  directory = await makeTestDirectory('s3 host');
  root = join(directory.path, 'host');
  address = await server.makeBucket();
  publisher = createS3Store(address, { clock: systemClock, credentials: server.credentials });
});
afterEach(async () => directory.remove());

async function pull(store: ObjectReader): Promise<Pulled> {
  return pullVersion(
    { root, image, wanted: 'latest', verify: false },
    {
      store,
      processes: createTestProcesses(),
      log: silentLog,
      clock: systemClock,
      signal: new AbortController().signal,
    },
  );
}

test('a real S3 server gives a version, and then what changed in the next', async () => {
  await publishTestVersion(publisher, { image: makeImage(20) });
  expect((await pull(publisher)).transfer).toEqual({ fetched: 20 * 1024 ** 2 + 12_345 + 7000, reused: 0 });
  await publishTestVersion(publisher, { image: makeImage(20, [5, 17]) });
  expect((await pull(publisher)).transfer.fetched).toBe(2 * 1024 ** 2 + 7000);
  expect((await pull(publisher)).changed).toBe(false);
  expect(await verifyHost({ root, image }, { log: silentLog, signal: new AbortController().signal })).toEqual([
    { version: 2, problems: [] },
    { version: 1, problems: [] },
  ]);
});

test('a bucket that went back is rejected, and so is what it had revoked', async () => {
  const key = 'snapshots/ubuntu-base.index.json';
  await publishTestVersion(publisher);
  const old = (await publisher.read(key, 2 ** 20))!;
  await publishTestVersion(publisher);
  await changeIndex(publisher, (index) => ({
    ...moveChannelTo(index, 'latest', 1),
    revoked: { 2: { reason: 'leaks a key', at: '2026-11-23T06:00:00Z' } },
  }));
  expect((await pull(publisher)).local.version).toBe(1);
  const newest = (await publisher.read(key, 2 ** 20))!;
  await publisher.compareAndSwap(key, newest.tag, old.bytes, { owner: 'attacker', cacheControl: 'no-store' });
  await expect(pull(publisher)).rejects.toMatchObject({
    message: `s3://${address.bucket}/${key} went back from generation 3 to 1: an old copy of the index, or a restored bucket`,
    fix: expect.stringContaining(`ch-golden host forget --store s3://${address.bucket}`),
  });
  const replayed = (await publisher.read(key, 2 ** 20))!;
  const forged = {
    ...(JSON.parse(String(newest.bytes)) as object),
    generation: 9,
    revoked: {},
    channels: { latest: (JSON.parse(String(newest.bytes)) as StoreIndex).live[1]! },
  };
  await publisher.compareAndSwap(key, replayed.tag, Buffer.from(JSON.stringify(forged)), {
    owner: 'attacker',
    cacheControl: 'no-store',
  });
  await expect(pull(publisher)).rejects.toThrow('version 2 of ubuntu-base is revoked: leaks a key');
});

test('a public bucket is read without credentials, and refused with one line where it is not public', async () => {
  await publishTestVersion(publisher, { image: makeImage(1) });
  const anonymous = createS3Store({ ...address, anonymous: true }, { clock: systemClock });
  await expect(pull(anonymous)).rejects.toMatchObject({
    message: `s3:GetObject on s3://${address.bucket}/snapshots/ubuntu-base.index.json is denied`,
    fix: expect.stringContaining('remove anonymous'),
  });
  await publish(address);
  expect((await pull(anonymous)).local.version).toBe(1);
  await expect(anonymous.delete('snapshots/ubuntu-base.1.qcow2')).rejects.toThrow('s3:DeleteObject');
});

/** Lets everyone read the bucket. */
async function publish({ bucket, endpoint }: S3Address): Promise<void> {
  const client = new S3Client({
    endpoint: endpoint!,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: server.credentials,
  });
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  };
  await client.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  client.destroy();
}
