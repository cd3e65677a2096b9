import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkStore } from '../../src/app/doctor/checks/store.js';
import type { Finding } from '../../src/app/doctor/finding.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { createS3Store } from '../../src/objects/s3/s3-store.js';
import { systemClock } from '../../src/platform/clock.js';
import { Failure } from '../../src/platform/errors.js';
import { startFaultProxy, type FaultProxy, type ProxiedRequest } from '../fixtures/fault-proxy.js';
import { createMemoryStore } from '../fixtures/memory-store.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../fixtures/s3-server.js';

const publish = {
  image: 'ubuntu-base',
  channel: 'latest',
  keep: 5,
  ifUnchanged: 'skip',
  dryRun: false,
  unsafeStore: false,
} as const;
const check = async (store: ObjectStore): Promise<Finding> =>
  checkStore({ publish }, { store, clock: systemClock, owner: 'me' });

describe('row 5: the doctor makes every call to S3 that a build makes', () => {
  let server: S3Server;
  let proxy: FaultProxy;
  const seen = new Set<string>();

  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint, (request) => {
      seen.add(toOperation(request));
      return undefined;
    });
  }, testServerWithinMs);
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  test('and finds no problem with a real server', async () => {
    const address = { ...(await server.makeBucket()), endpoint: proxy.endpoint };
    const store = createS3Store(address, { clock: systemClock, credentials: server.credentials });
    expect(await check(store)).toMatchObject({ name: 'store', state: 'ok' });
    expect([...seen].sort()).toEqual(await listOperations());
    for await (const { key } of store.list('')) throw new Error(`${key} is left`);
    for await (const { key } of store.listStaged(() => true)) throw new Error(`${key} is still staged`);
  });
});

/** Every S3 operation that the sources use. */
async function listOperations(): Promise<readonly string[]> {
  const directory = join(import.meta.dirname, '..', '..', 'src', 'objects', 's3');
  const sources = await Promise.all(
    (await readdir(directory)).map(async (name) => readFile(join(directory, name), 'utf8')),
  );
  const names = sources.flatMap((text) => [...text.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name ?? ''));
  return [...new Set(names)].sort();
}

/** The operation of a request. Source: the S3 API reference. */
function toOperation({ method, path, headers }: ProxiedRequest): string {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  const isObject = pathname.split('/').filter((part) => part !== '').length > 1;
  const isUpload = searchParams.has('uploadId');
  switch (method) {
    case 'HEAD':
      return 'HeadObject';
    case 'GET':
      if (!isObject) return searchParams.has('uploads') ? 'ListMultipartUploads' : 'ListObjectsV2';
      return isUpload ? 'ListParts' : 'GetObject';
    case 'PUT':
      if (!isUpload) return 'PutObject';
      return headers['x-amz-copy-source'] === undefined ? 'UploadPart' : 'UploadPartCopy';
    case 'POST':
      return toPostOperation(searchParams, isUpload);
    default:
      return isUpload ? 'AbortMultipartUpload' : 'DeleteObject';
  }
}

function toPostOperation(searchParams: URLSearchParams, isUpload: boolean): string {
  if (searchParams.has('delete')) return 'DeleteObjects';
  return isUpload ? 'CompleteMultipartUpload' : 'CreateMultipartUpload';
}

describe('row 5: the doctor names what is denied', () => {
  const denied = (action: string): Failure => new Failure(`${action} is denied`, { fix: `allow ${action}` });
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* denyListing(action: string): AsyncGenerator<never> {
    throw denied(action);
  }
  const cases: readonly (readonly [string, Partial<ObjectStore>])[] = [
    ['s3:ListBucket', { list: () => denyListing('s3:ListBucket') }],
    ['s3:ListBucketMultipartUploads', { listStaged: () => denyListing('s3:ListBucketMultipartUploads') }],
    ['s3:GetObject', { head: async () => Promise.reject(denied('s3:GetObject')) }],
    ['s3:GetObjectRange', { open: async () => Promise.reject(denied('s3:GetObjectRange')) }],
    ['s3:DeleteObject', { delete: async () => Promise.reject(denied('s3:DeleteObject')) }],
  ];
  test.each(cases)('%s', async (action, change) => {
    expect(await check({ ...createMemoryStore(), ...change })).toEqual({
      name: 'store',
      state: 'broken',
      text: `${action} is denied`,
      fix: `allow ${action}`,
    });
  });

  test('all at once', async () => {
    const finding = await check({
      ...createMemoryStore(),
      list: () => denyListing('s3:ListBucket'),
      listStaged: () => denyListing('s3:ListBucketMultipartUploads'),
    });
    expect(finding.text).toBe('s3:ListBucket is denied; s3:ListBucketMultipartUploads is denied');
  });

  test('a server that returns different bytes', async () => {
    const { head, ...store } = createMemoryStore();
    const wrong: ObjectStore = { ...store, head: async (key) => ({ ...(await head(key)), size: 1 }) };
    expect(await check(wrong)).toMatchObject({
      state: 'broken',
      text: expect.stringContaining('reads back differently than it was written'),
    });
  });
});
