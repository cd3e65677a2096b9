import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { hashFileChunks } from '../../../src/platform/fs/file-chunks.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import type { ObjectReader, ObjectStore, StagedObject } from '../../../src/objects/object-store.js';
import { openReader, openStore, type StorePlace } from '../../../src/objects/open-store.js';
import type { S3Address } from '../../../src/objects/s3/address.js';
import type { S3Ports } from '../../../src/objects/s3/bucket.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { isStagedKey } from '../../../src/store/names.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import {
  startScriptedServer,
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
} from '../../fixtures/scripted-server.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const writer = { owner: 'tester', cacheControl: 'no-store' };
const key = 'snapshots/a.1.claim';
const bytes = Buffer.from('content');
const date = new Date().toUTCString();
let server: ScriptedServer;
let store: ObjectStore;

beforeEach(async () => {
  server = await startScriptedServer();
  store = connect();
});

afterEach(async () => server.close());

function connect(address: Partial<S3Address> = {}, ports: Partial<S3Ports> = {}): ObjectStore {
  return createS3Store(
    {
      bucket: 'images',
      prefix: 'team/',
      endpoint: server.url,
      region: 'eu-central-1',
      forcePathStyle: true,
      ...address,
    },
    { clock: createTestClock(), credentials, ...ports },
  );
}

function refuse(
  status: number,
  code: string,
  message = 'said the server',
  headers: Readonly<Record<string, string>> = {},
  more = '',
): ScriptedReply {
  return {
    status,
    headers: { date, ...headers },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
  };
}

const ok: ScriptedReply = { status: 200, headers: { etag: '"one"' } };
const unavailable = refuse(503, 'SlowDown');
const precondition = refuse(412, 'PreconditionFailed');
const whole: ScriptedReply = { status: 200, headers: { etag: '"one"' }, body: bytes };

/** The object has what the first request wrote. */
const ours = (): ScriptedReply => ({
  status: 200,
  headers: { 'x-amz-meta-write': String(server.seen[0]?.headers['x-amz-meta-write']), 'x-amz-meta-owner': 'tester' },
});
const theirs: ScriptedReply = { status: 200, headers: { 'x-amz-meta-write': 'another', 'x-amz-meta-owner': 'tester' } };

const methods = (): readonly string[] => server.seen.map(({ method }) => method);
const create = async (): Promise<string> => store.createOnly(key, bytes, writer);

