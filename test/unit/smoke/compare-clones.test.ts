import { describe, expect, test } from '@jest/globals';
import { assertDistinct, findSharedSandboxId } from '../../../src/smoke/compare-clones.js';
import type { GuestIdentity } from '../../../src/smoke/guest-facts.js';

const clone = (index: number, same: Partial<GuestIdentity> = {}): GuestIdentity => ({
  machineId: String(index).repeat(32),
  bootId: String(index),
  hostname: `smoke-${index}`,
  kernel: '6.8.0',
  hostKeys: [`SHA256:${index}`],
  duids: [`00:04:${index}`],
  addresses: ['10.0.2.15/24'],
  failedUnits: [],
  cloudInit: 'done',
  marks: {},
  slowestUnits: [],
  ...same,
});

describe('assertDistinct', () => {
  test('clones that differ in all that must differ', () =>
    expect(() => assertDistinct([clone(1), clone(2), clone(3)])).not.toThrow());

  test('clones that have neither host keys nor DUIDs', () => {
    expect(() => assertDistinct([1, 2].map((index) => clone(index, { hostKeys: [], duids: [] })))).not.toThrow();
  });

  test.each<[string, Partial<GuestIdentity>, RegExp]>([
    ['machine-id: ffff', { machineId: 'ffff' }, /\/etc\/machine-id/],
    ['SSH host key: SHA256:baked', { hostKeys: ['SHA256:baked'] }, /ssh_host_/],
    ['host name: ubuntu', { hostname: 'ubuntu' }, /preserve_hostname/],
    ['DHCP unique identifier: 00:04:ff', { duids: ['00:04:ff'] }, /leases/],
  ])('the same %s', (what, same, fix) => {
    const attempt = (): void => assertDistinct([clone(1), clone(2, same), clone(3, same)]);
    expect(attempt).toThrow(`two clones of the image have the same ${what}`);
    expect(attempt).toThrow(expect.objectContaining({ fix: expect.stringMatching(fix) }));
  });

  test('one shared host key among others is enough', () => {
    expect(() => assertDistinct([clone(1, { hostKeys: ['a', 'b'] }), clone(2, { hostKeys: ['c', 'b'] })])).toThrow(
      'SSH host key: b',
    );
  });

  test('a clone may show one key twice', () =>
    expect(() => assertDistinct([clone(1, { hostKeys: ['a', 'a'] }), clone(2)])).not.toThrow());
});

test('a DAYTONA_SANDBOX_ID that two clones have is found; having none is none', () => {
  const withIds = (...ids: readonly (string | undefined)[]): readonly GuestIdentity[] =>
    ids.map((sandboxId, index) => clone(index, sandboxId === undefined ? {} : { sandboxId }));
  expect(findSharedSandboxId(withIds('smoke-1', 'ubuntu', 'ubuntu'))).toBe('ubuntu');
  expect(findSharedSandboxId(withIds('smoke-1', 'smoke-2'))).toBeUndefined();
  expect(findSharedSandboxId(withIds(undefined, undefined))).toBeUndefined();
});
