import { describe, expect, test } from '@jest/globals';
import { ToolError } from '../../../src/platform/errors.js';
import type { Command, Processes } from '../../../src/platform/process/processes.js';
import type { MachineSpec } from '../../../src/smoke/machine.js';
import { qemuArguments, readQemu } from '../../../src/smoke/qemu.js';

const spec: MachineSpec = {
  name: 'smoke-1',
  directory: '/run/smoke-1',
  kernel: '/k',
  initramfs: '/i',
  cmdline: 'root=LABEL=x console=ttyS0',
  memoryMiB: 512,
  cpus: 2,
  disks: [
    { path: '/a,b "c".qcow2', format: 'qcow2', readOnly: false },
    { path: '/golden', format: 'qcow2', readOnly: true, serial: 'golden' },
  ],
  network: { macAddress: '52:54:00:c4:00:01', guestPort: 2280 },
};
const after = (args: readonly string[], flag: string): readonly string[] =>
  args.filter((_, index) => args[index - 1] === flag);

describe('qemuArguments', () => {
  const args = qemuArguments(spec, { accelerator: 'tcg', hostPort: 4321 });

  test('boots the kernel with the given arguments', () => {
    expect([after(args, '-kernel'), after(args, '-initrd'), after(args, '-append')]).toEqual([
      ['/k'],
      ['/i'],
      ['root=LABEL=x console=ttyS0'],
    ]);
    expect(after(args, '-m')).toEqual(['512']);
  });

  test('takes any path as it is', () => {
    expect(after(args, '-blockdev').map((json) => JSON.parse(json) as unknown)).toMatchObject([
      { driver: 'qcow2', 'read-only': false, file: { filename: '/a,b "c".qcow2' } },
      { driver: 'qcow2', 'read-only': true, file: { filename: '/golden' } },
    ]);
    expect(after(args, '-device')).toContain('virtio-blk-pci,drive=disk1,serial=golden');
  });

  test('binds the forwarded port to this machine, and shuts the guest in', () => {
    expect(after(args, '-netdev')).toEqual([
      expect.stringMatching(/restrict=on.*hostfwd=tcp:127\.0\.0\.1:4321-:2280$/),
    ]);
  });

  test.each([
    ['kvm', 'kvm', 'host', '2'],
    ['tcg', 'tcg', 'max', '1'],
  ] as const)('%s', (accelerator, accel, cpu, cpus) => {
    const chosen = qemuArguments(spec, { accelerator, hostPort: 1 });
    expect([after(chosen, '-accel'), after(chosen, '-cpu'), after(chosen, '-smp')]).toEqual([[accel], [cpu], [cpus]]);
  });

  test('a machine with a kernel alone', () => {
    const { name, directory, kernel, cmdline, memoryMiB, cpus } = spec;
    const bare = qemuArguments(
      { name, directory, kernel, cmdline, memoryMiB, cpus, disks: [] },
      { accelerator: 'kvm', hostPort: 1 },
    );
    expect(bare).not.toEqual(expect.arrayContaining(['-initrd']));
    expect(bare).not.toEqual(expect.arrayContaining(['-netdev']));
  });
});

describe('readQemu', () => {
  const build = (hasSandbox: boolean): Processes =>
    ({
      run: async ({ argv }: Command) => {
        if (!hasSandbox && argv.includes('-sandbox'))
          throw new ToolError('-sandbox support is not enabled in this QEMU binary', argv, 1);
        return Promise.resolve({ stdout: 'QEMU emulator version 9.0.2 (Debian 1:9.0.2)\n', stderr: '' });
      },
    }) as unknown as Processes;

  test('filters system calls if that is built in', async () => {
    expect(await readQemu(build(true))).toEqual({
      version: '9.0.2',
      sandbox: ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    });
  });

  test('does without if it is not', async () =>
    expect(await readQemu(build(false))).toEqual({ version: '9.0.2', sandbox: [] }));

  test('a QEMU that cannot be started is a failure', async () => {
    const processes = {
      run: async ({ argv }: Command) => Promise.reject(new ToolError('qemu failed', argv, 127)),
    } as unknown as Processes;
    await expect(readQemu(processes)).rejects.toThrow('qemu failed');
  });
});
