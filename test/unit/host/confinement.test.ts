import { describe, expect, test } from '@jest/globals';
import { confinedCommand, findLandlockProblem, quoteValue } from '../../../src/host/vm/confinement.js';
import { findFix } from '../../../src/host/vm/start-vm.js';
import { vmCommand, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { resolveVmUser, setVmUser } from '../../../src/host/vm/vm-user.js';
import { parseRelease } from '../../../src/vmm/cloud-hypervisor-release.js';
import { ToolError } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Command, Processes } from '../../../src/platform/process/processes.js';

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
const user = { name: 'vm', uid: 998, gid: 997 };

describe('the command', () => {
  const plain = vmCommand(vm);

  test('is that of the record without confinement, with its socket in the one directory of its user', () => {
    expect(confinedCommand(vm, {})).toEqual(plain);
    expect(plain.slice(0, 3)).toEqual(['cloud-hypervisor', '--api-socket', 'path=run/api.sock']);
  });

  test('has a rule for each path that the VM may read', () => {
    expect(confinedCommand(vm, { readable: ['/h/a.qcow2', '/h/b, c'] })).toEqual([
      ...plain,
      '--landlock',
      '--landlock-rules',
      'path=/h/a.qcow2,access=r',
      'path="/h/b, c",access=r',
    ]);
    expect(confinedCommand(vm, { readable: [] })).toEqual([...plain, '--landlock']);
  });

  test('is run as the user', () => {
    const command = confinedCommand(vm, { user, readable: [] }, { path: '/usr/bin/cloud-hypervisor' });
    expect(command.slice(0, 3)).toEqual(['setpriv', '--reuid=998', '--regid=997']);
    expect(command.slice(command.indexOf('--') + 1)).toEqual([
      '/usr/bin/cloud-hypervisor',
      ...plain.slice(1),
      '--landlock',
    ]);
  });
});

test('a path with a quote cannot be a value', () => {
  expect(quoteValue('/a b/c,d=[e]')).toBe('"/a b/c,d=[e]"');
  expect(() => quoteValue('/a"b')).toThrow('to Cloud Hypervisor: it contains a quote');
});

test.each([
  ['v53.0.0', 7, undefined],
  ['v41.0', 3, undefined],
  ['no release', 3, undefined],
  ['v40.0', 7, 'cloud-hypervisor 40.0 does not support it (supported since 41.0)'],
  ['v53.0.0', 2, 'this kernel has ABI version 2 (needs version 3, in Linux 6.2 and newer)'],
  ['v53.0.0', 0, 'this kernel does not support it (needs version 3, in Linux 6.2 and newer)'],
  ['v53.0.0', undefined, 'without perl, it is unknown whether this kernel supports it'],
] as const)('Landlock with %s on a kernel with version %s of it', (release, abi, reason) =>
  expect(findLandlockProblem(parseRelease(release), abi)).toBe(reason),
);

/** A machine with these users. */
const machine = (
  users: Readonly<Record<string, number>>,
  more: Readonly<Record<string, string | number>> = {},
): { readonly processes: Processes } => ({
  processes: {
    run: async ({ argv }: Command) => {
      const answer = argv[0] === 'getent' ? users[argv[2] ?? ''] : more[argv[0]];
      if (argv[0] === 'getent' && answer === undefined) throw new ToolError('getent failed', argv, 2);
      if (argv[0] !== 'getent' && typeof answer !== 'string') throw new ToolError('failed', argv, answer);
      return Promise.resolve({
        stdout: argv[0] === 'getent' ? `${argv[2]}:x:${answer}:${answer}::/:/bin/sh\n` : String(answer),
        stderr: '',
      });
    },
  } as unknown as Processes,
});

describe('the user of a VM', () => {
  const root = '/nonexistent';

  test('that root starts is the one that was asked for, or ch-golden', async () => {
    const ports = machine({ 'ch-golden': 998, vm: 997, root: 0, toor: 0 });
    expect(await resolveVmUser({ root }, ports, 0)).toMatchObject({ name: 'ch-golden', uid: 998 });
    expect(await resolveVmUser({ root, user: 'vm' }, ports, 0)).toMatchObject({ name: 'vm', uid: 997 });
    for (const name of ['root', 'toor']) expect(await resolveVmUser({ root, user: name }, ports, 0)).toBeUndefined();
  });

  test('is never root because nobody else is there', async () => {
    await expect(resolveVmUser({ root }, machine({ root: 0 }), 0)).rejects.toMatchObject({
      message: 'no user to run VMs as: root starts them as an unprivileged user',
      fix:
        'useradd --system --no-create-home --shell /usr/sbin/nologin --groups kvm ch-golden && ch-golden host ' +
        'user ch-golden (or, to run them as root: --user root)',
    });
    await expect(resolveVmUser({ root, user: 'vm' }, machine({ 'ch-golden': 998 }), 0)).rejects.toThrow(
      'VMs run as user "vm", which does not exist',
    );
  });

  test('that a plain user starts is that user', async () => {
    const ports = machine({ me: 1000, vm: 997 });
    expect(await resolveVmUser({ root }, ports, 1000)).toBeUndefined();
    expect(await resolveVmUser({ root, user: 'me' }, ports, 1000)).toBeUndefined();
    for (const name of ['vm', 'nobody-at-all'])
      await expect(resolveVmUser({ root, user: name }, ports, 1000)).rejects.toMatchObject({
        name: 'UsageError',
        message: `only root can run a VM as user "${name}"`,
      });
  });

  test('is set only if it exists and can use KVM, and only by root', async () => {
    const set = async (ports: { readonly processes: Processes }, self = 0): Promise<unknown> =>
      setVmUser({ root, name: 'vm' }, { ...ports, log: silentLog }, self);
    await expect(set(machine({}))).rejects.toMatchObject({
      message: 'user "vm" does not exist',
      fix: expect.stringContaining('--groups kvm vm && ch-golden host user vm'),
    });
    await expect(set(machine({ vm: 997 }, { id: 'vm users\n', setpriv: 1 }))).rejects.toMatchObject({
      message: 'user "vm" cannot open /dev/kvm and is not in the group kvm',
      fix: 'usermod --append --groups kvm vm',
    });
    await expect(set(machine({ vm: 997 }, { id: 'vm kvm2\n', setpriv: 127 }))).rejects.toThrow('failed');
    await expect(set(machine({ vm: 997 }), 1000)).rejects.toMatchObject({
      message: 'only root runs VMs as a different user',
      fix: 'sudo ch-golden host user vm',
    });
  });
});

test.each([
  [
    ['setpriv: failed to execute /usr/bin/cloud-hypervisor: Operation not permitted'],
    'setcap -r /usr/bin/cloud-hypervisor (the owner of a tap needs no capability to use it)',
  ],
  [
    ['Error: Open tap device failed', 'Operation not permitted (os error 1)'],
    'create the tap for the user that the VM runs as: ip tuntap add tap0 mode tap user NAME && ip link set tap0 up',
  ],
  [
    ['  6: Open tap device failed', "  7: Couldn't open /dev/net/tun", '  8: Permission denied (os error 13)'],
    'give all users access to /dev/net/tun: modprobe tun && udevadm trigger --name-match=net/tun',
  ],
  [
    ['Failed to open hypervisor interface (is hypervisor interface available?)', 'Permission denied'],
    'give the user that the VM runs as access to /dev/kvm: usermod --append --groups kvm NAME',
  ],
  [['Error: no memory'], 'check this machine: ch-golden doctor'],
])('a start that ends with %j', (evidence, fix) => expect(findFix({ tap: 'tap0' }, evidence)).toBe(fix));
