import { describe, expect, test } from '@jest/globals';
import { judgeTool, listTools, type Tool, type ToolNeeds } from '../../../../src/app/doctor/judge-tools.js';
import { packageOfProgram } from '../../../../src/platform/process/programs.js';

const needs: ToolNeeds = {
  builder: 'prebuilt',
  base: 'path',
  isRoot: true,
  driver: 'inject',
  smoke: false,
  bridge: false,
};
const list = (change: Partial<ToolNeeds>): readonly string[] =>
  listTools({ ...needs, ...change }).map(({ program }) => program);
const always = [
  'qemu-img',
  'qemu-storage-daemon',
  'debugfs',
  'e2fsck',
  'setpriv',
  'unshare',
  'nsenter',
  'flock',
  'prlimit',
];

describe('a build needs', () => {
  test('little for a file and a prebuilt daemon', () => expect(list({})).toEqual(always));
  const cases: readonly (readonly [string, Partial<ToolNeeds>, readonly string[]])[] = [
    ['packages and scripts', { driver: 'mount' }, ['mount', 'losetup', 'chroot', 'sfdisk', 'resize2fs']],
    ['packages and scripts in a VM', { driver: 'libguestfs' }, ['sfdisk', 'resize2fs']],
    ['a smoke test', { smoke: true }, ['qemu-system-x86_64', 'qemu-io', 'xorriso']],
    ['a base of Ubuntu', { base: 'ubuntu' }, ['gpgv']],
    ['a base that is made', { base: 'bootstrap' }, ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat']],
    ['a bridge', { bridge: true }, ['ip']],
    ['go', { builder: 'go' }, ['go']],
    ['nx', { builder: 'nx' }, ['npx', 'go']],
  ];
  test.each(cases)('for %s', (_what, change, more) => expect(list(change)).toEqual([...always, ...more]));

  test('for a base that is made without root, subordinate uids and a newer unshare', () => {
    const tools = listTools({ ...needs, base: 'bootstrap', isRoot: false });
    expect(tools.map(({ program }) => program).sort()).toEqual(
      [...always, 'mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat', 'newuidmap'].sort(),
    );
    expect(tools.find(({ program }) => program === 'unshare')).toMatchObject({ minimum: '2.38' });
  });

  test('no tool whose package nobody knows', () => {
    for (const change of [
      { smoke: true, driver: 'mount', bridge: true, builder: 'nx' },
      { base: 'ubuntu' },
      { base: 'bootstrap', isRoot: false },
    ] as const) {
      for (const program of list(change)) expect(packageOfProgram).toHaveProperty([program]);
    }
  });
});

describe('a tool', () => {
  const qemu: Tool = { program: 'qemu-img', purpose: 'makes images', minimum: '6.0', ask: ['--version'] };
  const path = '/usr/bin/qemu-img';
  test('that is missing', () =>
    expect(judgeTool(qemu, { path: undefined })).toEqual({
      name: 'qemu-img',
      state: 'broken',
      text: 'is not installed: it makes images',
      fix: 'sudo apt-get install --no-install-recommends qemu-utils',
    }));
  test('that is missing and in no package', () =>
    expect(judgeTool({ ...qemu, program: 'other' }, { path: undefined })).toMatchObject({
      fix: 'install other and put it on PATH',
    }));
  test.each(['6.0.0', '6.2.0 (Debian 1:6.2)', '7.2.22', '10.0'])('that is new enough: %s', (said) => {
    expect(judgeTool(qemu, { path, said: `qemu-img version ${said}\n` })).toMatchObject({
      state: 'ok',
      text: expect.stringContaining(path),
    });
  });
  test('that is too old', () =>
    expect(judgeTool(qemu, { path, said: 'qemu-img version 5.2.0 (Debian 1:5.2+dfsg-11)' })).toEqual({
      name: 'qemu-img',
      state: 'broken',
      text: '5.2.0, /usr/bin/qemu-img: it makes images, which needs 6.0',
      fix: expect.stringContaining('--only-upgrade qemu-utils'),
    }));
  test.each([undefined, '', 'no number'])('that tells no version: %j', (said) => {
    expect(judgeTool(qemu, { path, ...(said === undefined ? {} : { said }) })).toMatchObject({
      state: 'warning',
      text: expect.stringMatching(/tells no version: .* needs 6\.0$/),
      fix: '/usr/bin/qemu-img --version',
    });
  });
  test('that is not asked', () =>
    expect(judgeTool({ program: 'mkfs.vfat', purpose: 'makes FAT' }, { path })).toEqual({
      name: 'mkfs.vfat',
      state: 'ok',
      text: path,
    }));
  test.each([
    ['debugfs 1.47.0 (5-Feb-2023)', '1.47.0'],
    ['unshare from util-linux 2.38.1', '2.38.1'],
    ['go version go1.26.8 linux/amd64', '1.26.8'],
    ['xorriso 1.5.4 : RockRidge filesystem manipulator', '1.5.4'],
    ['gpgv (GnuPG) 2.2.40\nlibgcrypt 1.10.1', '2.2.40'],
    ['ip utility, iproute2-6.1.0, libbpf 1.1.2', '6.1.0'],
  ])('says %j', (said, version) => {
    expect(judgeTool({ program: 'x', purpose: 'is', ask: ['-V'] }, { path, said })).toEqual({
      name: 'x',
      state: 'ok',
      text: `${version}, ${path}`,
    });
  });
});
