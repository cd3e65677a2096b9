import { expect, test } from '@jest/globals';
import { digestUpdates, formatUpdates } from '../../../src/updates/format-updates.js';
import type { PackageUpdate } from '../../../src/updates/parse-simulation.js';
import type { Updates } from '../../../src/updates/resolve-updates.js';

const openssl: PackageUpdate = {
  name: 'openssl',
  architecture: 'amd64',
  from: '3.0.15-1',
  to: '3.0.16-1',
  security: true,
  archive: 'Debian-Security:12/stable-security',
};
const curl: PackageUpdate = {
  name: 'curl',
  architecture: 'amd64',
  from: '8.1-1',
  to: '8.2-1',
  security: false,
  archive: 'Debian:12/stable',
};
const of = (...updates: readonly PackageUpdate[]): Updates => ({ upgrade: 'all', considered: 312, updates });

test.each([
  [of(), 'nothing to do: 0 of 312 packages have updates'],
  [{ ...of(), upgrade: 'security' as const }, 'nothing to do: 0 of 312 packages have security updates'],
  [of(openssl), 'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security)'],
  [of(curl, openssl), 'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security), curl 8.1-1 → 8.2-1'],
  [
    of(curl, { ...curl, name: 'd' }, { ...curl, name: 'e' }, { ...curl, name: 'f' }, { ...curl, name: 'g' }, openssl),
    'rebuild: openssl 3.0.15-1 → 3.0.16-1 (security), curl 8.1-1 → 8.2-1, d 8.1-1 → 8.2-1, …and 3 more',
  ],
  [
    of({ name: 'libnew1', architecture: 'amd64', to: '1.0', security: true, archive: '' }),
    'rebuild: libnew1 1.0 (new, security)',
  ],
])('%#', (updates, expected) => {
  expect(formatUpdates(updates)).toBe(expected);
});

test('the digest depends on the versions that would be installed, and nothing else', () => {
  const digest = digestUpdates(of(openssl, curl));
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(
    digestUpdates({
      ...of(curl, { ...openssl, security: false, archive: 'Debian:12.1/stable', from: '3.0.14-1' }),
      considered: 3,
    }),
  ).toBe(digest);
  expect(digestUpdates(of(openssl))).not.toBe(digest);
  expect(digestUpdates(of(openssl, { ...curl, to: '8.3-1' }))).not.toBe(digest);
  expect(digestUpdates(of(openssl, { ...curl, architecture: 'i386' }))).not.toBe(digest);
});
