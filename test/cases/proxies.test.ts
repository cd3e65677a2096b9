import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { downloadFile } from '../../src/base/download.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { openReader, openStore } from '../../src/objects/open-store.js';
import { proxyFor } from '../../src/platform/connections/proxy.js';
import { UsageError } from '../../src/platform/errors.js';
import { sha256Of } from '../../src/platform/fs/files.js';
import { fetchDocument } from '../../src/platform/http.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { startForwardProxy, type ForwardProxy } from '../fixtures/forward-proxy.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { createServerCertificate, type ServerCertificate } from '../fixtures/private-authority.js';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-server.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { createTestClock } from '../fixtures/test-clock.js';

describe('the proxy for a URL', () => {
  const all = { HTTP_PROXY: 'http://plain.proxy:3128', HTTPS_PROXY: 'http://secure.proxy:3128' };

  test.each<readonly [string, Readonly<Record<string, string>>, string | undefined]>([
    ['https://host/x', {}, undefined],
    ['https://host/x', { HTTPS_PROXY: '' }, undefined],
    ['https://host/x', all, 'http://secure.proxy:3128/'],
    ['http://host/x', all, 'http://plain.proxy:3128/'],
    ['https://host/x', { HTTP_PROXY: 'http://plain.proxy:3128' }, undefined],
    ['https://host/x', { ...all, https_proxy: 'lower.proxy:8080' }, 'http://lower.proxy:8080/'],
    ['https://host/x', { HTTPS_PROXY: 'https://user:pw@proxy' }, 'https://user:pw@proxy/'],
    ['http://localhost:9000/x', all, undefined],
    ['http://127.0.0.1:9000/x', all, undefined],
    ['http://[::1]:9000/x', all, undefined],
    ['https://host/x', { ...all, NO_PROXY: '*' }, undefined],
    ['https://host/x', { ...all, NO_PROXY: 'host' }, undefined],
    ['https://HOST/x', { ...all, no_proxy: 'Host' }, undefined],
    ['https://a.host/x', { ...all, NO_PROXY: 'other, host' }, undefined],
    ['https://a.host/x', { ...all, NO_PROXY: '.host' }, undefined],
    ['https://a.host/x', { ...all, NO_PROXY: '*.host' }, undefined],
    ['https://ahost/x', { ...all, NO_PROXY: 'host' }, 'http://secure.proxy:3128/'],
    ['https://host.other/x', { ...all, NO_PROXY: 'host' }, 'http://secure.proxy:3128/'],
    ['https://host/x', { ...all, NO_PROXY: 'host:443' }, undefined],
    ['https://host:8443/x', { ...all, NO_PROXY: 'host:443' }, 'http://secure.proxy:3128/'],
    ['https://10.1.2.3/x', { ...all, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3/x', { ...all, NO_PROXY: '10.0.0.0/8' }, 'http://secure.proxy:3128/'],
    ['https://[fd00::1]/x', { ...all, NO_PROXY: 'fd00::/8' }, undefined],
    ['https://[fd00::1]/x', { ...all, NO_PROXY: 'fd00::1' }, undefined],
    ['https://host/x', { ...all, NO_PROXY: '10.0.0.0/99, ,' }, 'http://secure.proxy:3128/'],
  ])('%s with %j is %s', (url, environment, proxy) => {
    expect(proxyFor(new URL(url), environment)?.href).toBe(proxy);
  });

  test.each(['socks5://user:pw@proxy', 'http://', 'ftp://proxy'])('%s is rejected, and not repeated', (proxy) => {
    const find = (): unknown => proxyFor(new URL('https://host/x'), { HTTPS_PROXY: proxy });
    expect(find).toThrow(UsageError);
    expect(find).toThrow(/^HTTPS_PROXY: unsupported proxy$/);
  });
});

/** Names that no resolver knows, so that every connection to them went through the proxy. */
const names = ['store.invalid', 'images.store.invalid', 'mirror.invalid', 'bases.invalid'];
const content = Buffer.from('content');
const variables = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'AWS_CA_BUNDLE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];
const clock = createTestClock();
const signal = new AbortController().signal;
const ports = { processes: createTestProcesses(), clock, signal };

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let certificate: ServerCertificate;
let plainServer: ScriptedServer;
let secure: Server;
let proxy: ForwardProxy;

beforeAll(async () => {
  directory = await makeTestDirectory('proxies');
  certificate = await createServerCertificate(directory.path, names);
  plainServer = await startScriptedServer();
  plainServer.reply({ status: 200, headers: { etag: '"one"' }, body: content });
  secure = createServer({ key: certificate.key, cert: certificate.cert }, (_, response) => {
    response.writeHead(200, { etag: '"one"', 'content-length': content.length }).end(content);
  });
  await once(secure.listen(0, '127.0.0.1'), 'listening');
  const plainPort = new URL(plainServer.url).port;
  const securePort = String((secure.address() as AddressInfo).port);
  proxy = await startForwardProxy(
    Object.fromEntries(
      names.flatMap((name) => [
        [`${name}:80`, plainPort],
        [`${name}:443`, securePort],
      ]),
    ),
    'user:secret',
  );
});
afterAll(async () => {
  await proxy.close();
  await plainServer.close();
  secure.closeAllConnections();
  secure.close();
  await directory.remove();
});

const before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
afterEach(() => {
  for (const name of variables) {
    if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[name];
  }
});

function set(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', ...environment });
}

const openS3 = (endpoint: string, forcePathStyle = true): ObjectStore =>
  openStore({ address: 's3://images/team', endpoint, region: 'eu-central-1', forcePathStyle }, ports);

const read = async (store: Pick<ObjectStore, 'read'>): Promise<Buffer | undefined> =>
  (await store.read('index.json', 100))?.bytes;

const readUrl = async (url: string): Promise<Buffer> => fetchDocument({ url, idleTimeoutMs: 300_000 }, 100, signal);

describe('hosts that only the proxy knows', () => {
  test('serve a store in S3', async () => {
    set({ HTTP_PROXY: proxy.url });
    expect(await read(openS3('http://store.invalid'))).toEqual(content);
    expect(proxy.seen).toContain('GET http://store.invalid/images/team/index.json?x-id=GetObject');
  });

  test('serve a store in S3 whose bucket is a name', async () => {
    set({ HTTP_PROXY: proxy.url });
    expect(await read(openS3('http://store.invalid', false))).toEqual(content);
    expect(proxy.seen).toContain('GET http://images.store.invalid/team/index.json?x-id=GetObject');
  });

  test('serve a store in S3 over TLS, with a private authority', async () => {
    set({ HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: certificate.file });
    expect(await read(openS3('https://store.invalid'))).toEqual(content);
    expect(proxy.seen).toContain('CONNECT store.invalid:443');
  });

  test('serve a base image', async () => {
    set({ HTTP_PROXY: proxy.url });
    const file = join(directory.path, 'base');
    await downloadFile(
      { url: 'http://bases.invalid/base.img', sha256: sha256Of(content), file, idleTimeoutMs: 300_000, maxBytes: 100 },
      { log: silentLog, clock, signal },
    );
    expect(await readFile(file)).toEqual(content);
    expect(proxy.seen).toContain('GET http://bases.invalid/base.img');
  });

  test('serve a mirror over TLS, through a tunnel', async () => {
    set({ HTTPS_PROXY: proxy.url });
    const mirror = openReader({ address: 'https://mirror.invalid/golden' }, ports);
    // The certificate proves that the tunnel leads there: NODE_EXTRA_CA_CERTS is read when Node starts.
    await expect(mirror.read('index.json', 100)).rejects.toThrow(/^no secure connection to .*self-signed/);
    expect(proxy.seen).toContain('CONNECT mirror.invalid:443');
  });

  test('are not found without the proxy', async () => {
    set({ HTTP_PROXY: proxy.url, NO_PROXY: 'store.invalid' });
    const count = proxy.seen.length;
    await expect(read(openS3('http://store.invalid'))).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    expect(proxy.seen).toHaveLength(count);
  });

  test('are not found through a proxy that is down, which the message names', async () => {
    const server = await startForwardProxy({});
    await server.close();
    set({ HTTP_PROXY: server.url, HTTPS_PROXY: server.url });
    const reason = `through proxy ${server.url}`;
    await expect(read(openS3('http://store.invalid'))).rejects.toThrow(reason);
    await expect(read(openS3('https://store.invalid'))).rejects.toThrow(reason);
    await expect(readUrl('http://bases.invalid/base.img')).rejects.toThrow(reason);
  });
});

describe("the proxy's own error is not blamed on the server", () => {
  const plain = 'http://store.invalid';
  const tunnelled = 'https://store.invalid';
  const shown = (): string => new URL(proxy.url).host;

  test.each([
    ['S3', async () => read(openS3('http://other.invalid'))],
    ['a URL', async () => readUrl('http://other.invalid/base.img')],
  ])('if it cannot reach the server: %s', async (_, request) => {
    set({ HTTP_PROXY: proxy.url });
    await expect(request()).rejects.toMatchObject({
      message: expect.stringContaining(`http://other.invalid returned 502 through proxy http://${shown()}`) as unknown,
      fix: expect.stringContaining('NO_PROXY') as unknown,
    });
  });

  test.each([
    ['S3', async () => read(openS3('https://other.invalid'))],
    ['a URL', async () => readUrl('https://other.invalid/base.img')],
  ])('if it cannot open a tunnel to the server: %s', async (_, request) => {
    set({ HTTPS_PROXY: proxy.url });
    await expect(request()).rejects.toMatchObject({
      message: `proxy http://${shown()} returned 502 for CONNECT other.invalid:443`,
      fix: expect.stringContaining('other.invalid:443') as unknown,
    });
  });

  test.each([
    ['S3', plain, async () => read(openS3(plain))],
    ['S3 over TLS', 'CONNECT store.invalid:443', async () => read(openS3(tunnelled))],
    ['a URL', plain, async () => readUrl(`${plain}/base.img`)],
    ['a URL over TLS', 'CONNECT store.invalid:443', async () => readUrl(`${tunnelled}/base.img`)],
  ])('if it needs a password, which no message contains: %s', async (_, what, request) => {
    const url = proxy.url.replace('user:secret', 'user:wrong');
    set({ HTTP_PROXY: url, HTTPS_PROXY: url });
    await expect(request()).rejects.toMatchObject({
      message: `proxy http://${shown()} returned 407 for ${what}`,
      fix: expect.stringContaining('http://USER:PASSWORD@HOST:PORT') as unknown,
    });
  });

  test('a status that servers return is theirs', async () => {
    set({ HTTP_PROXY: proxy.url });
    plainServer.reply({ status: 500, body: '' }, { status: 200, headers: { etag: '"one"' }, body: content });
    await expect(readUrl(`${plain}/base.img`)).rejects.toThrow(/^http:\/\/store\.invalid\/base\.img returned 500$/);
  });

  test('502 of the proxy is tried again, 407 is not', async () => {
    const count = (): number => proxy.seen.filter((line) => line === 'CONNECT store.invalid:443').length;
    set({ HTTPS_PROXY: proxy.url.replace('user:secret', 'user:wrong') });
    const before = count();
    await expect(read(openS3(tunnelled))).rejects.toThrow(/407/);
    expect(count() - before).toBe(1);
    const others = (): number => proxy.seen.filter((line) => line === 'CONNECT other.invalid:443').length;
    set({ HTTPS_PROXY: proxy.url });
    const first = others();
    await expect(read(openS3('https://other.invalid'))).rejects.toThrow(/502/);
    expect(others() - first).toBe(5);
  });
});

describe('AWS_CA_BUNDLE', () => {
  const endpoint = (): string => `https://localhost:${(secure.address() as AddressInfo).port}`;

  test('is trusted for S3, for its own names', async () => {
    set({ AWS_CA_BUNDLE: certificate.file });
    await expect(read(openS3(endpoint()))).rejects.toThrow(/localhost\.? is not in the cert's altnames/);
  });

  test('is needed for a private authority, and named by the fix', async () => {
    set({});
    await expect(read(openS3(endpoint()))).rejects.toMatchObject({
      message: expect.stringMatching(/^no secure connection to .*self-signed/) as unknown,
      fix: expect.stringContaining('AWS_CA_BUNDLE') as unknown,
    });
  });

  test('streams objects as well', async () => {
    set({ HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: certificate.file });
    expect(await buffer((await openS3('https://store.invalid').open('index.json'))!)).toEqual(content);
  });

  test.each([
    ['a missing file', 'missing.pem', undefined],
    ['a file without certificates', 'empty.pem', 'nothing\n'],
  ])('is rejected if it names %s', async (_, name, text) => {
    const path = join(directory.path, name);
    if (text !== undefined) await writeFile(path, text);
    set({ AWS_CA_BUNDLE: path });
    expect(() => openS3(endpoint())).toThrow(UsageError);
    expect(() => openS3(endpoint())).toThrow(new RegExp(`^AWS_CA_BUNDLE ".*${name}": `));
  });
});
