import { describe, expect, test } from '@jest/globals';
import { parseTemplateConfig, toCloneConfig } from '../../../src/host/warm/clone-config.js';

/** As Cloud Hypervisor v53.0 reports it of a VM that was started like a template. */
const real: Readonly<Record<string, unknown>> = {
  cpus: {
    boot_vcpus: 1,
    max_vcpus: 1,
    kvm_hyperv: false,
    max_phys_bits: 46,
    features: { amx: false },
    nested: true,
    core_scheduling: 'Vm',
    profile: 'Host',
  },
  memory: {
    size: 67108864,
    mergeable: false,
    hotplug_method: 'Acpi',
    shared: false,
    hugepages: false,
    prefault: false,
    reserve: false,
    thp: true,
  },
  payload: { kernel: '/h/kernels/k', cmdline: 'a b' },
  disks: [
    {
      id: 'root',
      pci_segment: 0,
      path: 'disk.qcow2',
      readonly: false,
      direct: false,
      num_queues: 1,
      queue_size: 128,
      vhost_user: false,
      disable_io_uring: false,
      disable_aio: false,
      backing_files: true,
      sparse: true,
      image_type: 'Qcow2',
      lock_granularity: 'ByteRange',
    },
  ],
  rng: { pci_segment: 0, src: '/dev/urandom' },
  serial: { mode: 'Tty' },
  console: { file: 'records.log', mode: 'File', pci_segment: 0 },
  debug_console: { mode: 'Off', iobase: 233 },
  pvpanic: false,
  iommu: false,
  watchdog: false,
  landlock_enable: true,
  landlock_rules: [
    { path: '/h/snapshots/x.qcow2', access: 'r' },
    { path: 'run/snapshot', access: 'rw' },
  ],
};
const parse = (changes: object = {}): ReturnType<typeof parseTemplateConfig> =>
  parseTemplateConfig(Buffer.from(JSON.stringify({ ...real, ...changes })), 'config.json');
const vm = { kernelPath: '/h/kernels/vmlinuz', initramfsPath: '/h/kernels/initrd', cmdline: 'root=/dev/vda1' };

test('every path of a clone is its own, and what the guest has stays', () => {
  const clone = toCloneConfig(parse(), { vm, disk: 'disk.qcow2', readable: ['/h/a'], hasNetwork: true });
  expect(clone).toMatchObject({
    cpus: real['cpus'],
    memory: real['memory'],
    payload: { kernel: '/h/kernels/vmlinuz', initramfs: '/h/kernels/initrd', cmdline: 'root=/dev/vda1' },
    disks: [{ id: 'root', path: 'disk.qcow2', queue_size: 128 }],
    console: { mode: 'File', file: 'records.log' },
    landlock_enable: true,
    landlock_rules: [
      { path: '/h/a', access: 'r' },
      { path: '/dev/net/tun', access: 'rw' },
    ],
  });
  expect(toCloneConfig(parse(), { vm, disk: 'disk.qcow2', readable: undefined, hasNetwork: true })).toMatchObject({
    landlock_enable: false,
    landlock_rules: null,
  });
});

describe('a config is rejected that has', () => {
  test.each([
    ['a shared directory', { fs: [{ tag: 'x' }] }],
    ['a network card', { net: [{ tap: 'tap0' }] }],
    ['a device of the host', { devices: [{ path: '/sys/bus/pci/devices/0000:00:02.0' }] }],
    ['a second disk', { disks: [...(real['disks'] as object[]), { id: 'x', path: '/etc/shadow' }] }],
    ['no disk', { disks: [] }],
    ['another source of random bytes', { rng: { src: '/etc/shadow' } }],
    ['a console that is a socket', { console: { mode: 'Socket', socket: '/x' } }],
    ['firmware', { payload: { firmware: '/x' } }],
    ['something unknown', { new_device: {} }],
  ])('%s', (_, changes) => {
    expect(() => parse(changes)).toThrow('config.json is not valid');
  });
});
