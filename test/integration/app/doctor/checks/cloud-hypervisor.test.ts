import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cloudHypervisorChecks } from '../../../../../src/app/doctor/checks/cloud-hypervisor.js';
import { kvmChecks } from '../../../../../src/app/doctor/checks/kvm.js';
import { runChecks } from '../../../../../src/app/doctor/doctor.js';
import type { Finding } from '../../../../../src/app/doctor/finding.js';
import { readDoctorInputs } from '../../../../../src/inputs/build-inputs.js';
import { systemClock } from '../../../../../src/platform/clock.js';
import { bundles } from '../../../../fixtures/helpers.js';
import { installFakeVmm, type FakeVmm } from '../../../../fixtures/install-fake-vmm.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterEach(async () => rm(directory, { recursive: true }));

/** The findings about smoke VMs, by name. Without `fake`, Cloud Hypervisor is not installed. */
async function check(
  fake: FakeVmm | undefined,
  given: Readonly<Record<string, string>> = {},
  { bootsOnKvm = false } = {},
): Promise<ReadonlyMap<string, Finding>> {
  const { signal } = new AbortController();
  const installed = await installFakeVmm(directory, fake ?? {}, signal);
  const processes = fake === undefined ? { ...installed, tryFind: async () => Promise.resolve(undefined) } : installed;
  const flags: Readonly<Record<string, string>> = {
    'daemon-builder': 'prebuilt',
    'daemon-binary': 'd',
    'work-folder': join(directory, 'work'),
    ...given,
  };
  const inputs = readDoctorInputs((name) => flags[name] ?? '', { cache: directory, work: directory });
  const findings = await runChecks(
    [...kvmChecks, ...cloudHypervisorChecks],
    { ...inputs, bootsOnKvm },
    { processes, clock: systemClock, signal, owner: 'me', helpers: bundles },
  );
  return new Map(findings.map((finding) => [finding.name, finding]));
}

const always = ['kernel', 'virtualization', '/dev/kvm', 'groups'];
const forCloudHypervisor = ['cloud-hypervisor', '/dev/net/tun', 'network namespace'];

describe('the checks of smoke VMs', () => {
  test('check what Cloud Hypervisor needs if it is installed', async () => {
    const findings = await check({ version: '53.0.0' });
    expect([...findings.keys()]).toEqual([...always, ...forCloudHypervisor]);
    expect(findings.get('cloud-hypervisor')).toEqual({
      name: 'cloud-hypervisor',
      state: 'ok',
      text: `53.0.0, ${join(directory, 'bin', 'cloud-hypervisor')}`,
    });
    expect(findings.get('kernel')).toMatchObject({ state: 'ok' });
  });

  test('name what an old one cannot do', async () => {
    expect((await check({ version: '49.0' })).get('cloud-hypervisor')).toMatchObject({
      state: 'warning',
      text: expect.stringContaining('this image needs 50.0 or newer'),
      fix: 'install Cloud Hypervisor 50.0 or newer, or set smoke-disk: copy',
    });
    expect((await check({ version: '49.0' }, { 'smoke-disk': 'copy' })).get('cloud-hypervisor')).toMatchObject({
      state: 'ok',
    });
    expect((await check({ version: '49.0' }, { vmm: 'cloud-hypervisor' })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
    });
  });

  test('report a missing one only if it is required', async () => {
    expect([...(await check(undefined)).values()].at(-1)).toEqual({
      name: 'cloud-hypervisor',
      state: 'ok',
      text: 'not on PATH; QEMU boots the smoke VMs',
    });
    expect((await check(undefined, { vmm: 'cloud-hypervisor' })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
      text: 'not on PATH',
    });
    expect([...(await check({}, { vmm: 'qemu' })).keys()]).toEqual(always);
  });

  test('name what cannot be attached to a bridge', async () => {
    const findings = await check({}, { 'smoke-network': 'bridge=no-such-bridge' });
    expect(findings.get('smoke-network')).toEqual({
      name: 'smoke-network',
      state: 'broken',
      text: 'bridge no-such-bridge does not exist on this machine',
      fix: expect.stringContaining('sudo ip link add no-such-bridge'),
    });
    expect((await check(undefined, { 'smoke-network': 'bridge=br0' })).get('cloud-hypervisor')).toMatchObject({
      state: 'broken',
      text: 'not on PATH',
    });
  });

  test('the boot on KVM leaves nothing', async () => {
    expect((await check({}, {}, { bootsOnKvm: true })).get('/dev/kvm')?.text).not.toContain('the smoke test shows');
    expect(await readdir(join(directory, 'work')).catch(() => [])).toEqual([]);
  });
});
