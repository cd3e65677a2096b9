import { expect, test } from '@jest/globals';
import { describeLaunch, formatEnvironment, launchArguments } from '../../../src/host/launch.js';

const kept = {
  image: 'ubuntu-base', version: 7,
  manifest: { cmdline: 'root=LABEL=x ro "$HOME" `id` \\', cloudHypervisor: { min: '51.0', diskOptions: ['image_type=qcow2', 'backing_files=on'] } },
  files: [{ role: 'image', path: '/a b/i.qcow2' }, { role: 'kernel', path: '/k/vmlinuz' }, { role: 'initramfs', path: '/k/initrd' }],
};

test('the arguments boot an overlay in the folder of a VM', () => {
  expect(launchArguments(describeLaunch(kept))).toEqual([
    '--kernel', '/k/vmlinuz', '--initramfs', '/k/initrd', '--cmdline', kept.manifest.cmdline, '--disk', 'path=disk.qcow2,image_type=qcow2,backing_files=on',
  ]);
});

test('an overlay needs backing_files where the image itself does not', () => {
  const manifest = { ...kept.manifest, cloudHypervisor: { min: '50.0', diskOptions: ['image_type=qcow2'] } };
  expect(describeLaunch({ ...kept, manifest }).diskOptions).toBe('image_type=qcow2,backing_files=on');
});

test('the environment quotes what systemd and shells would read as their own', () => {
  expect(formatEnvironment(kept)).toBe([
    'CH_GOLDEN_VERSION="ubuntu-base.7"', 'CH_IMAGE_PATH="/a b/i.qcow2"', 'CH_KERNEL_PATH="/k/vmlinuz"', 'CH_INITRAMFS_PATH="/k/initrd"',
    'CH_CMDLINE="root=LABEL=x ro \\"\\$HOME\\" \\`id\\` \\\\"', 'CH_DISK_OPTIONS="image_type=qcow2,backing_files=on"', '',
  ].join('\n'));
});
