import { describe, expect, test } from '@jest/globals';
import {
  checkProgram,
  listPrograms,
  type Program,
  type ProgramNeeds,
} from '../../../../../src/app/doctor/checks/programs.js';
import { packageOfProgram } from '../../../../../src/platform/process/programs.js';

const needs: ProgramNeeds = {
  builder: 'prebuilt',
  base: 'path',
  isRoot: true,
  driver: 'inject',
  smoke: false,
  bridge: false,
};
const list = (change: Partial<ProgramNeeds>): readonly string[] =>
  listPrograms({ ...needs, ...change }).map(({ program }) => program);
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
  const cases: readonly (readonly [string, Partial<ProgramNeeds>, readonly string[]])[] = [
    ['packages and scripts', { driver: 'mount' }, ['mount', 'losetup', 'chroot', 'sfdisk', 'resize2fs']],
    ['packages and scripts in a VM', { driver: 'libguestfs' }, ['sfdisk', 'resize2fs']],
    ['a smoke test', { smoke: true }, ['qemu-system-x86_64', 'qemu-io', 'xorriso']],
    ['a base of Ubuntu', { base: 'ubuntu' }, ['gpgv']],
    ['a base from packages', { base: 'bootstrap' }, ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat']],
    ['a bridge', { bridge: true }, ['ip']],
    ['go', { builder: 'go' }, ['go']],
    ['nx', { builder: 'nx' }, ['npx', 'go']],
  ];
  test.each(cases)('for %s', (_what, change, more) => expect(list(change)).toEqual([...always, ...more]));

  test('subordinate uids and a newer unshare for a base from packages without root', () => {
    const programs = listPrograms({ ...needs, base: 'bootstrap', isRoot: false });
    expect(programs.map(({ program }) => program).sort()).toEqual(
      [...always, 'mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat', 'newuidmap'].sort(),
    );
    expect(programs.find(({ program }) => program === 'unshare')).toMatchObject({ minimum: '2.38' });
  });

  test('only tools with a known package', () => {
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
  const qemu: Program = {
    program: 'qemu-img',
    purpose: 'creates images',
    minimum: '6.0',
    versionArguments: ['--version'],
  };
  const path = '/usr/bin/qemu-img';
  test('that is missing', () =>
    expect(checkProgram(qemu, { path: undefined })).toEqual({
      name: 'qemu-img',
      state: 'broken',
      text: 'not installed; it creates images',
      fix: 'sudo apt-get install --no-install-recommends qemu-utils',
    }));
  test('that is missing and in no package', () =>
    expect(checkProgram({ ...qemu, program: 'other' }, { path: undefined })).toMatchObject({
      fix: 'install other and put it on PATH',
    }));
  test.each(['6.0.0', '6.2.0 (Debian 1:6.2)', '7.2.22', '10.0'])('that is new enough: %s', (found) => {
    expect(checkProgram(qemu, { path, output: `qemu-img version ${found}\n` })).toMatchObject({
      state: 'ok',
      text: expect.stringContaining(path),
    });
  });
  test('that is too old', () =>
    expect(checkProgram(qemu, { path, output: 'qemu-img version 5.2.0 (Debian 1:5.2+dfsg-11)' })).toEqual({
      name: 'qemu-img',
      state: 'broken',
      text: '5.2.0, /usr/bin/qemu-img is too old; it creates images, which needs 6.0 or newer',
      fix: expect.stringContaining('--only-upgrade qemu-utils'),
    }));
  test.each([undefined, '', 'no number'])('that prints no version: %j', (output) => {
    expect(checkProgram(qemu, { path, output })).toMatchObject({
      state: 'warning',
      text: expect.stringMatching(/did not print a version; it .* needs 6\.0 or newer$/),
      fix: '/usr/bin/qemu-img --version',
    });
  });
  test('without a version option', () =>
    expect(checkProgram({ program: 'mkfs.vfat', purpose: 'creates FAT' }, { path })).toEqual({
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
  ])('prints %j', (output, version) => {
    expect(checkProgram({ program: 'x', purpose: 'is', versionArguments: ['-V'] }, { path, output })).toEqual({
      name: 'x',
      state: 'ok',
      text: `${version}, ${path}`,
    });
  });
});
