import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createWebServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../src/platform/fs/files.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeBase, makeDisk, nobleDisk } from '../fixtures/small-image.js';
import { runsAll, pickCases, seed } from './how-many.js';
import { listFiles } from '../fixtures/list-files.js';
import {
  expectNothingLeft,
  expectRejection,
  createPipeline,
  toFlags,
  type RunResult,
  type Pipeline,
} from './pipeline.js';

/*
 * A failing base server, store and mirror, through the whole CLI. Retries take 15 s in all, so the cases of a table run
 * concurrently, and each test checks one of them.
 */

const processes = createTestProcesses();
const dayMs = 24 * 3_600_000;

let pipeline: Pipeline;
let image: Buffer;
let web: Web;
beforeAll(async () => {
  pipeline = await createPipeline('network');
  const raw = join(pipeline.directory, 'base.raw');
  await makeDisk(raw, nobleDisk, processes);
  image = await readFile((await makeBase(raw, 'zlib', processes)).path);
  web = await startWeb(pipeline.directory, image);
});
afterAll(async () => {
  await web.close();
  await pipeline.remove();
});

/** Servers on 127.0.0.1, each with a different fault. */
interface Web {
  readonly url: Readonly<Record<'http' | 'trusted' | 'expired' | 'otherName' | 'unknown' | 'resets' | 'noTls', string>>;
  /** The authority whose certificates are trusted. */
  readonly authority: string;
  close(): Promise<void>;
}

async function startWeb(directory: string, body: Buffer): Promise<Web> {
  const keys = await createCertificates(directory);
  const servers: Server[] = [];
  const listen = async (server: Server, scheme: string): Promise<string> => {
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const http = await listen(createWebServer(createListener(body, () => '')), 'http');
  const secure = async (name: keyof typeof keys): Promise<string> =>
    listen(
      createSecureServer(
        { key: keys[name].key, cert: keys[name].certificate },
        createListener(body, () => http),
      ),
      'https',
    );
  const url = {
    http,
    trusted: await secure('trusted'),
    expired: await secure('expired'),
    otherName: await secure('otherName'),
    unknown: await secure('unknown'),
    resets: await listen(
      createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy())),
      'http',
    ),
    noTls: http.replace('http:', 'https:'),
  };
  return {
    url,
    authority: join(directory, 'authority.pem'),
    close: async () => {
      for (const server of servers) {
        if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
        server.close();
      }
      await Promise.resolve();
    },
  };
}

/** The behaviour of a server, by the first part of the path. */
function createListener(body: Buffer, insecure: () => string): RequestListener {
  let requests = 0;
  return ({ url = '', socket }, response) => {
    const headers = { 'content-length': body.length, etag: '"1"' };
    const cut = (): unknown =>
      response.writeHead(200, headers).write(body.subarray(0, 100_000), () => socket.resetAndDestroy());
    switch (url.split('/')[1] ?? '') {
      case 'drops':
        return socket.destroy();
      case 'cuts':
        return cut();
      case 'stalls':
        return response.writeHead(200, headers).write(body.subarray(0, 100_000));
      case 'circle':
        return response.writeHead(302, { location: `/circle/${++requests}` }).end();
      case 'downgrades':
        return response.writeHead(302, { location: `${insecure()}/good` }).end();
      case 'fixes':
        return requests++ < 2 ? cut() : response.writeHead(200, headers).end(body);
      case 'good':
        return response.writeHead(200, headers).end(body);
      case 'broken':
        return response.writeHead(500).end();
      default:
        return response.writeHead(404).end();
    }
  };
}

/** Keys and certificates for 127.0.0.1. All except `unknown` are from one authority. */
async function createCertificates(
  directory: string,
): Promise<
  Readonly<
    Record<'trusted' | 'expired' | 'otherName' | 'unknown', { readonly key: Buffer; readonly certificate: Buffer }>
  >
> {
  await mkdir(join(directory, 'ca'));
  await writeFile(join(directory, 'ca/index.txt'), '');
  await writeFile(join(directory, 'ca/serial'), '01\n');
  await writeFile(join(directory, 'ca/openssl.cnf'), authorityConfig);
  const script = `set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
request() { name=$1; shift; openssl req $key -keyout "$name.key" -subj "/CN=$name" "$@" 2>/dev/null; }
new() { request "$1" -out "$1.csr"; }
ca='openssl ca -batch -config ca/openssl.cnf -notext'
sign() { name=$1; shift; $ca -in "$name.csr" -out "$name.pem" "$@" 2>/dev/null; }
request authority -x509 -out authority.pem -days 3
request unknown -x509 -out unknown.pem -addext subjectAltName=IP:127.0.0.1 -days 3
for name in trusted expired otherName; do new $name; done
sign trusted -extensions here -days 2
sign expired -extensions here -startdate 20200101000000Z -enddate 20200102000000Z
sign otherName -extensions elsewhere -days 2`;
  await promisify(execFile)('sh', ['-c', script], { cwd: directory });
  const read = async (name: string): Promise<{ readonly key: Buffer; readonly certificate: Buffer }> => ({
    key: await readFile(join(directory, `${name}.key`)),
    certificate: await readFile(join(directory, `${name}.pem`)),
  });
  return {
    trusted: await read('trusted'),
    expired: await read('expired'),
    otherName: await read('otherName'),
    unknown: await read('unknown'),
  };
}

