import { createServer, request as sendRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  findLocalRange,
  startGuardingProxy,
  type GuardingProxy,
} from '../../src/platform/connections/guarding-proxy.js';

describe('row 43: addresses that an image must not send the runner to', () => {
  test.each<readonly [address: string, range: string | undefined]>([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fd00:ec2::254', 'link-local'],
    ['10.0.0.1', undefined],
    ['172.16.0.1', undefined],
    ['192.168.1.1', undefined],
    ['fd12::1', undefined],
    ['91.189.91.81', undefined],
    ['2620:2d:4000:1::16', undefined],
    ['::ffff:91.189.91.81', undefined],
  ])('%s: %s', (address, range) => {
    expect(findLocalRange(address)).toBe(range);
  });
});

describe('row 43: the proxy that apt gets', () => {
  /** The runner's own proxy, which responds to everything, and the requests that it received. */
  let upstream: Server;
  let environment: Readonly<Record<string, string>>;
  const reached: string[] = [];
  /** What names resolve to, one list after the other. */
  const answers = new Map<string, (readonly string[])[]>();
  let guard: GuardingProxy;

  beforeAll(async () => {
    upstream = createServer((request, response) => {
      reached.push(request.url ?? '');
      if (request.url?.endsWith('/redirect') === true) response.writeHead(302, { location: 'http://inside.test/' });
      response.end('from the proxy');
    });
    upstream.on('connect', (request: IncomingMessage, socket) => {
      reached.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      socket.end('HTTP/1.1 200 OK\r\n\r\nfrom the proxy');
    });
    await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening));
    const url = `http://user:word@127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    environment = { http_proxy: url, https_proxy: url };
    guard = await startGuardingProxy({ environment, resolve });
  });
  afterAll(async () => {
    await guard.close();
    await new Promise((closed) => upstream.close(closed));
  });

  async function resolve(host: string): Promise<readonly string[]> {
    const next = answers.get(host)?.shift();
    return next === undefined ? Promise.reject(new Error(`no address for ${host}`)) : Promise.resolve(next);
  }

  async function get(url: string, through = guard): Promise<{ readonly status: number; readonly body: string }> {
    const { port } = new URL(through.url);
    const response = await new Promise<IncomingMessage>((resolved, reject) => {
      sendRequest({ host: '127.0.0.1', port, path: url, agent: false }, resolved).on('error', reject).end();
    });
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  async function connectTo(authority: string): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(guard.url).port) });
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
    return text(socket);
  }

  test.each<readonly [what: string, url: string, addresses: readonly string[]]>([
    ['a name of this machine', 'http://inside.test/x', ['127.0.0.1']],
    ['a name of the metadata service', 'http://inside.test/x', ['169.254.169.254']],
    ['a name with one address of many', 'http://inside.test/x', ['91.189.91.81', '::ffff:169.254.169.254']],
    ['an address', 'http://169.254.169.254/latest/', ['169.254.169.254']],
  ])('rejects %s, by http and https', async (_, url, addresses) => {
    const { host, hostname } = new URL(url);
    answers.set(hostname, [addresses, addresses]);
    const before = [reached.length, guard.rejections.length];
    expect((await get(url)).status).toBe(403);
    expect(await connectTo(`${host}:443`)).toMatch(/^HTTP\/1\.1 403 /);
    expect([reached.length, guard.rejections.length]).toEqual([before[0], before[1]! + 2]);
    expect(guard.rejections.at(-1)).toMatch(/ is at \S+, a (loopback|link-local) address$/);
  });

  test('passes on everything else, through the proxy of the environment', async () => {
    answers.set('mirror.test', [['91.189.91.81'], ['10.0.0.1']]);
    expect(await get('http://mirror.test/x')).toEqual({ status: 200, body: 'from the proxy' });
    expect(reached.at(-1)).toBe('http://mirror.test/x');
    expect(await connectTo('mirror.test:443')).toContain('from the proxy');
    expect(reached.at(-1)).toBe(`mirror.test Basic ${Buffer.from('user:word').toString('base64')}`);
  });

  test('leaves a name that only the upstream proxy can resolve to that proxy', async () => {
    expect((await get('http://only-there.test/x')).status).toBe(200);
  });

  test('checks the target of a redirect, which is a new request', async () => {
    answers.set('mirror.test', [['91.189.91.81']]).set('inside.test', [['127.0.0.1']]);
    expect((await get('http://mirror.test/redirect')).status).toBe(302);
    expect((await get('http://inside.test/')).status).toBe(403);
  });

  test('connects to the checked address, even if the name resolves to a different one next', async () => {
    const direct = await startGuardingProxy({ environment: {}, resolve });
    // Nobody listens there. What matters is that this machine, which the second answer names, is not reached.
    const port = (upstream.address() as AddressInfo).port;
    answers.set('rebound.test', [['255.255.255.255'], ['127.0.0.1']]);
    const before = reached.length;
    expect((await get(`http://rebound.test:${port}/x`, direct)).status).toBe(502);
    expect(reached).toHaveLength(before);
    expect(answers.get('rebound.test')).toEqual([['127.0.0.1']]);
    await direct.close();
  });
});
