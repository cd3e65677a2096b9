import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { ObjectReader, ObjectStore } from '../../src/objects/object-store.js';
import { openReader, openStore } from '../../src/objects/open-store.js';
import type { S3Address } from '../../src/objects/s3/address.js';
import { createS3Store } from '../../src/objects/s3/s3-store.js';
import { CancelledError, Failure, UsageError } from '../../src/platform/errors.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { startScriptedServer, type ScriptedReply, type ScriptedServer } from '../fixtures/scripted-server.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { createTestClock } from '../fixtures/test-clock.js';

const key = 'snapshots/a.1.claim';
const writer = { owner: 'tester', cacheControl: 'no-store' };
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const address: S3Address = { bucket: 'images', prefix: '', region: 'us-east-1', forcePathStyle: true };
const processes = createTestProcesses();

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(Failure);
  return outcome as Failure;
}

describe('an endpoint', () => {
  const open = (endpoint: string): ObjectStore =>
    openStore({ address: 's3://images', endpoint, forcePathStyle: true }, { processes, clock: createTestClock() });

  test.each(['https://s3.example', 'https://s3.example/', 'http://127.0.0.1:9000'])('%s is accepted', (endpoint) => {
    expect(open(endpoint).uri(key)).toBe(`s3://images/${key}`);
  });

  test.each([
    ['https://acme.r2.example/images', 'https://acme.r2.example'],
    ['https://s3.example:9000/images/team/', 'https://s3.example:9000'],
    ['http://127.0.0.1:9000//', 'http://127.0.0.1:9000'],
  ])('%s is rejected: it has a path', (endpoint, right) => {
    expect(() => open(endpoint)).toThrow(UsageError);
    expect(() => open(endpoint)).toThrow(
      expect.objectContaining({
        message: `endpoint "${endpoint}" has a path`,
        fix: `set endpoint to ${right}; the bucket belongs in store: s3://BUCKET/PREFIX`,
      }),
    );
  });

  test.each([
    [false, /^set force-path-style: .*only "no-such-host\.invalid" must resolve/],
    [true, /^check endpoint and region/],
  ])('whose name is unknown, with force-path-style %s', async (forcePathStyle, fix) => {
    const store = createS3Store(
      { ...address, endpoint: 'http://no-such-host.invalid', forcePathStyle },
      { clock: createTestClock(), credentials },
    );
    const failure = await failureOf(store.read(key, 10));
    expect(failure.message).toMatch(/^no response from http:\/\/no-such-host\.invalid.*(ENOTFOUND|EAI_AGAIN)/);
    expect(failure.fix).toMatch(fix);
  });
});

describe('a 404', () => {
  let server: ScriptedServer;
  let store: ObjectStore;
  const reply = (code: string): ScriptedReply => ({
    status: 404,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  });

  beforeEach(async () => {
    server = await startScriptedServer();
    store = createS3Store({ ...address, endpoint: server.url }, { clock: createTestClock(), credentials });
  });
  afterEach(async () => server.close());

  const reads: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['read', async () => store.read(key, 10)],
    ['open', async () => store.open(key)],
    ['head', async () => store.head(key)],
  ];
  test.each(reads)('NoSuchKey means that %s finds nothing', async (_, work) => {
    server.reply(reply('NoSuchKey'));
    expect(await work()).toBeUndefined();
  });

  const operations: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...reads,
    ['list', async () => store.list('')[Symbol.asyncIterator]().next()],
    ['delete', async () => store.delete(key)],
    ['replace', async () => store.compareAndSwap(key, '"one"', Buffer.from('x'), writer)],
    [
      'list what was staged',
      async () =>
        store
          .listStaged(() => true)
          [Symbol.asyncIterator]()
          .next(),
    ],
  ];
  const others = [
    ['XAdminUserNotFound', 'SERVER does not know the access key'],
    ['NoSuchBucket', 'bucket "images" does not exist at SERVER'],
    ['NotFound', 'SERVER returned 404 NotFound'],
    ['NoSuchVersion', 'SERVER returned 404 NoSuchVersion'],
  ] as const;
  test.each(operations.flatMap(([name, work]) => others.map(([code, message]) => ({ name, work, code, message }))))(
    'with the code $code is an error to $name',
    async ({ work, code, message }) => {
      server.reply(reply(code));
      expect((await failureOf(work())).message).toContain(message.replace('SERVER', server.url));
    },
  );

  test('of a page of a web server is an error', async () => {
    server.reply({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html><p>Not found' });
    await failureOf(store.read(key, 10));
  });
});

const awsVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ENDPOINT_URL_STS',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_EC2_METADATA_DISABLED',
];