const authorityConfig = `[ca]
default_ca = own
[own]
database = ca/index.txt
serial = ca/serial
new_certs_dir = ca
certificate = authority.pem
private_key = authority.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[here]
subjectAltName = IP:127.0.0.1
[elsewhere]
subjectAltName = DNS:elsewhere.example
`;

interface Case {
  readonly what: string;
  /** The URL of the base, the endpoint of the S3 server, or the mirror. */
  readonly at: (url: Web['url']) => string;
  readonly message: RegExp;
  /** The fix. */
  readonly fix?: RegExp;
}

interface Started {
  readonly place: string;
  readonly result: RunResult;
}

/** Starts all cases at once; the tests wait for theirs. */
function addTests(
  what: string,
  cases: readonly Case[],
  start: (place: string, at: string) => Promise<RunResult>,
): void {
  describe(what, () => {
    const started = new Map<Case, Promise<Started>>();
    beforeAll(async () => {
      for (const one of cases) {
        const place = await pipeline.createPlace();
        started.set(
          one,
          start(place, one.at(web.url)).then((result) => ({ place, result })),
        );
      }
    });
    for (const one of cases)
      test(one.what, async () => {
        const { place, result } = await started.get(one)!;
        expectRejection(result, one.message, one.fix ?? /./);
        await expectNothingLeft(place);
        expect(await listFiles(join(place, 'host/current'))).toEqual([]);
      });
  });
}

const trust = (): Readonly<Record<string, string>> => ({ NODE_EXTRA_CA_CERTS: web.authority });
const gaveUp = 'gave up after 5 attempts$';

addTests(
  `a base server (FAULTS_SEED=${seed})`,
  [
    ...pickCases<Case>(
      [
        {
          what: 'drops each connection',
          at: ({ http }) => `${http}/drops`,
          message: new RegExp(`cannot be read: .*${gaveUp}`),
        },
        {
          what: 'resets each connection',
          at: ({ resets }) => `${resets}/x`,
          message: new RegExp(`cannot be read: .*ECONNRESET.*${gaveUp}`),
        },
        { what: 'cuts each answer', at: ({ http }) => `${http}/cuts`, message: new RegExp(gaveUp) },
        {
          what: 'answers 500',
          at: ({ http }) => `${http}/broken`,
          message: new RegExp(`/broken returned 500; ${gaveUp}`),
        },
        {
          what: 'is not there',
          at: () => 'http://127.0.0.1:2/x',
          message: new RegExp(`cannot be read: .*ECONNREFUSED.*${gaveUp}`),
        },
        {
          what: 'has a name that nobody knows',
          at: () => 'http://no-such-host.invalid/x',
          message: new RegExp(`no-such-host\\.invalid/x cannot be read: .*(ENOTFOUND|EAI_AGAIN).*${gaveUp}`),
        },
      ],
      1,
    ),
    ...pickCases<Case>(
      [
        {
          what: 'sends around in circles',
          at: ({ http }) => `${http}/circle`,
          message: /redirects more than 5 times$/,
        },
        {
          what: 'sends from https to http',
          at: ({ trusted }) => `${trusted}/downgrades`,
          message: /redirects from https:\/\/ to http:\/\/$/,
        },
        {
          what: 'has a certificate that has expired',
          at: ({ expired }) => `${expired}/good`,
          message: /no secure connection to https.*: .*expired/i,
        },
        {
          what: 'has a certificate of another',
          at: ({ otherName }) => `${otherName}/good`,
          message: /no secure connection to https/,
        },
        {
          what: 'has a certificate that nobody vouches for',
          at: ({ unknown }) => `${unknown}/good`,
          message: /no secure connection to https.*self.signed/,
        },
        { what: 'has no TLS', at: ({ noTls }) => `${noTls}/good`, message: /no secure connection to https/ },
      ],
      2,
    ),
    ...(runsAll
      ? [
          {
            what: 'stalls',
            at: ({ http }: Web['url']) => `${http}/stalls`,
            message: new RegExp(`no data for 30\\.0 s; ${gaveUp}`),
          },
        ]
      : []),
  ],
  async (place, at) =>
    pipeline.build(place, { 'base-image': at, 'base-sha256': sha256Of(image) }, { environment: trust() }),
);

