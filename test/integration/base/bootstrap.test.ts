import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BaseImage } from '../../../src/base/base-image.js';
import { getTestBase, testBaseWithinMs } from '../../fixtures/base.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const root = 'offset=1074790400';
const boot = 'offset=116391936';

let base: BaseImage;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;

beforeAll(async () => {
  base = await getTestBase();
  directory = await makeTestDirectory('bootstrap');
  raw = join(directory.path, 'disk.raw');
  await processes.run({ argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', base.path, raw] });
}, testBaseWithinMs);
afterAll(async () => directory.remove());

async function debugfs(command: string, partition: string): Promise<string> {
  const { stdout } = await processes.run({ argv: ['debugfs', '-R', command, `${raw}?${partition}`] });
  return stdout;
}

const list = async (path: string, partition: string): Promise<readonly string[]> =>
  (await debugfs(`ls -p ${path}`, partition))
    .split('\n')
    .map((line) => line.split('/')[5] ?? '')
    .filter((name) => name !== '');

test('returns path, digest and serial', () => {
  expect(base).toMatchObject({
    format: 'qcow2',
    compression: 'zlib',
    virtualSize: 3584 * 1024 ** 2,
    origin: { reference: 'bootstrap:bookworm', serial: expect.stringMatching(/^20\d{6}$/) as unknown },
  });
  expect(base.path).toContain(base.sha256);
});

test('ends at a cluster boundary, as Cloud Hypervisor requires', () => {
  expect(base.size % 65_536).toBe(0);
});

test('is reused by the next run', async () => {
  expect(await getTestBase()).toEqual(base);
});

test('has the partitions of noble', async () => {
  const { stdout } = await processes.run({ argv: ['sfdisk', '--json', raw] });
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { label: string; partitions: { node: string; start: number; size: number; type: string }[] };
  };
  expect(partitiontable.label).toBe('gpt');
  expect(
    partitiontable.partitions.map(({ node, start, size, type }) => [node.slice(raw.length), start, size, type]),
  ).toEqual([
    ['1', 2_099_200, 5_238_784, '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'],
    ['14', 2048, 8192, '21686148-6449-6E6F-744E-656564454649'],
    ['15', 10_240, 217_088, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'],
    ['16', 227_328, 1_869_824, 'BC13C2FF-59E6-4262-A352-B275FD6F7172'],
  ]);
});

test.each([
  [1_074_790_400, 'ext4', 'cloudimg-rootfs'],
  [116_391_936, 'ext4', 'BOOT'],
  [5_242_880, 'vfat', 'UEFI'],
])('at byte %d lies an %s labelled %s', async (offset, type, label) => {
  const { stdout } = await processes.run({
    argv: ['blkid', '--probe', '--offset', String(offset), '--output', 'export', raw],
  });
  expect(stdout).toMatch(new RegExp(`^LABEL=${label}$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^TYPE=${type}$`, 'm'));
});

test.each([
  ['root', root],
  ['boot', boot],
])('the %s filesystem is clean', async (_, partition) => {
  await expect(processes.run({ argv: ['e2fsck', '-fn', `${raw}?${partition}`] })).resolves.toBeDefined();
});

test('has one kernel with an initramfs on the boot partition, and an empty /boot in the root filesystem', async () => {
  const names = await list('/', boot);
  const kernel = names.find((name) => name.startsWith('vmlinuz-')) ?? '';
  expect(kernel).toMatch(/^vmlinuz-\d.*amd64$/);
  expect(names).toContain(kernel.replace('vmlinuz', 'initrd.img'));
  expect(await list('/boot', root)).toEqual(['.', '..']);
});

test('has the files of the recipe', async () => {
  expect(await debugfs('cat /etc/fstab', root)).toMatch(
    /^LABEL=cloudimg-rootfs\t\/\text4\t.*\nLABEL=BOOT\t\/boot\text4\t/,
  );
  expect(await debugfs('cat /etc/cloud/cloud.cfg.d/90_dpkg.cfg', root)).toBe('datasource_list: [ NoCloud, None ]\n');
  expect(await debugfs('cat /etc/default/grub.d/50-cloudimg-settings.cfg', root)).toContain('console=ttyS0');
});

test('contains nothing of the machine that built it', async () => {
  expect((await list('/etc/ssh', root)).filter((name) => name.startsWith('ssh_host_'))).toEqual([]);
  expect(await list('/etc', root)).not.toContain('hostname');
  expect(await debugfs('cat /etc/machine-id', root)).toMatch(/^(uninitialized\n)?$/);
  expect(await list('/dev', root)).toEqual(['.', '..']);
  expect(await list('/var/lib/apt/lists', root)).not.toContainEqual(expect.stringMatching(/Packages|Release/));
  expect((await list('/var/cache/apt/archives', root)).filter((name) => name.endsWith('.deb'))).toEqual([]);
});

test('keeps owners and modes', async () => {
  expect(await debugfs('stat /etc/shadow', root)).toMatch(/Mode: +0640[\s\S]*User: +0 +Group: +42 /);
  expect(await debugfs('stat /usr/bin/passwd', root)).toMatch(/Mode: +04755[\s\S]*User: +0 /);
});
