import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { proveKvmOnce, type KnownKvmProof, type KnownKvmRequest } from '../../../src/smoke/known-kvm.js';
import type { Vmm } from '../../../src/smoke/machine.js';
import { createTestProcesses } from '../../fixtures/ports.js';

let directory: string;
let starts: number;
let lines: readonly string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'known-kvm-'));
  starts = 0;
  lines = ['CPUID', 'done'];
  await writeFile(join(directory, 'qemu'), 'a VMM');
});
afterEach(async () => rm(directory, { recursive: true }));

/** Its guest has printed all of `lines` when it starts. */
const vmm: Vmm = {
  kind: 'qemu',
  version: '7.2',
  accelerator: 'kvm',
  guestNetwork: 'dhcp',
  start: async (spec) => {
    starts += 1;
    const kernelConsole = join(spec.directory, 'serial.log');
    await writeFile(kernelConsole, lines.map((line) => `kvm-proof: ${line}\r\n`).join(''));
    return {
      kernelConsole,
      probeConsole: kernelConsole,
      exited: new Promise(() => undefined),
      tail: () => [],
      get: async () => Promise.reject(new Error('no network')),
      powerButton: async () => Promise.resolve(),
      stop: async () => Promise.resolve(),
    };
  },
};

async function prove(change: Partial<KnownKvmRequest> = {}): Promise<KnownKvmProof> {
  const processes = {
    ...createTestProcesses(),
    tryFind: async (): Promise<string> => Promise.resolve(join(directory, 'qemu')),
  };
  return proveKvmOnce(
    { device: '/dev/null', vmm, directory, cacheDirectory: join(directory, 'cache'), ...change },
    { processes, clock: systemClock, signal: new AbortController().signal, log: silentLog },
  );
}

const works = { works: true, elapsedMs: expect.any(Number) };

test('proves KVM once, until asked for a fresh answer', async () => {
  expect(await prove()).toEqual({ ...works, wasKnown: false });
  expect(await prove()).toEqual({ ...works, wasKnown: true });
  expect(await prove({ fresh: true })).toEqual({ ...works, wasKnown: false });
  expect(starts).toBe(2);
});

test('remembers that it does not work, and a fresh proof corrects it', async () => {
  lines = ['MSRs', 'wrong result'];
  const reason = '/dev/null is not usable: wrong result in "MSRs"';
  expect(await prove()).toEqual({ works: false, reason, wasKnown: false });
  lines = ['done'];
  expect(await prove()).toEqual({ works: false, reason, wasKnown: true });
  expect(await prove({ fresh: true })).toMatchObject({ works: true, wasKnown: false });
  expect(await prove()).toMatchObject({ works: true, wasKnown: true });
  expect(starts).toBe(2);
});

test('a different binary, version or device is proven anew, and one file is left', async () => {
  await prove();
  await writeFile(join(directory, 'qemu'), 'an upgraded VMM');
  expect(await prove()).toMatchObject({ wasKnown: false });
  expect(await prove({ vmm: { ...vmm, version: '8.0' } })).toMatchObject({ wasKnown: false });
  expect(await prove({ device: '/dev/zero' })).toMatchObject({ wasKnown: false });
  expect(await readdir(join(directory, 'cache/kvm-proofs'))).toEqual([`qemu-${process.getuid?.()}.json`]);
});

test('a device that this user cannot open is not known to work', async () => {
  const device = join(directory, 'kvm');
  await writeFile(device, '');
  expect(await prove({ device })).toMatchObject({ works: true });
  await rm(device);
  expect(await prove({ device })).toEqual({ works: false, reason: `${device} does not exist`, wasKnown: false });
});

test.each(['', '{', '{"key":1}', `{"key":"x","proof":{"works":true,"elapsedMs":1}}`, 'x'.repeat(20_000)])(
  'a damaged record counts as none: %.20s',
  async (text) => {
    await prove();
    await writeFile(join(directory, `cache/kvm-proofs/qemu-${process.getuid?.()}.json`), text);
    expect(await prove()).toMatchObject({ works: true, wasKnown: false });
    expect(await prove()).toMatchObject({ wasKnown: true });
  },
);

test('without a cache, or with one that cannot be written, it is proven each time', async () => {
  await writeFile(join(directory, 'file'), '');
  for (const cacheDirectory of [undefined, join(directory, 'file')])
    for (const time of [1, 2]) expect([time, (await prove({ cacheDirectory })).wasKnown]).toEqual([time, false]);
  expect(starts).toBe(4);
});
