import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { tryFindSnapshotProblem } from '../../../../src/app/warm/prove-snapshots.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { installFakeVmm, type FakeVmm } from '../../../fixtures/install-fake-vmm.js';
import { makeTestDirectory } from '../../../fixtures/small-image.js';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeEach(async () => {
  directory = await makeTestDirectory('snapshots');
});
afterEach(async () => directory.remove());

async function findProblem(fake: FakeVmm): Promise<string | undefined> {
  const { signal } = new AbortController();
  const processes = await installFakeVmm(directory.path, fake, signal);
  const before = await readdir(directory.path);
  const problem = await tryFindSnapshotProblem(directory.path, { processes, clock: systemClock, signal });
  expect(await readdir(directory.path)).toEqual(before);
  return problem;
}

test('a machine that saves and restores VMs has no problem', async () => {
  expect(await findProblem({})).toBeUndefined();
});

test.each<readonly [NonNullable<FakeVmm['behaviour']>, RegExp]>([
  ['ends at once', /: it exited: .*Failed to open \/dev\/kvm$/],
  ['snapshot fails', /: vm.snapshot: .*No space left on device/],
  ['restore fails', /: vm.restore: .*CPUID is not compatible/],
])('a machine whose VMM %s is named with the reason', async (behaviour, words) => {
  const problem = await findProblem({ behaviour });
  expect(problem).toMatch(/^Cloud Hypervisor cannot save and restore VMs on this machine: /);
  expect(problem).toMatch(words);
});
