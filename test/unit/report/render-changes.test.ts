import { expect, test } from '@jest/globals';
import { countChanges, renderChanges } from '../../../src/report/render-changes.js';
import type { VersionChanges } from '../../../src/store/documents/changes.js';

const none = { added: 0, removed: 0, changed: 0, first: [] };
const nothing: VersionChanges = { facts: [], packages: none, modules: none };
const many: VersionChanges = {
  ...nothing,
  facts: [{ name: 'kernel', from: '6.8.0-90', to: '6.8.0-91' }],
  packages: {
    added: 1,
    removed: 1,
    changed: 298,
    first: [
      { name: 'vim', to: '9' },
      { name: 'nano', from: '7' },
      ...Array.from({ length: 48 }, (_, index) => ({ name: `p${index}`, from: '1', to: '2' })),
    ],
  },
  files: {
    added: 0,
    removed: 0,
    changed: 1,
    first: [
      {
        name: '/etc/motd',
        from: `0644 0:0, 3 bytes, sha256 ${'a'.repeat(64)}`,
        to: `0644 0:0, 4 bytes, sha256 ${'b'.repeat(64)}`,
      },
    ],
  },
  folders: [{ name: '/usr', from: 1024 ** 3, to: 1024 ** 3 - 2048 }],
  times: [{ name: 'health', from: 12_000, to: 11_500 }],
};

test('counts come first, then some of each kind, and how many are not shown', () => {
  expect(renderChanges(many, 3)).toEqual([
    '~ kernel 6.8.0-90 → 6.8.0-91',
    'packages: 1 added, 1 removed, 298 changed',
    '  + vim 9',
    '  - nano 7',
    '  ~ p0 1 → 2',
    '  … and 297 more',
    'files: 1 changed',
    `  ~ /etc/motd 0644 0:0, 3 bytes, sha256 ${'a'.repeat(12)} → 0644 0:0, 4 bytes, sha256 ${'b'.repeat(12)}`,
    'sizes:',
    '  /usr 1 GiB → 1024.0 MiB (-2 KiB)',
    'times:',
    '  health 12.0 s → 11.5 s',
  ]);
});

test('what makes a boot slower or faster', () => {
  const boot = [
    { kind: 'unit', name: 'cloud-init.service', from: 7900, to: 11_200 },
    { kind: 'phase', name: 'userspace', from: 16_000, to: 14_500 },
    { kind: 'unit', name: 'new.service', to: 1200 },
    { kind: 'unit', name: 'old.service', from: 700 },
    { kind: 'unit', name: 'not shown', from: 600, to: 1 },
  ] as const;
  expect(renderChanges({ ...nothing, boot }, 4)).toEqual([
    'boot:',
    '  cloud-init.service 7.9 s → 11.2 s (+3.3 s)',
    '  phase userspace 16.0 s → 14.5 s (-1.5 s)',
    '  new.service 1.2 s (was not among the slowest)',
    '  old.service 700 ms → no longer among the slowest',
  ]);
});

test('one line for all', () => {
  expect(countChanges(many)).toBe('kernel; packages: 1 added, 1 removed, 298 changed; files: 1 changed');
  expect(countChanges(nothing)).toBe('no recorded changes');
  expect(renderChanges(nothing, 3)).toEqual([]);
});
