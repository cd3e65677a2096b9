import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { examineVmm, type VmmNeeds } from '../../../../src/app/doctor/examine-vmm.js';
import type { Finding } from '../../../../src/app/doctor/finding.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { installFakeVmm, type FakeVmm } from '../../../fixtures/install-fake-vmm.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterEach(async () => rm(directory, { recursive: true }));

async function examine(
  fake: FakeVmm | undefined,
  change: Partial<VmmNeeds> = {},
): Promise<ReadonlyMap<string, Finding>> {
  const { signal } = new AbortController();
  const installed = await installFakeVmm(directory, fake ?? {}, signal);
  const processes = fake === undefined ? { ...installed, tryFind: async () => Promise.resolve(undefined) } : installed;
  const needs = {
    vmm: 'auto',
    network: 'isolated',
    requireKvm: false,
    minCloudHypervisor: '50.0',
    proveKvm: false,
    workDirectory: join(directory, 'work'),
    ...change,
  } as const;
  return new Map(
    (await examineVmm(needs, { processes, clock: systemClock, signal })).map((finding) => [finding.name, finding]),
  );
}

const always = ['kernel', 'virtualization', '/dev/kvm', 'groups'];
const forCloudHypervisor = ['cloud-hypervisor', '/dev/net/tun', 'network namespace'];

describe('examineVmm', () => {
  test('looks at what Cloud Hypervisor needs where it is there', async () => {
    const findings = await examine({ version: '53.0.0' });
    expect([...findings.keys()]).toEqual([...always, ...forCloudHypervisor]);
    expect(findings.get('cloud-hypervisor')).toEqual({
      name: 'cloud-hypervisor',
      state: 'ok',
      text: `53.0.0, ${join(directory, 'bin', 'cloud-hypervisor')}`,
    });
    expect(findings.get('kernel')).toMatchObject({ state: 'ok' });
  });

  test('says what an old one cannot do', async () => {
    expect((await examine({ version: '49.0' })).get('cloud-hypervisor')).toMatchObject({
      state: 'warning',
      text: expect.stringContaining('this image needs 50.0'),
      fix: 'install Cloud Hypervisor 50.0 or newer, or set smoke-disk: copy',
    });
    expect((await examine({ version: '49.0' }, { minCloudHypervisor: '39.0' })).get('cloud-hypervisor')).toMatchObject({
      state: 'ok',
    });
    expect((await examine({ version: '49.0' }, { vmm: 'cloud-hypervisor' })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
    });
  });

  test('misses it only where it is wanted', async () => {
    expect([...(await examine(undefined)).values()].at(-1)).toEqual({
      name: 'cloud-hypervisor',
      state: 'ok',
      text: 'is not on PATH: QEMU boots the smoke VMs',
    });
    expect((await examine(undefined, { vmm: 'cloud-hypervisor' })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
      text: 'is not on PATH',
    });
    expect([...(await examine({}, { vmm: 'qemu' })).keys()]).toEqual(always);
  });

  test('tells what cannot be joined to a bridge', async () => {
    const findings = await examine({}, { network: { bridge: 'no-such-bridge' } });
    expect(findings.get('smoke-network')).toEqual({
      name: 'smoke-network',
      state: 'broken',
      text: 'bridge no-such-bridge does not exist on this machine',
      fix: expect.stringContaining('sudo ip link add no-such-bridge'),
    });
    expect((await examine(undefined, { network: { bridge: 'br0' } })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
      text: 'is not on PATH',
    });
  });

  test('the proof of KVM leaves nothing', async () => {
    expect((await examine({}, { proveKvm: true })).get('/dev/kvm')?.text).not.toContain('proves whether');
    expect(await readdir(join(directory, 'work')).catch(() => [])).toEqual([]);
  });
});