describe('a write', () => {
  test('has its condition, its checksum, its owner, and what caches may do', async () => {
    server.reply(ok);
    expect(await create()).toBe('created');
    const [{ url, headers, body }] = server.seen as [ScriptedRequest];
    expect(url).toBe('/images/team/snapshots/a.1.claim?x-id=PutObject');
    expect(headers).toMatchObject({
      'if-none-match': '*',
      'cache-control': 'no-store',
      'x-amz-meta-owner': 'tester',
      'x-amz-meta-write': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-amz-checksum-sha256': Buffer.from(sha256Of(bytes), 'hex').toString('base64'),
    });
    expect(headers).not.toHaveProperty('expect');
    expect(body).toEqual(bytes);
  });

  test('whose answer got lost is known by its id, and not by its owner', async () => {
    server.reply('drop', precondition, ours);
    expect(await create()).toBe('created');
    expect(methods()).toEqual(['PUT', 'PUT', 'HEAD']);
    server.reply('drop', precondition, theirs);
    expect(await create()).toBe('exists');
  });

  test('that met another one is tried again, and so is one whose bytes were damaged on their way', async () => {
    server.reply(
      refuse(409, 'ConditionalRequestConflict'),
      refuse(400, 'BadDigest'),
      refuse(400, 'XAmzContentChecksumMismatch'),
      ok,
    );
    expect(await create()).toBe('created');
    expect(methods()).toHaveLength(4);
  });

  test('is tried five times, with longer and longer pauses', async () => {
    const pauses: number[] = [];
    const clock = createTestClock();
    // After 2 s without a response, that is reported: not a pause.
    const sleep = async (milliseconds: number): Promise<void> =>
      clock.sleep(milliseconds === 2000 ? 1 : pauses.push(milliseconds));
    store = connect({}, { clock: { ...clock, sleep } });
    server.reply(unavailable);
    await expect(create()).rejects.toThrow(
      `${server.url} returned 503 SlowDown: said the server for s3:PutObject on s3://images/team/${key} after 5 attempts`,
    );
    expect(methods()).toHaveLength(5);
    expect(
      pauses.map(
        (pause, index) => pause <= Math.min(20_000, 1000 * 3 ** index) && pause >= 500 * Math.min(20, 3 ** index),
      ),
    ).toEqual([true, true, true, true]);
  });

  test.each([
    [404, 'NoSuchKey'],
    [412, 'PreconditionFailed'],
  ])('that replaces is lost after %i %s', async (status, code) => {
    server.reply(refuse(status, code));
    expect(await store.compareAndSwap(key, '"one"', bytes, writer)).toBe('lost');
    expect(server.seen[0]?.headers).toMatchObject({ 'if-match': '"one"' });
  });

  test('is not tried again after a refusal', async () => {
    server.reply(refuse(501, 'NotImplemented'));
    await expect(create()).rejects.toThrow('returned 501 NotImplemented');
    expect(methods()).toHaveLength(1);
  });

  test('gets through where a proxy answers 502 with a page of its own', async () => {
    server.reply({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html><body>Bad Gateway</body>' }, ok);
    expect(await create()).toBe('created');
  });
});

describe('reading', () => {
  test('an object that another run creates between the HEAD and the GET that follows a 404', async () => {
    server.reply({ status: 404 }, whole, { status: 200, headers: { 'content-length': '7', etag: '"one"' } });
    expect(await store.head(key)).toMatchObject({ size: 7, tag: '"one"' });
    expect(methods()).toEqual(['HEAD', 'GET', 'HEAD']);
  });

  test('a body that breaks off, or stops, is asked for again', async () => {
    store = connect({}, { idleTimeoutMs: 3000 });
    server.reply({ ...whole, cutAfter: 3 }, { ...whole, cutAfter: 3, stalls: true }, whole);
    expect((await store.read(key, 100))?.bytes).toEqual(bytes);
    expect(methods()).toHaveLength(3);
  });

  test('a body with another checksum is asked for again, and never given', async () => {
    const damaged: ScriptedReply = {
      ...whole,
      headers: { etag: '"one"', 'x-amz-checksum-sha256': Buffer.from(sha256Of('other'), 'hex').toString('base64') },
    };
    server.reply(damaged, whole);
    expect((await store.read(key, 100))?.bytes).toEqual(bytes);
    server.reply(damaged);
    await expect(store.read(key, 100)).rejects.toThrow(/Checksum mismatch/);
  });

  test('a body that is too large is not read', async () => {
    server.reply({ status: 200, headers: { 'content-length': '1000000000' }, body: bytes, cutAfter: 7, stalls: true });
    await expect(store.read(key, 100)).rejects.toThrow('has 1000000000 bytes, more than the 100');
    expect(methods()).toHaveLength(1);
  });

  test('a stream goes on where its connection broke, with the same object', async () => {
    store = connect({}, { idleTimeoutMs: 3000 });
    const part = (from: number): ScriptedReply => ({
      status: 206,
      headers: { etag: '"one"' },
      body: bytes.subarray(from),
    });
    server.reply(
      { ...whole, cutAfter: 2 },
      unavailable,
      { ...(part(2) as object), cutAfter: 3, stalls: true } as ScriptedReply,
      part(5),
    );
    expect((await buffer((await store.open(key))!)).toString()).toBe('content');
    expect(server.seen.map(({ headers }) => [headers.range, headers['if-match']])).toEqual([
      [undefined, undefined],
      ['bytes=2-6', '"one"'],
      ['bytes=2-6', '"one"'],
      ['bytes=5-6', '"one"'],
    ]);
  });

  test('a stream whose object was replaced ends with that', async () => {
    server.reply({ ...whole, cutAfter: 2 }, precondition);
    await expect(buffer((await store.open(key))!)).rejects.toThrow(
      `s3://images/team/${key} was replaced while it was read`,
    );
  });

  test('a stream that gets no further fails', async () => {
    server.reply({ ...whole, cutAfter: 2 }, { ...whole, status: 206, cutAfter: 0 });
    await expect(buffer((await store.open(key))!)).rejects.toThrow(/after 5 attempts/);
    expect(methods()).toHaveLength(6);
  });

  test('a stream that is left early leaves no connection', async () => {
    server.reply({ ...whole, cutAfter: 2, stalls: true });
    const stream = (await store.open(key))!;
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    server.reply(ok);
    expect(await create()).toBe('created');
  });
});

describe('a cancel', () => {
  const place = (): StorePlace => ({
    address: 's3://images/team',
    endpoint: server.url,
    region: 'eu-central-1',
    forcePathStyle: true,
    anonymous: true,
  });
  const ports = (signal: AbortSignal): Parameters<typeof openReader>[1] => ({
    processes: createTestProcesses(),
    clock: systemClock,
    signal,
  });

  test.each<readonly [string, (reader: ObjectReader) => Promise<unknown>]>([
    ['a document', async (reader) => reader.read(key, 100)],
    ['the facts of an object', async (reader) => reader.head(key)],
    ['a stream', async (reader) => reader.open(key)],
  ])('ends the reading of %s where the server is silent', async (_, read) => {
    const cancel = new AbortController();
    server.reply(() => {
      cancel.abort(new Error('cancelled'));
      return 'silence';
    });
    await expect(read(openReader(place(), ports(cancel.signal)))).rejects.toThrow('cancelled');
    expect(methods()).toHaveLength(1);
  });

  test('ends a stream that has begun', async () => {
    const cancel = new AbortController();
    server.reply({ ...whole, cutAfter: 2, stalls: true });
    const stream = (await openReader(place(), ports(cancel.signal)).open(key))!;
    cancel.abort(new Error('cancelled'));
    await expect(buffer(stream)).rejects.toThrow('cancelled');
    expect(methods()).toHaveLength(1);
  });

  test('does not end what a publisher does', async () => {
    server.reply(ok);
    expect(await openStore(place(), ports(AbortSignal.abort())).createOnly(key, bytes, writer)).toBe('created');
  });
});

describe('an upload', () => {
  const large = Buffer.alloc(5 * 1024 ** 2 + 5, 7);
  const begun: ScriptedReply = {
    status: 200,
    body: '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
  };
  const completed: ScriptedReply = {
    status: 200,
    body: '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
  };
  const aborted: ScriptedReply = { status: 204 };
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 's3-faults-'));
  });
  afterEach(async () => rm(directory, { recursive: true }));

  /** Answers what each request is, but for the completions, which are scripted. */
  const serve = (...completions: readonly ScriptedReply[]): void => {
    const rest = [...completions];
    server.reply((request) => {
      if (request.url.includes('uploads')) return begun;
      if (request.method === 'PUT') return ok;
      if (request.method === 'POST') return (rest.length > 1 ? rest.shift() : rest[0]) ?? completed;
      return request.method === 'HEAD' ? ours() : aborted;
    });
  };
  const stage = async (content = large): Promise<StagedObject> => {
    const path = join(directory, 'file');
    await writeFile(path, content);
    return store.stage({ key, path, ...(await hashFileChunks(path)), sha256: sha256Of(content), writer });
  };

  test('has a checksum for each part, and is completed with all of them where nothing is', async () => {
    serve(completed);
    const staged = await stage();
    expect(staged).toMatchObject({ key, sentBytes: large.length, copiedBytes: 0 });
    expect(await staged.complete()).toBe('created');
    const digests = [large.subarray(0, 5 * 1024 ** 2), large.subarray(5 * 1024 ** 2)].map((part) =>
      Buffer.from(sha256Of(part), 'hex').toString('base64'),
    );
    const [begin, ...others] = server.seen;
    expect(begin?.headers).toMatchObject({
      'x-amz-checksum-algorithm': 'SHA256',
      'cache-control': 'no-store',
      'x-amz-meta-owner': 'tester',
      'x-amz-meta-sha256': sha256Of(large),
      'x-amz-meta-size': String(large.length),
    });
    expect(
      others
        .filter(({ method }) => method === 'PUT')
        .map(({ headers }) => headers['x-amz-checksum-sha256'])
        .sort(),
    ).toEqual([...digests].sort());
    expect(others.at(-1)?.headers).toMatchObject({ 'if-none-match': '*' });
    for (const digest of digests)
      expect(others.at(-1)?.body.toString()).toContain(`<ChecksumSHA256>${digest}</ChecksumSHA256>`);
  });

  test.each([
    ['a success', completed],
    ['a refusal', precondition],
    ['a refusal behind a 200', refuse(200, 'PreconditionFailed')],
    ['no upload', refuse(404, 'NoSuchUpload')],
  ])('whose completion got lost is known again, when the server then says: %s', async (_, second) => {
    serve('drop', second);
    expect(await (await stage()).complete()).toBe('created');
  });

  test('whose completion the server begins to answer with 200 and then refuses is tried again', async () => {
    serve(refuse(200, 'InternalError'), completed);
    expect(await (await stage()).complete()).toBe('created');
    expect(methods().filter((method) => method === 'POST')).toHaveLength(3);
  });

  test('that lost is removed', async () => {
    server.reply(begun, ok, precondition, theirs, aborted);
    expect(await (await stage(bytes)).complete()).toBe('exists');
    expect(methods()).toEqual(['POST', 'PUT', 'POST', 'HEAD', 'DELETE']);
  });

  test('that is gone cannot be completed', async () => {
    server.reply(begun, ok, refuse(404, 'NoSuchUpload'), { status: 404 }, refuse(404, 'NoSuchKey'));
    await expect((await stage(bytes)).complete()).rejects.toThrow(
      `the upload of s3://images/team/${key} was removed before it was completed`,
    );
  });

  test('is removed when a part cannot be sent, and the part is what is told', async () => {
    server.reply(begun, refuse(403, 'AccessDenied'), aborted);
    await expect(stage(bytes)).rejects.toThrow(`s3:PutObject on s3://images/team/${key} is denied`);
    expect(methods()).toEqual(['POST', 'PUT', 'DELETE']);
    server.reply(begun, refuse(403, 'AccessDenied'), 'drop');
    await expect(stage(bytes)).rejects.toThrow(`s3:PutObject on s3://images/team/${key} is denied`);
  });

  test('is sent whole where the server falls silent over copies', async () => {
    store = connect({}, { idleTimeoutMs: 3000 });
    server.reply((request) => {
      if (request.headers['x-amz-copy-source'] !== undefined) return 'silence';
      if (request.method === 'POST') return request.url.includes('uploads') ? begun : completed;
      return request.method === 'DELETE' ? aborted : ok;
    });
    const path = join(directory, 'file');
    await writeFile(path, large);
    const unchanged = { key: 'snapshots/a.0.qcow2', tag: '"one"', ranges: [{ start: 0, length: large.length }] };
    const staged = await store.stage({ key, path, ...(await hashFileChunks(path)), writer, unchanged });
    expect(staged).toMatchObject({ sentBytes: large.length, copiedBytes: 0 });
    expect(await staged.complete()).toBe('created');
  });

  test('is tried again part by part', async () => {
    const faults = ['drop' as const, unavailable, refuse(400, 'RequestTimeout')];
    server.reply((request) => {
      if (request.url.includes('uploads')) return begun;
      return request.method === 'PUT' ? (faults.pop() ?? ok) : completed;
    });
    expect(await (await stage()).complete()).toBe('created');
    expect(methods().filter((method) => method === 'PUT')).toHaveLength(5);
  });
});

