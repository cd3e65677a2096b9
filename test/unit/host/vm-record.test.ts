import { describe, expect, test } from '@jest/globals';
import { cloudInitFiles } from '../../../src/host/vm/cloud-init.js';
import { checkVmRecord, recordKind } from '../../../src/host/vm/record-schema.js';
import { vmCommand, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { formatDocument, parseDocument } from '../../../src/platform/document.js';

const vm: VmRecord = {
  schema: 1,
  name: 'vm-001',
  image: 'ubuntu-base',
  version: 7,
  imagePath: '/h/snapshots/i.qcow2',
  kernelPath: '/h/kernels/k',
  initramfsPath: '/h/kernels/r',
  cmdline: 'root=/dev/vda1 ro',
  diskOptions: 'image_type=qcow2,backing_files=on,num_queues=1',
  cpus: 2,
  memoryMiB: 1024,
  macAddress: '52:54:00:aa:bb:cc',
};

test('the command has the disk first, then the seed, and a network where there is a tap', () => {
  const words = vmCommand(vm);
  const disk = words.indexOf('--disk');
  expect(words.slice(disk, disk + 3)).toEqual([
    '--disk',
    'path=disk.qcow2,image_type=qcow2,backing_files=on,num_queues=1',
    'path=cloud-init.iso,readonly=on,image_type=raw,num_queues=1',
  ]);
  expect(words.slice(disk + 3, disk + 7)).toEqual(['--cpus', 'boot=2', '--memory', 'size=1024M']);
  expect(words).not.toContain('--net');
  expect(vmCommand({ ...vm, tap: 'tap0' })).toEqual(
    expect.arrayContaining(['--net', 'tap=tap0,mac=52:54:00:aa:bb:cc']),
  );
});

describe('a record that is read back', () => {
  const written = {
    ...vm,
    imagePath: '/h/snapshots/ubuntu-base.7.qcow2',
    kernelPath: '/h/kernels/vmlinuz-6.8.0-90-generic',
    initramfsPath: '/h/kernels/initrd.img-6.8.0-90-generic@ubuntu-base.7',
    tap: 'tap0',
  };
  const read = async (record: object): Promise<VmRecord> =>
    checkVmRecord('/h', 'vm-001', parseDocument(recordKind, formatDocument(record), 'launch.json'));

  test('is the one that was written', async () => {
    expect(await read(written)).toEqual(written);
  });

  test('can have a bridge, a static address, and a size that this machine does not have', async () => {
    const network = { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: ['9.9.9.9'] };
    const changed = { ...written, tap: 'chvm-abcdefgh27', bridge: 'br0', network, overcommit: true };
    expect(await read(changed)).toEqual(changed);
  });

  test.each([
    'image_type=qcow2',
    'backing_files=on',
    'backing_files=on,image_type=qcow2',
    'image_type=qcow2,backing_files=on',
  ])('by an older release with the options %s has those of an overlay', async (diskOptions) => {
    expect((await read({ ...written, diskOptions })).diskOptions).toBe(
      'image_type=qcow2,backing_files=on,num_queues=1',
    );
  });

  test('with a raw disk has the options of one, whatever it says', async () => {
    const raw = { ...written, disk: 'raw', allowedDefects: ['8245'] };
    for (const diskOptions of ['image_type=raw,num_queues=1', written.diskOptions]) {
      const record = await read({ ...raw, diskOptions });
      expect(record).toEqual({ ...raw, diskOptions: 'image_type=raw,num_queues=1' });
      expect(vmCommand(record)).toContain('path=disk.raw,image_type=raw,num_queues=1');
      expect(vmCommand(record).join(' ')).not.toContain('qcow2,');
    }
  });

  test.each<readonly [string, object, string]>([
    ['a disk of another format', { disk: 'vhdx' }, 'disk: '],
    ['an allowed defect with an option', { allowedDefects: ['--x'] }, 'allowedDefects[0]: not a defect'],
    ['another name than its directory', { name: 'vm-002' }, 'it is named "vm-002"'],
    ['a name with a line break', { name: 'vm\n' }, 'name: not one line'],
    ['an image that leads out', { image: '../x' }, 'image: not an image name'],
    ['version 0', { version: 0 }, 'version: '],
    ['an image elsewhere', { imagePath: '/etc/shadow' }, '"/etc/shadow" is not the path of a file of its version'],
    [
      'the image of another version',
      { imagePath: '/h/snapshots/ubuntu-base.8.qcow2' },
      'is not the path of a file of its version',
    ],
    [
      'an image below another root',
      { imagePath: '/other/snapshots/ubuntu-base.7.qcow2' },
      'is not the path of a file of its version',
    ],
    ['a relative image', { imagePath: 'snapshots/ubuntu-base.7.qcow2' }, 'is not the path of a file of its version'],
    [
      'an image behind a comma',
      { imagePath: '/h,path=/etc/shadow/snapshots/ubuntu-base.7.qcow2' },
      'is not the path of a file of its version',
    ],
    ['another kernel', { kernelPath: '/boot/vmlinuz' }, 'is not the path of a file of its version'],
    ['an initramfs as its kernel', { kernelPath: written.initramfsPath }, 'is not the path of a file of its version'],
    [
      'a kernel that leads out',
      { kernelPath: '/h/kernels/vmlinuz-6/../../x' },
      'is not the path of a file of its version',
    ],
    ['a kernel of no version', { kernelPath: '/h/kernels/vmlinuz-' }, 'is not the path of a file of its version'],
    [
      'the kernel of another version',
      { kernelPath: '/h/kernels/vmlinuz-6.8@ubuntu-base.8' },
      'is not the path of a file of its version',
    ],
    [
      'a kernel of two versions',
      { kernelPath: '/h/kernels/vmlinuz-6.8@ubuntu-base.7@ubuntu-base.7' },
      'is not the path of a file of its version',
    ],
    [
      'an initramfs elsewhere',
      { initramfsPath: '/h/sandboxes/initrd.img-6.8' },
      'is not the path of a file of its version',
    ],
    ['kernel arguments that begin an option', { cmdline: '--api-socket path=/x' }, 'cmdline: must be printable ASCII'],
    ['kernel arguments that no kernel takes', { cmdline: 'x'.repeat(2048) }, 'cmdline: '],
    ['another disk', { diskOptions: 'image_type=raw,path=/etc/shadow' }, 'diskOptions: not known disk options'],
    [
      'a disk behind good options',
      { diskOptions: 'image_type=qcow2,backing_files=on,path=/x' },
      'diskOptions: not known disk options',
    ],
    ['no disk options', { diskOptions: '' }, 'diskOptions: not known disk options'],
    ['half a CPU', { cpus: 0.5 }, 'cpus: '],
    ['as many CPUs as numbers', { cpus: 1e9 }, 'cpus: '],
    ['no memory', { memoryMiB: 0 }, 'memoryMiB: '],
    ['a card with an option', { macAddress: '52:54:00:aa:bb:cc,fd=3' }, 'macAddress: not a MAC address'],
    ['a tap with an option', { tap: 'tap0,mac=x' }, 'tap: not an interface name'],
    ['a tap that begins an option', { tap: '--x' }, 'tap: not an interface name'],
    ['a long tap', { tap: 'x'.repeat(16) }, 'tap: not an interface name'],
    ['a bridge with an option', { bridge: 'br0 up' }, 'bridge: not an interface name'],
    ['a bridge and the tap of somebody else', { bridge: 'br0' }, '"tap0" is not a tap that vm start creates'],
    [
      'an address that is none',
      { network: { address: '10.0.0/24', gateway: '10.0.0.1', nameservers: [] } },
      'network.address: not an IPv4 address with a prefix',
    ],
    [
      'a gateway that is none',
      { network: { address: '10.0.0.2/24', gateway: 'x', nameservers: [] } },
      'network.gateway: not an IPv4 address',
    ],
    ['a doubt about its size', { overcommit: 'yes' }, 'overcommit: '],
    ['a newer schema', { schema: 2 }, 'has schema 2, but this release supports 1'],
  ])('is rejected with %s', async (_, change, message) => {
    await expect((async () => read({ ...written, ...change }))()).rejects.toThrow(message);
  });
});

const yaml = (text: string): unknown => JSON.parse(text);

test('the seed has the name, the address by MAC, and quotes what users give', () => {
  const hostile = 'echo "a: [b]"\n- c # $(x)';
  const files = cloudInitFiles(
    { ...vm, tap: 'tap0' },
    { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: ['9.9.9.9'] },
    { sshKeys: ['ssh-ed25519 AAAA "me"'], commands: [hostile] },
  );
  expect(yaml(files['meta-data'])).toEqual({ 'instance-id': 'vm-001', 'local-hostname': 'vm-001' });
  expect(yaml(files['network-config'])).toEqual({
    version: 2,
    ethernets: {
      vm: {
        match: { macaddress: '52:54:00:aa:bb:cc' },
        addresses: ['10.0.0.2/24'],
        routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }],
        nameservers: { addresses: ['9.9.9.9'] },
      },
    },
  });
  expect(files['user-data']).toMatch(/^#cloud-config\n/);
  expect(yaml(String(files['user-data']).replace(/^.*\n/, ''))).toMatchObject({
    users: ['default', { name: 'daytona', ssh_authorized_keys: ['ssh-ed25519 AAAA "me"'] }],
    runcmd: [hostile],
  });
});

test("a guest without a network waits for none, and user-data can be the user's own", () => {
  const files = cloudInitFiles(vm, 'dhcp', { content: Buffer.from('#!/bin/sh\ntrue\n') });
  expect(yaml(files['network-config'])).toEqual({ version: 2, ethernets: {} });
  expect(files['user-data']).toEqual(Buffer.from('#!/bin/sh\ntrue\n'));
  expect(
    yaml(cloudInitFiles({ ...vm, tap: 'tap0' }, 'dhcp', { content: Buffer.of() })['network-config']),
  ).toMatchObject({
    ethernets: { vm: { dhcp4: true } },
  });
});
