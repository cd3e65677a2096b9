import { expect, test } from '@jest/globals';
import { cloudInitFiles } from '../../../src/host/vm/cloud-init.js';
import { macAddressOf, vmCommand, type VmRecord } from '../../../src/host/vm/vm-record.js';

const vm: VmRecord = {
  schema: 1, name: 'vm-001', image: 'ubuntu-base', version: 7, imagePath: '/h/snapshots/i.qcow2', kernelPath: '/h/kernels/k', initramfsPath: '/h/kernels/r', cmdline: 'root=/dev/vda1 ro',
  diskOptions: 'image_type=qcow2,backing_files=on', cpus: 2, memoryMiB: 1024, macAddress: '52:54:00:aa:bb:cc',
};

test('the command has the disk first, then the seed, and a network where there is a tap', () => {
  const words = vmCommand(vm);
  const disk = words.indexOf('--disk');
  expect(words.slice(disk, disk + 3)).toEqual(['--disk', 'path=disk.qcow2,image_type=qcow2,backing_files=on', 'path=cloud-init.iso,readonly=on,image_type=raw']);
  expect(words.slice(disk + 3, disk + 7)).toEqual(['--cpus', 'boot=2', '--memory', 'size=1024M']);
  expect(words).not.toContain('--net');
  expect(vmCommand({ ...vm, tap: 'tap0' })).toEqual(expect.arrayContaining(['--net', 'tap=tap0,mac=52:54:00:aa:bb:cc']));
});

test('a name has one MAC address, and another name another', () => {
  expect(macAddressOf('vm-001')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  expect(macAddressOf('vm-001')).toBe(macAddressOf('vm-001'));
  expect(macAddressOf('vm-001')).not.toBe(macAddressOf('vm-002'));
});

const yaml = (text: string): unknown => JSON.parse(text);

test('the seed has the name, the address by MAC, and quotes what users give', () => {
  const hostile = 'echo "a: [b]"\n- c # $(x)';
  const files = cloudInitFiles({ ...vm, tap: 'tap0' }, { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: ['9.9.9.9'] }, { sshKeys: ['ssh-ed25519 AAAA "me"'], commands: [hostile] });
  expect(yaml(files['meta-data'])).toEqual({ 'instance-id': 'vm-001', 'local-hostname': 'vm-001' });
  expect(yaml(files['network-config'])).toEqual({ version: 2, ethernets: { vm: {
    match: { macaddress: '52:54:00:aa:bb:cc' }, addresses: ['10.0.0.2/24'], routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }], nameservers: { addresses: ['9.9.9.9'] },
  } } });
  expect(files['user-data']).toMatch(/^#cloud-config\n/);
  expect(yaml(files['user-data'].replace(/^.*\n/, ''))).toMatchObject({ users: ['default', { name: 'daytona', ssh_authorized_keys: ['ssh-ed25519 AAAA "me"'] }], runcmd: [hostile] });
});

test('a guest without a network waits for none, and user-data can be the user\'s own', () => {
  const files = cloudInitFiles(vm, 'dhcp', { text: '#!/bin/sh\ntrue\n' });
  expect(yaml(files['network-config'])).toEqual({ version: 2, ethernets: {} });
  expect(files['user-data']).toBe('#!/bin/sh\ntrue\n');
  expect(yaml(cloudInitFiles({ ...vm, tap: 'tap0' }, 'dhcp', { text: '' })['network-config'])).toMatchObject({ ethernets: { vm: { dhcp4: true } } });
});
