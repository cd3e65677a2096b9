import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import type { Guest } from '../../../src/disk/open-guest.js';
import { getBootPair, readCmdline, tryParseGrub } from '../../../src/image/boot-files.js';
import { createFakeFilesystem, openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

describe('getBootPair', () => {
  async function pairOf(boot: Tree): Promise<readonly [string, string, string]> {
    const { version, kernel, initramfs } = await getBootPair(openFakeFiles({ boot: { directory: true } }, boot));
    return [version, kernel.path, initramfs.path];
  }

  test('the newest by version, not by name', async () => {
    expect(
      await pairOf({
        'vmlinuz-6.8.0-90-generic': 'x',
        'initrd.img-6.8.0-90-generic': 'x',
        'vmlinuz-6.8.0-100-generic': 'x',
        'initrd.img-6.8.0-100-generic': 'x',
      }),
    ).toEqual(['6.8.0-100-generic', '/boot/vmlinuz-6.8.0-100-generic', '/boot/initrd.img-6.8.0-100-generic']);
  });

  test.each<readonly [what: string, newest: Tree]>([
    ['no initramfs', { 'vmlinuz-7': 'x' }],
    ['no kernel', { 'initrd.img-7': 'x' }],
    ['an empty initramfs', { 'vmlinuz-7': 'x', 'initrd.img-7': '' }],
    ['an empty kernel', { 'vmlinuz-7': '', 'initrd.img-7': 'x' }],
    ['a link for a kernel', { 'vmlinuz-7': { link: 'vmlinuz-6' }, 'initrd.img-7': 'x' }],
    ['a directory for a kernel', { 'vmlinuz-7': { directory: true }, 'initrd.img-7': 'x' }],
    ['a name that no kernel has', { 'vmlinuz-7\u001b[2J': 'x', 'initrd.img-7\u001b[2J': 'x' }],
  ])('a newer one with %s is passed over', async (_, newest) => {
    expect((await pairOf({ 'vmlinuz-6': 'x', 'initrd.img-6': 'x', ...newest }))[0]).toBe('6');
  });

  test.each<readonly [boot: Tree, message: RegExp]>([
    [{}, /no kernel with an initramfs in \/boot$/],
    [{ 'vmlinuz-6': 'x', 'config-6': 'x' }, /in \/boot \(found vmlinuz-6\)$/],
    [{ 'vmlinuz-6': 'x', 'initrd.img-7': 'x' }, /\(found initrd.img-7, vmlinuz-6\)$/],
  ])('%j has none', async (boot, message) => {
    await expect(pairOf(boot)).rejects.toThrow(Failure);
    await expect(pairOf(boot)).rejects.toThrow(message);
  });
});

const grub = `
set root='hd0,gpt16'
if [ x$feature_platform_search_hint = xy ]; then
menuentry 'Ubuntu' --class ubuntu {
	linux	/vmlinuz-6.8.0-90-generic root=LABEL=cloudimg-rootfs ro  console=tty1 console=ttyS0 \${extra} $more
	initrd	/initrd.img-6.8.0-90-generic
}
submenu 'Advanced options' {
	linux	/vmlinuz-6.8.0-90-generic root=LABEL=other ro
	linux	/vmlinuz-6.8.0-80-generic root=UUID=old ro recovery nomodeset
	linux	/boot/vmlinuz-6.8.0-80-generic root=UUID=old ro single
	linux	/boot/vmlinuz-6.8.0-80-generic root=UUID=good ro quiet
}
`;

describe('tryParseGrub', () => {
  test('the first line of the kernel, without variables', () => {
    expect(tryParseGrub(grub, '6.8.0-90-generic')).toEqual([
      'root=LABEL=cloudimg-rootfs',
      'ro',
      'console=tty1',
      'console=ttyS0',
    ]);
  });

  test('no recovery entry', () => {
    expect(tryParseGrub(grub, '6.8.0-80-generic')).toEqual(['root=UUID=good', 'ro', 'quiet']);
  });

  test.each([
    '',
    'linux',
    'linux /vmlinuz-6',
    'linux /vmlinuz-6 quiet',
    'initrd /vmlinuz-6 root=x',
    'linux /vmlinuz-6.5 root=x',
    '#linux /vmlinuz-6 root=x',
  ])('%j has nothing for 6', (config) => {
    expect(tryParseGrub(config, '6')).toBeUndefined();
  });
});

describe('readCmdline', () => {
  function openGuest(tree: Tree, label = ''): Guest {
    const filesystem = createFakeFilesystem(tree, label);
    const root = { partition: { number: 1, start: 1, length: 1, type: '' }, mount: { path: '/', filesystem } };
    return { root, boot: undefined, files: openFakeFiles(tree) };
  }

  test('the boot loader says it', async () => {
    expect(await readCmdline(openGuest({ 'boot/grub/grub.cfg': grub }), '6.8.0-90-generic')).toBe(
      'root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0',
    );
  });

  test('a serial console is added where there is none', async () => {
    expect(await readCmdline(openGuest({ 'boot/grub/grub.cfg': grub }), '6.8.0-80-generic')).toBe(
      'root=UUID=good ro quiet console=ttyS0',
    );
    expect(
      await readCmdline(openGuest({ 'boot/grub/grub.cfg': 'linux /vmlinuz-6 root=x console=ttyS0,115200n8' }), '6'),
    ).toBe('root=x console=ttyS0,115200n8');
  });

  test.each<readonly [what: string, fstab: string, label: string, root: string]>([
    ['fstab by label', '# /dev/sda1 / ext4\n\nLABEL=root / ext4 defaults 0 1\n', 'x', 'LABEL=root'],
    ['fstab by PARTUUID', 'PARTUUID=ab-12\t/\text4', 'x', 'PARTUUID=ab-12'],
    ['a device node says nothing, the label does', '/dev/sda1 / ext4', 'cloudimg-rootfs', 'LABEL=cloudimg-rootfs'],
    ['no fstab line, no label', 'LABEL=BOOT /boot ext4', '', 'UUID=00000000-0000-0000-0000-000000000000'],
    ['a label that cannot be written', '', 'a b', 'UUID=00000000-0000-0000-0000-000000000000'],
    ['an fstab that adds arguments', 'LABEL=x"init=/bin/sh / ext4', 'good', 'LABEL=good'],
  ])('%s', async (_, fstab, label, root) => {
    expect(await readCmdline(openGuest({ 'etc/fstab': fstab }, label), '6')).toBe(`root=${root} ro console=ttyS0`);
  });

  test.each([
    'linux /vmlinuz-6 root=\u001b[2J',
    'linux /vmlinuz-6 root=ü',
    `linux /vmlinuz-6 root=${'x'.repeat(2047)}`,
  ])('%j is refused', async (config) => {
    await expect(readCmdline(openGuest({ 'boot/grub/grub.cfg': config }), '6')).rejects.toThrow(
      /unsupported characters/,
    );
  });
});
