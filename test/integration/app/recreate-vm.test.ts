import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { waitForProof } from '../../../src/app/recreate-vm.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));
const { signal } = new AbortController();
const vm = { name: 'vm-001', tap: 'tap7' };
const unknown = async (): Promise<undefined> => Promise.resolve(undefined);
const makePorts = (find: () => Promise<string | undefined> = unknown): Parameters<typeof waitForProof>[2] => ({
  clock: createTestClock(),
  signal,
  log: silentLog,
  find,
});

async function listen(statuses: readonly number[]): Promise<Server> {
  let count = 0;
  const server = createServer((_, response) => {
    response.statusCode = statuses[Math.min(count, statuses.length - 1)] ?? 500;
    count += 1;
    response.end('{}');
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const local = { address: '127.0.0.1', withinMs: 60_000 };

test('a VM without a network, or of which no more is wanted, only has to run', async () => {
  expect(await waitForProof({ name: 'vm-001' }, { address: undefined, withinMs: 0 }, makePorts())).toBe('running');
  expect(await waitForProof(vm, { address: 'none', withinMs: 0 }, makePorts())).toBe('running');
});

test('the address is looked up, and again while the guest has an old lease', async () => {
  const server = await listen([200]);
  const found = [undefined, '127.0.0.2', '127.0.0.1'];
  const find = async (): Promise<string | undefined> => Promise.resolve(found.shift());
  const proof = { address: undefined, withinMs: 60_000 };
  expect(await waitForProof(vm, proof, makePorts(find), portOf(server))).toBe('daemon');
  expect(found).toEqual([]);
  await expect(waitForProof(vm, proof, makePorts())).rejects.toMatchObject({
    message: 'no address for vm-001 is known (waited 1 min 0 s)',
    fix: expect.stringContaining('--address none'),
  });
});

test('a daemon that comes up in time is the proof', async () => {
  const server = await listen([503, 503, 200]);
  const ports = makePorts();
  expect(await waitForProof(vm, local, ports, portOf(server))).toBe('daemon');
});

test('a daemon that stays unhealthy is a failure with its response', async () => {
  const server = await listen([503]);
  const ports = makePorts();
  await expect(waitForProof(vm, local, ports, portOf(server))).rejects.toThrow(
    /^the daemon at http:\/\/127\.0\.0\.1:\d+ did not respond: GET \/health returned 503 \(waited 1 min 0 s\)$/,
  );
});

test('an address where nothing listens is a failure with the reason', async () => {
  const server = await listen([200]);
  const port = portOf(server);
  server.close();
  const ports = makePorts();
  await expect(waitForProof(vm, { ...local, withinMs: 0 }, ports, port)).rejects.toThrow('ECONNREFUSED');
});
