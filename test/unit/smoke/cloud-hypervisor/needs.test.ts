import { expect, test } from '@jest/globals';
import { parseRelease } from '../../../../src/vmm/cloud-hypervisor-release.js';
import { requireRelease, takesDiskOptions } from '../../../../src/smoke/cloud-hypervisor/needs.js';

test.each([
  ['39.0', false],
  ['50.0', false],
  ['50.1', true],
  ['51.0', true],
  ['53.0.0', true],
  ['nightly', true],
])('%s takes the options of a disk: %s', (release, expected) =>
  expect(takesDiskOptions(parseRelease(release))).toBe(expected),
);

test('an older release is rejected in one line, with a fix', () => {
  requireRelease(parseRelease('50.0'), '50.0');
  expect(() => requireRelease(parseRelease('49.0'), '50.0')).toThrow(
    expect.objectContaining({
      message: 'Cloud Hypervisor 49.0 is too old for this image (needs 50.0 or newer)',
      fix: 'install Cloud Hypervisor 50.0 or newer, or set smoke-disk: copy to boot an uncompressed copy',
    }),
  );
});