describe('what is wrong is said in one line, with what to do:', () => {
  const failureOf = async (work: Promise<unknown>): Promise<Failure> =>
    work.then(
      () => {
        throw new Error('it worked');
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).message).not.toContain('\n');
        return error as Failure;
      },
    );
  const read = async (): Promise<unknown> => store.read(key, 100);

  test.each<readonly [reply: ScriptedReply, message: string, fix: string]>([
    [refuse(404, 'NoSuchBucket'), 'bucket "images" does not exist at SERVER', 'check store, endpoint and region'],
    [
      refuse(301, 'PermanentRedirect', 'elsewhere', { 'x-amz-bucket-region': 'us-west-2' }),
      'bucket "images" is not in region eu-central-1, but in us-west-2',
      'set region to us-west-2',
    ],
    [
      refuse(400, 'AuthorizationHeaderMalformed', "the region 'eu-central-1' is wrong; expecting 'us-east-2'"),
      'bucket "images" is not in region eu-central-1, but in us-east-2',
      'set region to us-east-2',
    ],
    [refuse(403, 'InvalidAccessKeyId'), 'SERVER does not know the access key', 'check that AWS_ACCESS_KEY_ID'],
    [
      refuse(403, 'SignatureDoesNotMatch'),
      'SERVER rejected the signature: the secret key does not belong to the access key',
      'check AWS_SECRET_ACCESS_KEY',
    ],
    [refuse(400, 'ExpiredToken'), 'SERVER rejected the credentials: they have expired', 'role-duration-seconds'],
    [refuse(400, 'InvalidToken'), 'SERVER rejected the credentials: invalid session token', 'get new ones'],
    [
      refuse(403, 'AccessDenied'),
      's3:GetObject on s3://images/team/snapshots/a.1.claim is denied',
      'and s3:ListBucket on the bucket: without it S3 denies access to a missing object too',
    ],
  ])('%j', async (reply, message, fix) => {
    server.reply(reply);
    const failure = await failureOf(read());
    expect(failure.message).toBe(message.replace('SERVER', server.url));
    expect(failure.fix).toContain(fix);
    expect(methods()).toHaveLength(1);
  });

  test('a denied HEAD, which has no code', async () => {
    server.reply({ status: 403 });
    expect((await failureOf(store.head(key))).message).toBe(
      's3:GetObject on s3://images/team/snapshots/a.1.claim is denied',
    );
  });

  test.each<readonly [action: string, work: () => Promise<unknown>]>([
    ['s3:PutObject on s3://images/team/snapshots/a.1.claim', create],
    ['s3:DeleteObject on s3://images/team/snapshots/a.1.claim', async () => store.delete(key)],
    [
      's3:ListBucket on bucket "images"',
      async () => {
        for await (const found of store.list('snapshots/')) throw new Error(found.key);
      },
    ],
    [
      's3:ListBucketMultipartUploads on bucket "images"',
      async () => {
        for await (const found of store.listStaged(isStagedKey)) throw new Error(found.key);
      },
    ],
  ])('the permission %s', async (action, work) => {
    server.reply(refuse(403, 'AccessDenied'));
    const failure = await failureOf(work());
    expect(failure.message).toBe(`${action} is denied`);
    expect(failure.fix).toBe(`allow ${action.replace(/ on .*/, '')} in the policy of the role`);
  });

  test("a clock that is wrong, though the server's time is taken for the next request", async () => {
    const now = Date.now();
    store = connect({}, { clock: createTestClock(now) });
    const skewed = refuse(403, 'RequestTimeTooSkewed', 'too large', {
      date: new Date(now - 20 * 60_000).toUTCString(),
    });
    server.reply(skewed, whole);
    expect((await store.read(key, 100))?.bytes).toEqual(bytes);
    server.reply(skewed);
    const failure = await failureOf(read());
    expect(failure.message).toMatch(
      new RegExp(`^the clock of this machine is (20|19|21) min \\d+ s ahead of ${server.url}$`),
    );
    expect(failure.fix).toContain('set the clock');
  });

  test('no credentials', async () => {
    store = connect(
      {},
      {
        credentials: async () =>
          Promise.reject(
            Object.assign(new Error('Could not load credentials from any providers'), {
              name: 'CredentialsProviderError',
            }),
          ),
      },
    );
    const failure = await failureOf(read());
    expect(failure.message).toBe('no credentials: none in the environment, in ~/.aws or from this instance');
    expect(failure.fix).toContain('AWS_ACCESS_KEY_ID');
    expect(methods()).toEqual([]);
  });

  test('a server that is not there', async () => {
    await server.close();
    const failure = await failureOf(read());
    expect(failure.message).toMatch(new RegExp(`^no response from ${server.url} after 5 attempts: .*ECONNREFUSED`));
    expect(failure.fix).toContain('check endpoint');
    server = await startScriptedServer();
  });

  test('a host that has no address', async () => {
    store = connect({ endpoint: 'http://no-such-host.invalid' });
    expect((await failureOf(read())).message).toMatch(
      /^no response from http:\/\/no-such-host\.invalid( after 5 attempts)?: .*(ENOTFOUND|EAI_AGAIN)/,
    );
  });

  test('https where the server speaks http', async () => {
    store = connect({ endpoint: server.url.replace('http:', 'https:') });
    expect((await failureOf(read())).message).toMatch(/^no secure connection to https:/);
  });

  test('a server that is silent', async () => {
    store = connect({}, { idleTimeoutMs: 200 });
    server.reply('silence');
    expect((await failureOf(read())).message).toMatch(
      /^no response from .* after 5 attempts: .*timed out after 200 ms/,
    );
    // On a busy machine the time of a request may be up before it arrives.
    expect(methods().length).toBeLessThanOrEqual(5);
  });

  test('something that is no S3', async () => {
    server.reply({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html><p>Welcome' });
    expect(
      (
        await failureOf(
          (async () => {
            for await (const found of store.list('')) throw new Error(found.key);
          })(),
        )
      ).message,
    ).toBe(`${server.url} does not respond like an S3 server`);
  });
});