addTests(
  `a store (FAULTS_SEED=${seed})`,
  pickCases<Case>(
    [
      {
        what: 'drops each connection',
        at: ({ http }) => `${http}/drops`,
        message: /^ch-golden: no response from http.* after 5 attempts/,
      },
      {
        what: 'resets each connection',
        at: ({ resets }) => resets,
        message: /no response from http.* after 5 attempts: .*ECONNRESET/,
      },
      {
        what: 'answers 500',
        at: ({ http }) => `${http}/broken`,
        message: /returned 500 .*after 5 attempts|no response/,
      },
      {
        what: 'sends around in circles',
        at: ({ http }) => `${http}/circle`,
        message: /302|does not respond like an S3 server/,
      },
      {
        what: 'sends from https to http',
        at: ({ trusted }) => `${trusted}/downgrades`,
        message: /302|does not respond like an S3 server/,
      },
      {
        what: 'has a certificate that has expired',
        at: ({ expired }) => expired,
        message: /^ch-golden: no secure connection to https.*expired/,
      },
      {
        what: 'has a certificate that nobody vouches for',
        at: ({ unknown }) => unknown,
        message: /^ch-golden: no secure connection to https.*self.signed/,
      },
      { what: 'has no TLS', at: ({ noTls }) => noTls, message: /^ch-golden: no secure connection to https/ },
      {
        what: 'has a name that nobody knows',
        at: () => 'http://no-such-host.invalid',
        message: /no response from http:\/\/no-such-host\.invalid/,
      },
    ],
    2,
  ),
  async (place, endpoint) =>
    pipeline.build(
      place,
      {
        store: 's3://images/team',
        endpoint,
        region: 'us-east-1',
        'force-path-style': 'true',
        'base-image': '/nowhere/base.img',
      },
      { environment: { ...trust(), AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret-key' } },
    ),
);

addTests(
  `a mirror (FAULTS_SEED=${seed})`,
  pickCases<Case>(
    [
      {
        what: 'drops each connection',
        at: ({ http }) => `${http}/drops`,
        message: new RegExp(`cannot be read: .*${gaveUp}`),
      },
      { what: 'sends around in circles', at: ({ http }) => `${http}/circle`, message: /redirects more than 5 times$/ },
      {
        what: 'sends from https to http',
        at: ({ trusted }) => `${trusted}/downgrades`,
        message: /redirects from https:\/\/ to http:\/\/$/,
      },
      {
        what: 'has a certificate that has expired',
        at: ({ expired }) => `${expired}/good`,
        message: /no secure connection to https.*expired/,
      },
      {
        what: 'has a name that nobody knows',
        at: () => 'https://no-such-host.invalid',
        message: /no-such-host\.invalid.* cannot be read: .*(ENOTFOUND|EAI_AGAIN)/,
      },
      { what: 'answers something else', at: ({ http }) => `${http}/good`, message: /index\.json/, fix: /^/ },
    ],
    2,
  ),
  async (place, store) =>
    pipeline.cli(['pull', ...toFlags({ store, root: join(place, 'host') })], { environment: trust() }),
);

test('a base server that fails twice and then works is not an error', async () => {
  const place = await pipeline.createPlace();
  expect(
    await pipeline.build(place, { 'base-image': `${web.url.http}/fixes`, 'base-sha256': sha256Of(image) }),
  ).toMatchObject({ code: 0 });
});

/** Options for a process whose clock jumps by some milliseconds after it was read a few times. */
function jumpingClock(milliseconds: number): readonly string[] {
  const script = `
    const real = Date.now, RealDate = Date; let asked = 0;
    const now = () => real() + (++asked > 20 ? ${milliseconds} : 0);
    globalThis.Date = class extends RealDate {
      constructor(...args) { super(...(args.length === 0 ? [now()] : args)); }
      static now() { return now(); }
    };
  `;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

for (const [what, milliseconds] of pickCases(
  [
    ['forward', dayMs],
    ['back', -dayMs],
  ] as const,
  1,
)) {
  test(`a build and a pull are unaffected if the clock is set ${what} by a day`, async () => {
    const place = await pipeline.createPlace();
    const node = jumpingClock(milliseconds);
    const inputs = { 'base-image': `${web.url.http}/good`, 'base-sha256': sha256Of(image) };
    expect(await pipeline.build(place, inputs, { node })).toMatchObject({ code: 0 });
    expect(await pipeline.build(place, inputs, { node })).toMatchObject({ code: 3 });
    expect(
      await pipeline.cli(['pull', ...toFlags({ store: join(place, 'store'), root: join(place, 'host') })], { node }),
    ).toMatchObject({ code: 0 });
  });
}
