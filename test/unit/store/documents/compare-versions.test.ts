import { describe, expect, test } from '@jest/globals';
import type { InventoryFile } from '../../../../src/image/golden-image.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { compareVersions, summarizeDiff, type Comparable } from '../../../../src/store/documents/compare-versions.js';

const clone = {
  hostname: 'clone-1',
  machineId: 'a',
  bootId: 'b',
  hostKeys: [],
  kernel: '6.8',
  cloudInit: 'done',
  failedUnits: [],
  addresses: [],
  times: { kernelMs: 900, userspaceMs: 9000, healthMs: 61_000, slowestUnits: [] },
};
const smoke = {
  vmm: 'qemu',
  vmmVersion: '7.2',
  accelerator: 'kvm',
  health: { path: '/version' },
  clones: [clone],
  restartMs: 1,
  powerOffMs: 1,
  chunksVerified: { read: 1, of: 1 },
} as const;
const facts: Comparable['facts'] = {
  base: { reference: 'noble', serial: '20261101', format: 'qcow2', sha256: sha256Of('base'), size: 1 },
  daemon: {
    version: 'v1',
    sha256: sha256Of('daemon'),
    size: 1,
    goVersion: 'go1.26.7',
    modules: [
      { path: 'golang.org/x/sys', version: 'v0.29.0' },
      { path: 'example.com/gone', version: 'v1.0.0' },
    ],
  },
  distribution: { id: 'ubuntu', version: '24.04' },
  kernel: { version: '6.8.0-90-generic' },
  layout: 'flattened',
  cmdline: 'root=LABEL=x',
  cloudHypervisor: { min: '50.0', diskOptions: [] },
  disk: { virtualSize: 1024 ** 3, chunkSize: 1, sha256: sha256Of(''), chunks: [] },
  packages: [
    { name: 'libc6', version: '2.39-1', architecture: 'amd64' },
    { name: 'libc6', version: '2.39-1', architecture: 'i386' },
    { name: 'nano', version: '7', architecture: 'amd64' },
    { name: 'tzdata', version: '1', architecture: 'all' },
  ],
  smoke,
};
const file = (path: string, change: Partial<InventoryFile> = {}): InventoryFile => ({
  path,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  content: `sha256:${'a'.repeat(64)}`,
  ...change,
});
const before: Comparable = {
  facts,
  inventory: {
    files: [
      file('/etc/motd'),
      file('/etc/gone'),
      file('/etc/systemd/system/multi-user.target.wants/old.service', { content: 'link:/x' }),
    ],
    folders: [
      { path: '/usr', bytes: 100 },
      { path: '/var', bytes: 10 },
    ],
  },
};

test('nothing differs from itself', () => {
  expect(compareVersions(before, before)).toEqual({
    facts: [],
    packages: [],
    modules: [],
    units: [],
    files: [],
    folders: [],
    times: [],
    boot: [],
  });
});

test('packages come, go and change; one of another architecture is another', () => {
  const packages = [
    { name: 'libc6', version: '2.39-2', architecture: 'amd64' },
    { name: 'libc6', version: '2.39-1', architecture: 'i386' },
    { name: 'tzdata', version: '1', architecture: 'amd64' },
    { name: 'vim', version: '9', architecture: 'amd64' },
  ];
  expect(compareVersions(before, { ...before, facts: { ...facts, packages } }).packages).toEqual([
    { name: 'libc6', from: '2.39-1', to: '2.39-2' },
    { name: 'nano', from: '7' },
    { name: 'vim', to: '9' },
  ]);
});

