import { describe, expect, test } from '@jest/globals';
import type { Processes } from '../../../src/platform/process/processes.js';
import { isAtLeast, parseRelease, readRelease } from '../../../src/vmm/cloud-hypervisor-release.js';

const saying = (stdout: string): Processes =>
  ({ run: async () => Promise.resolve({ stdout, stderr: '' }) }) as unknown as Processes;

describe('readRelease', () => {
  test.each([
    ['cloud-hypervisor v53.0.0\nMigration Protocol Versions: 0\n', '53.0.0', [53, 0]],
    ['cloud-hypervisor v39.0\n', '39.0', [39, 0]],
    ['cloud-hypervisor v50.2\n', '50.2', [50, 2]],
    ['cloud-hypervisor v52.0-117-g1a2b3c4-dirty\n', '52.0-117-g1a2b3c4-dirty', [52, 0]],
    ['cloud-hypervisor v104.1.2\n', '104.1.2', [104, 1]],
  ])('%j', async (stdout, text, number) => expect(await readRelease(saying(stdout))).toEqual({ text, number }));

  test.each([
    ['cloud-hypervisor nightly-\u001b[31mred\n', 'nightly-31mred'],
    ['', ''],
    ['cloud-hypervisor v1234567.0', '1234567.0'],
  ])('%j is no release that is known', async (stdout, text) =>
    expect(await readRelease(saying(stdout))).toEqual({ text }),
  );
});

test.each([
  ['49.9', '50.0', false],
  ['50.0', '50.0', true],
  ['50.0', '50.1', false],
  ['51.0', '50.1', true],
  ['100.0', '53.0', true],
  ['nightly', '53.0', true],
])('%s is at least %s: %s', (release, min, expected) => expect(isAtLeast(parseRelease(release), min)).toBe(expected));
