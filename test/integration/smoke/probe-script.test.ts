import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { getOverHttp } from '../../../src/smoke/http-get.js';
import { writeProbeScript } from '../../../src/smoke/probe-script.js';
import { awaitConsole } from '../../../src/vmm/guest-console.js';

let server: Server | undefined;
let port: number;
beforeEach(async () => {
  // A port on which another server of these tests was, less than a minute ago, has closed connections of that one.
  do {
    server?.close();
    server = createServer((_, response) => response.end('ok'));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  } while (await isKnownToKernel(port));
});
afterEach(async () => new Promise((resolve) => server?.close(resolve)));

async function isKnownToKernel(localPort: number): Promise<boolean> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(async (path) => readFile(path, 'utf8').catch(() => ''));
  const connections = (await Promise.all(tables)).join('');
  // 0A: it listens.
  return new RegExp(`:${toHex(localPort)} \\S+ (?!0A)`).test(connections);
}

const toHex = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');

/** Runs commands with the functions of the probe, as a guest would. */
async function runInProbe(commands: string): Promise<string> {
  const script = writeProbeScript({ unit: 'x.service', port, chunks: [], chunkSize: 1, killDaemon: false });
  const functions = script.slice(0, script.indexOf(awaitConsole));
  const { stdout } = await promisify(execFile)('sh', ['-c', `${functions}\nanswered=\n${commands}`]);
  return stdout.trim();
}

const uptimeMs = async (): Promise<number> => Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000;

test('the clock is that of /proc/uptime', async () => {
  const before = await uptimeMs();
  const ticks = Number(await runInProbe('uptime_ticks'));
  expect(ticks * 10).toBeGreaterThanOrEqual(Math.floor(before));
  expect(ticks * 10).toBeLessThanOrEqual((await uptimeMs()) + 10);
});

test("knows when the daemon answered first, from the kernel's list of closed connections", async () => {
  expect(await runInProbe('find_answer; echo "[$answered]"')).toBe('[]');
  const before = await uptimeMs();
  const get = async (): Promise<unknown> =>
    getOverHttp({ host: '127.0.0.1', port, path: '/', timeoutMs: 60_000 }, new AbortController().signal);
  await get();
  const after = await uptimeMs();
  await get();
  const asked = await uptimeMs();
  const answeredMs = Number(await runInProbe('await_answer; echo "$answered"')) * 10;
  // The probe reads the time and the list one after the other, as slowly as this machine runs it. Timers have a
  // resolution of up to 10 ms, and so has /proc/uptime.
  const tolerance = 50 + (await uptimeMs()) - asked;
  expect(answeredMs).toBeGreaterThan(before - tolerance);
  expect(answeredMs).toBeLessThan(after + tolerance);
});

test('does not trust a list from which the first answer may be gone', async () => {
  // A reading of 55 s ago, found first.
  const late = `
    cat() { echo " 1: 0100007F:$port 0100007F:D86E 06 00000000:00000000 03:000001F4 00000000 0 0 0 3 0"; }
    find_answer; echo "$answered"`;
  expect(await runInProbe(late)).toBe('unknown');
});
