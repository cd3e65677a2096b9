import { expect, test } from '@jest/globals';
import { parseRelease } from '../../../../src/vmm/cloud-hypervisor-release.js';
import { toVmConfig, type VmConfig } from '../../../../src/smoke/cloud-hypervisor/vm-config.js';
import type { MachineSpec } from '../../../../src/smoke/machine.js';

const spec: MachineSpec = {
  name: 'smoke-1',
  directory: '/run',
  kernel: '/k',
  initramfs: '/i',
  cmdline: 'root=LABEL=x console=ttyS0',
  memoryMiB: 1024,
  cpus: 2,
  disks: [
    { path: '/run/disk.qcow2', format: 'qcow2', readOnly: false },
    { path: '/run/seed.iso', format: 'raw', readOnly: true },
    { path: '/run/golden.qcow2', format: 'qcow2', readOnly: true, serial: 'golden' },
  ],
  network: { macAddress: '52:54:00:c4:00:01', guestPort: 2280 },
};
const describe = (release: string, change: Partial<MachineSpec> = {}): VmConfig =>
  toVmConfig({ ...spec, ...change }, parseRelease(release), {
    hostEnd: { ip: '192.168.249.1', mask: '255.255.255.0' },
    serialFile: 'serial.log',
    virtioFile: 'hvc0.log',
  });

test('a whole machine', () =>
  expect(describe('53.0')).toEqual({
    payload: { kernel: '/k', initramfs: '/i', cmdline: 'root=LABEL=x console=ttyS0' },
    cpus: { boot_vcpus: 2, max_vcpus: 2 },
    memory: { size: 1024 ** 3, shared: false, hugepages: false },
    disks: [
      { path: '/run/disk.qcow2', readonly: false, num_queues: 1, image_type: 'Qcow2', backing_files: true },
      { path: '/run/seed.iso', readonly: true, num_queues: 1, image_type: 'Raw', backing_files: false },
      {
        path: '/run/golden.qcow2',
        readonly: true,
        num_queues: 1,
        serial: 'golden',
        image_type: 'Qcow2',
        backing_files: true,
      },
    ],
    net: [{ mac: '52:54:00:c4:00:01', ip: '192.168.249.1', mask: '255.255.255.0' }],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'File', file: 'serial.log' },
    console: { mode: 'File', file: 'hvc0.log' },
  }));

test('a release before v50.1 gets no options that it does not know', () =>
  expect(describe('50.0').disks).toEqual([
    { path: '/run/disk.qcow2', readonly: false, num_queues: 1 },
    { path: '/run/seed.iso', readonly: true, num_queues: 1 },
    { path: '/run/golden.qcow2', readonly: true, num_queues: 1, serial: 'golden' },
  ]));

test('a release of unknown number is taken for a new one', () => expect(describe('nightly')).toEqual(describe('53.0')));

test('a tap that others know by its name', () => {
  const layout = {
    hostEnd: { ip: '192.168.249.1', mask: '255.255.255.0' },
    tap: 'chg-guest',
    serialFile: 's',
    virtioFile: 'v',
  };
  expect(toVmConfig(spec, parseRelease('53.0'), layout).net).toEqual([
    { mac: '52:54:00:c4:00:01', ip: '192.168.249.1', mask: '255.255.255.0', tap: 'chg-guest' },
  ]);
});

test('a kernel alone', () => {
  const bare: MachineSpec = {
    name: 'kvm-proof',
    directory: '/run',
    kernel: '/k',
    cmdline: 'console=ttyS0',
    memoryMiB: 512,
    cpus: 1,
    disks: [],
  };
  const config = toVmConfig(bare, parseRelease('53.0'), {
    hostEnd: { ip: '', mask: '' },
    serialFile: 's',
    virtioFile: 'v',
  });
  expect(config).toMatchObject({ disks: [], net: [] });
  expect(config.payload).toEqual({ kernel: '/k', cmdline: 'console=ttyS0' });
});
