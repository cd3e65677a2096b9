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
const vm = { name: 'vm-001' };

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

test('without an address a VM only has to run', async () => {
  const ports = { clock: createTestClock(), signal, log: silentLog };
  expect(await waitForProof(vm, { address: undefined, withinMs: 0 }, ports)).toBe('running');
});

test('a daemon that comes up in time is the proof', async () => {
  const server = await listen([503, 503, 200]);
  const ports = { clock: createTestClock(), signal, log: silentLog };
  expect(await waitForProof(vm, local, ports, portOf(server))).toBe('daemon');
});

test('a daemon that stays unhealthy is a failure with its response', async () => {
  const server = await listen([503]);
  const ports = { clock: createTestClock(), signal, log: silentLog };
  await expect(waitForProof(vm, local, ports, portOf(server))).rejects.toThrow(
    /^the daemon at http:\/\/127\.0\.0\.1:\d+ did not respond within 1 min 0 s: GET \/health returned 503$/,
  );
});

test('an address where nothing listens is a failure with the reason', async () => {
  const server = await listen([200]);
  const port = portOf(server);
  server.close();
  const ports = { clock: createTestClock(), signal, log: silentLog };
  await expect(waitForProof(vm, { ...local, withinMs: 0 }, ports, port)).rejects.toThrow('ECONNREFUSED');
});