test('facts and modules', () => {
  const after = {
    ...facts,
    base: { ...facts.base, serial: '20261108' },
    kernel: { version: '6.8.0-91-generic' },
    daemon: {
      sha256: sha256Of('new'),
      size: 2,
      goVersion: 'go1.26.8',
      modules: [{ path: 'golang.org/x/sys', version: 'v0.30.0' }],
    },
  };
  const diff = compareVersions(before, { ...before, facts: after });
  expect(diff.facts.map(({ name }) => name)).toEqual(['base', 'kernel', 'daemon', 'go']);
  expect(diff.facts[1]).toEqual({ name: 'kernel', from: '6.8.0-90-generic', to: '6.8.0-91-generic' });
  expect(diff.modules).toEqual([
    { name: 'golang.org/x/sys', from: 'v0.29.0', to: 'v0.30.0' },
    { name: 'example.com/gone', from: 'v1.0.0' },
  ]);
});

test('files, units and sizes', () => {
  const after = {
    files: [
      file('/etc/motd', { mode: 0o600 }),
      file('/etc/link', { content: 'link:motd' }),
      file('/etc/systemd/system/multi-user.target.wants/daytona-daemon.service', {
        content: 'link:../daytona-daemon.service',
      }),
      file('/etc/systemd/system/apt-daily.timer', { content: 'link:/dev/null' }),
    ],
    folders: [
      { path: '/usr', bytes: 90 },
      { path: '/opt', bytes: 5 },
    ],
  };
  const diff = compareVersions(before, { facts, inventory: after });
  expect(diff.units).toEqual([
    { name: 'old.service for multi-user.target', from: 'enabled' },
    { name: 'daytona-daemon.service for multi-user.target', to: 'enabled' },
    { name: 'apt-daily.timer', to: 'masked' },
  ]);
  expect(diff.files).toEqual([
    { name: '/etc/gone', from: `0644 0:0, 3 bytes, sha256 ${'a'.repeat(64)}` },
    { name: '/etc/link', to: 'link to motd' },
    {
      name: '/etc/motd',
      from: `0644 0:0, 3 bytes, sha256 ${'a'.repeat(64)}`,
      to: `0600 0:0, 3 bytes, sha256 ${'a'.repeat(64)}`,
    },
  ]);
  expect(diff.folders).toEqual([
    { name: '/usr', from: 100, to: 90 },
    { name: '/var', from: 10, to: 0 },
    { name: '/opt', from: 0, to: 5 },
  ]);
});

test('contents are compared by the whole of their digests', () => {
  const end = (letter: string): Comparable => ({
    facts,
    inventory: { files: [file('/etc/motd', { content: `sha256:${'a'.repeat(63)}${letter}` })], folders: [] },
  });
  expect(compareVersions(end('a'), end('b')).files).toHaveLength(1);
});

describe('what one of them has no record of is left out', () => {
  test.each<[string, Comparable]>([
    ['no inventory', { facts }],
    ['too many files', { facts, inventory: { folders: [] } }],
  ])('%s', (_, other) => {
    for (const diff of [compareVersions(before, other), compareVersions(other, before)]) {
      expect(diff.files).toBeUndefined();
      expect(diff.units).toBeUndefined();
    }
  });
  test.each([
    ['no proof', null],
    ['another accelerator', { ...smoke, accelerator: 'tcg' as const }],
    ['another machine', { ...smoke, vmm: 'cloud-hypervisor' as const }],
  ])('%s', (_, other) => {
    expect(compareVersions(before, { ...before, facts: { ...facts, smoke: other } }).times).toBeUndefined();
  });
});

test('times are those of the slowest clone', () => {
  const slower = { ...clone, times: { ...clone.times, healthMs: 62_000 } };
  expect(
    compareVersions(before, { ...before, facts: { ...facts, smoke: { ...smoke, clones: [slower, clone] } } }).times,
  ).toEqual([{ name: 'health', from: 61_000, to: 62_000 }]);
});

test('a summary has the numbers of all, and the first of them', () => {
  const packages = Array.from({ length: 300 }, (_, index) => ({
    name: `p${index}`,
    version: '1',
    architecture: 'amd64',
  }));
  const changes = summarizeDiff(compareVersions(before, { ...before, facts: { ...facts, packages } }));
  expect(changes.packages).toMatchObject({ added: 300, removed: 4, changed: 0 });
  expect(changes.packages.first).toHaveLength(50);
});