describe('credentials that cannot be loaded', () => {
  let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
  let server: ScriptedServer;
  const before = Object.fromEntries(awsVariables.map((name) => [name, process.env[name]]));

  beforeEach(async () => {
    directory = await makeTestDirectory('credentials');
    server = await startScriptedServer();
    for (const name of awsVariables) Reflect.deleteProperty(process.env, name);
    await mkdir(join(directory.path, 'aws'));
    const config = join(directory.path, 'aws/config');
    await writeFile(
      config,
      '[profile failing]\ncredential_process = sh -c "echo vault is sealed >&2; exit 3"\n' +
        '[profile garbled]\ncredential_process = echo hello\n[profile bare]\nregion = us-east-1\n',
    );
    await writeFile(join(directory.path, 'token'), 'token');
    Object.assign(process.env, {
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: join(directory.path, 'aws/credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await server.close();
    await directory.remove();
  });

  const role = 'arn:aws:iam::123456789012:role/publisher';
  const cases: readonly (readonly [
    what: string,
    environment: (path: (name: string) => string) => Readonly<Record<string, string>>,
    message: RegExp,
    fix: string,
  ])[] = [
    ['none at all', () => ({}), /^no credentials: none in the environment/, 'set AWS_ACCESS_KEY_ID'],
    [
      'a web identity token file that is missing',
      (path) => ({ AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: path('none') }),
      /^no credentials: ENOENT: no such file or directory, open '.*\/none'$/,
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ],
    [
      'an STS that is down',
      (path) => ({
        AWS_ROLE_ARN: role,
        AWS_WEB_IDENTITY_TOKEN_FILE: path('token'),
        AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:2',
      }),
      /^no credentials: the request for them failed: .*ECONNREFUSED/,
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ],
    [
      'an STS that denies',
      (path) => ({
        AWS_ROLE_ARN: role,
        AWS_WEB_IDENTITY_TOKEN_FILE: path('token'),
        AWS_ENDPOINT_URL_STS: server.url,
      }),
      /^no credentials: the request for them failed: not authorized to assume the role$/,
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ],
    [
      'a credential_process that fails',
      () => ({ AWS_PROFILE: 'failing' }),
      /^no credentials: Command failed: .*vault is sealed$/,
      'AWS_PROFILE',
    ],
    [
      'a credential_process that prints something else',
      () => ({ AWS_PROFILE: 'garbled' }),
      /^no credentials: Profile garbled credential_process returned invalid JSON/,
      'AWS_PROFILE',
    ],
    [
      'a profile that is missing',
      () => ({ AWS_PROFILE: 'nobody' }),
      /^no credentials: Could not resolve credentials using profile: \[nobody\]/,
      'AWS_PROFILE',
    ],
    [
      'a profile without credentials',
      () => ({ AWS_PROFILE: 'bare' }),
      /^no credentials: Could not resolve credentials using profile: \[bare\]/,
      'AWS_PROFILE',
    ],
  ];
  test.each(cases)('%s', async (_, environment, message, fix) => {
    Object.assign(
      process.env,
      environment((name) => join(directory.path, name)),
    );
    server.reply({
      status: 403,
      headers: { 'content-type': 'text/xml' },
      body:
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
        '<Code>AccessDenied</Code><Message>not authorized to assume the role</Message></Error></ErrorResponse>',
    });
    const pauses: number[] = [];
    const clock = createTestClock();
    const store = createS3Store(
      { ...address, endpoint: 'http://127.0.0.1:1' },
      { clock: { ...clock, sleep: async (milliseconds) => Promise.resolve(void pauses.push(milliseconds)) } },
    );
    const failure = await failureOf(store.read(key, 10));
    expect(failure.message).toMatch(message);
    expect(failure.fix).toContain(fix);
    // Only the one that waits for the first response: nothing is retried.
    expect(pauses).toEqual([2000]);
  });
});

describe('a server that does not respond', () => {
  let server: Server;
  let sockets: Socket[];
  let connected: Promise<unknown>;

  beforeEach(async () => {
    sockets = [];
    server = createServer((socket) => void sockets.push(socket));
    connected = once(server, 'connection');
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const places = [
    [
      'S3',
      () => ({ address: 's3://images', endpoint: url(), region: 'us-east-1', forcePathStyle: true, anonymous: true }),
    ],
    ['a mirror', () => ({ address: `${url()}/golden` })],
  ] as const;
  test.each(places)('is reported once, after two seconds, and a cancel ends the wait: %s', async (_, place) => {
    const lines: string[] = [];
    const timers: { readonly milliseconds: number; readonly fire: () => void }[] = [];
    const clock = {
      now: () => 0,
      sleep: async (milliseconds: number) =>
        new Promise<void>((resolve) => {
          timers.push({ milliseconds, fire: resolve });
        }),
    };
    const cancel = new AbortController();
    const reader: ObjectReader = openReader(place(), {
      processes,
      clock,
      log: { ...silentLog, info: (line) => void lines.push(line) },
      signal: cancel.signal,
    });
    const reads = Promise.allSettled([reader.read(key, 10), reader.read(key, 10)]);
    await connected;
    expect(timers.map(({ milliseconds }) => milliseconds)).toEqual([2000, 2000]);
    expect(lines).toEqual([]);
    for (const { fire } of timers) fire();
    await nextTick();
    expect(lines).toEqual([`Waiting for a response from ${url()}`]);
    cancel.abort(new CancelledError('cancelled by SIGTERM'));
    const reason = new CancelledError('cancelled by SIGTERM');
    expect(await reads).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
  });

  test('and is gone is reported before each retry', async () => {
    const lines: string[] = [];
    const store = createS3Store(
      { ...address, endpoint: 'http://127.0.0.1:2' },
      {
        clock: createTestClock(),
        credentials,
        log: { ...silentLog, info: (line) => void lines.push(line) },
      },
    );
    await failureOf(store.read(key, 10));
    const retries = lines.filter((line) => /^no response from .*ECONNREFUSED.*; retrying in .* m?s$/.test(line));
    expect(retries).toHaveLength(4);
  });
});
