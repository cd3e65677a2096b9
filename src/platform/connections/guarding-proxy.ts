import { lookup } from 'node:dns/promises';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { BlockList, connect, isIPv6, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { errorMessage, Failure } from '../errors.js';
import { sanitizeLine } from '../format.js';
import { proxyFor } from './proxy.js';

/** A forward proxy for a program whose addresses come from untrusted data. */
export interface GuardingProxy {
  /** `http://127.0.0.1:<port>`, for requests of http and https. */
  readonly url: string;
  /** Why requests were rejected. */
  readonly rejections: readonly string[];
  close(): Promise<void>;
}

export interface GuardOptions {
  /** The addresses of a host; the system's by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Default: this process's. Its proxies are used. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Reachable only from this machine or its network segment. Clouds serve credentials at such addresses. */
const localRanges: readonly (readonly [what: string, ranges: readonly (readonly [start: string, bits: number])[]])[] = [
  [
    'loopback',
    [
      ['127.0.0.0', 8],
      ['::1', 128],
      // "This host": Linux connects to itself.
      ['0.0.0.0', 8],
      ['::', 128],
    ],
  ],
  [
    'link-local',
    [
      ['169.254.0.0', 16],
      ['fe80::', 10],
      // The metadata service of AWS, by IPv6.
      ['fd00:ec2::', 32],
    ],
  ],
];

const lists = localRanges.map(([what, ranges]) => {
  const list = new BlockList();
  for (const [start, bits] of ranges) list.addSubnet(start, bits, isIPv6(start) ? 'ipv6' : 'ipv4');
  return { what, list };
});

/** `loopback` or `link-local`, also for an IPv4-mapped IPv6 address; undefined for any other address. */
export function findLocalRange(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '');
  return lists.find(({ list }) => list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4'))?.what;
}

/**
 * Starts a proxy that connects to no loopback or link-local address. It resolves each name once, checks all its
 * addresses, and connects to a checked one, so a name cannot change in between. Redirects come back as requests of
 * their own.
 */
export async function startGuardingProxy(options: GuardOptions = {}): Promise<GuardingProxy> {
  const { resolve = resolveHost, environment = process.env } = options;
  const rejections: string[] = [];
  const sockets = new Set<Duplex>();
  const findTarget = async (url: URL): Promise<Target> => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const upstream = proxyFor(url, environment);
    // Leaves names that only the upstream proxy can resolve to that proxy.
    const addresses = await resolve(host).catch((error: unknown) => {
      if (upstream === undefined) throw error;
      return [];
    });
    for (const address of addresses) {
      const range = findLocalRange(address);
      if (range === undefined) continue;
      const what = sanitizeLine(`${url.host} is at ${address}, a ${range} address`, 200);
      rejections.push(what);
      throw new Failure(what);
    }
    return { upstream, address: addresses[0] ?? host };
  };
  const server = createServer((request, response) => {
    forward(request, response, findTarget).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(error instanceof Failure ? 403 : 502, errorHeaders(error));
      response.end();
    });
  });
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    tunnel(request.url ?? '', client, head, findTarget)
      .then((socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
      .catch((error: unknown) => {
        client.end(`HTTP/1.1 ${error instanceof Failure ? '403 Forbidden' : '502 Bad Gateway'}\r\n\r\n`);
      });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rejections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Target {
  readonly address: string;
  readonly upstream: URL | undefined;
}

type FindTarget = (url: URL) => Promise<Target>;

async function resolveHost(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

async function forward(request: IncomingMessage, response: ServerResponse, findTarget: FindTarget): Promise<void> {
  const url = new URL(request.url ?? '');
  if (url.protocol !== 'http:') throw new Failure('only http is forwarded');
  const { address, upstream } = await findTarget(url);
  const to =
    upstream === undefined
      ? { host: address, port: url.port || 80, path: `${url.pathname}${url.search}`, headers: request.headers }
      : {
          host: upstream.hostname,
          port: upstream.port || 80,
          path: url.href,
          headers: { ...request.headers, ...credentialsOf(upstream) },
        };
  await new Promise<void>((done, fail) => {
    const sent = sendRequest({ ...to, method: request.method, agent: false }, (received) => {
      response.writeHead(received.statusCode ?? 502, received.headers);
      received.pipe(response);
      received.on('end', done).on('error', fail);
    });
    sent.on('error', fail);
    response.on('close', () => sent.destroy());
    request.pipe(sent);
  });
}

async function tunnel(authority: string, client: Duplex, head: Buffer, findTarget: FindTarget): Promise<Socket> {
  const url = new URL(`https://${authority}`);
  const { address, upstream } = await findTarget(url);
  const [host, port] =
    upstream === undefined ? [address, url.port || '443'] : [upstream.hostname, upstream.port || '80'];
  const socket = await new Promise<Socket>((connected, fail) => {
    const made: Socket =
      upstream?.protocol === 'https:'
        ? connectTls({ host, port: Number(upstream.port || 443), servername: host }, () => connected(made))
        : connect({ host, port: Number(port) }, () => connected(made));
    made.once('error', fail);
  });
  socket.on('error', () => client.destroy());
  client.on('close', () => socket.destroy());
  if (upstream === undefined) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  else socket.write(formatConnect(url.host, upstream));
  socket.write(head);
  socket.pipe(client);
  client.pipe(socket);
  return socket;
}

function formatConnect(host: string, upstream: URL): string {
  const headers = Object.entries({ host, ...credentialsOf(upstream) }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `CONNECT ${host} HTTP/1.1\r\n${headers.join('')}\r\n`;
}

function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function errorHeaders(error: unknown): Readonly<Record<string, string>> {
  return { 'x-reason': sanitizeLine(errorMessage(error), 200).replace(/[^\x20-\x7e]/g, '?') };
}
