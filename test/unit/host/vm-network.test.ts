import { describe, expect, test } from '@jest/globals';
import type { NetworkInterface } from '../../../src/host/vm/machine.js';
import { parseMachineId } from '../../../src/host/vm/machine.js';
import { bridgeTap, bridgeTapName } from '../../../src/host/vm/network/bridge-tap-name.js';
import { tryFindAttachProblem } from '../../../src/host/vm/network/bridge-tap.js';
import { tryFindTapProblem } from '../../../src/host/vm/network/check-tap.js';
import { findConflicts } from '../../../src/host/vm/network/conflicts.js';
import { createMacAddress, parseMacAddress } from '../../../src/host/vm/network/mac-address.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { createTestMachine, testBridge, testTap } from '../../fixtures/test-machine.js';

const unused = (): never => {
  throw new Error('no program is needed');
};
const noProcesses: Processes = { run: unused, start: unused, stream: unused, tryFind: unused };

describe('a MAC address', () => {
  const [here, there] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];

  test('is that of one machine, root and name', () => {
    const address = createMacAddress(here, '/r', 'vm-001');
    expect(createMacAddress(here, '/r', 'vm-001')).toBe(address);
    const others = [
      createMacAddress(there, '/r', 'vm-001'),
      createMacAddress(here, '/s', 'vm-001'),
      createMacAddress(here, '/r', 'vm-002'),
      createMacAddress(undefined, '/r', 'vm-001'),
      createMacAddress(undefined, '/r', 'vm-001'),
    ];
    expect(new Set([address, ...others]).size).toBe(6);
  });

  test('is one that --mac accepts, and locally administered', () => {
    for (const id of [here, undefined])
      for (let vm = 0; vm < 300; vm += 1) {
        const address = createMacAddress(id, '/r', `vm-${vm}`);
        expect(parseMacAddress(address)).toBe(address);
        expect(Number.parseInt(address, 16) & 3).toBe(2);
      }
  });

  test.each([
    ['', 'not six bytes'],
    ['52:54:00:12:34', 'not six bytes'],
    ['52:54:00:12:34:56:78', 'not six bytes'],
    ['52-54-00-12-34-56', 'not six bytes'],
    ['52:54:00:12:34:5g', 'not six bytes'],
    ['52:54:00:12:34:56,fd=3', 'not six bytes'],
    ['00:00:00:00:00:00', 'all bytes are zero'],
    ['01:00:5e:00:00:01', 'it is a multicast address'],
    ['ff:ff:ff:ff:ff:ff', 'it is a multicast address'],
  ])('%j is rejected', (text, message) => expect(() => parseMacAddress(text)).toThrow(message));

  test('can be given in upper case', () => expect(parseMacAddress('52:54:00:AA:BB:0C')).toBe('52:54:00:aa:bb:0c'));
});

test.each([
  ['3d1219c7c4c5404aaa1f6d2a48adfda4', 16],
  [undefined, undefined],
  ['', undefined],
  ['uninitialized', undefined],
  ['0'.repeat(32), undefined],
  ['3D1219C7C4C5404AAA1F6D2A48ADFDA4', undefined],
  ['3d1219c7c4c5404aaa1f6d2a48adfda4x', undefined],
])('the machine ID %j', (text, length) => expect(parseMachineId(text)?.length).toBe(length));

describe('a tap', () => {
  const owner = { uid: 998, name: 'ch-golden' };
  const owned = { owner: 998, group: undefined, isMultiQueue: false };
  const create = 'ip tuntap add tap0 mode tap user ch-golden && ip link set tap0 up';
  const find = async (found: NetworkInterface | undefined, uid = 998): ReturnType<typeof tryFindTapProblem> =>
    tryFindTapProblem(
      { tap: 'tap0', owner: { ...owner, uid } },
      {
        machine: createTestMachine({ interfaces: found === undefined ? [] : [found] }),
        processes: { ...noProcesses, run: async () => Promise.resolve({ stdout: '998 108\n', stderr: '' }) },
      },
    );
  /** Commands of root's, whoever runs the tests. */
  const asRoot = (fix = ''): string => fix.replaceAll('sudo ', '');

  test.each<readonly [string, NetworkInterface | undefined, string, string]>([
    ['does not exist', undefined, 'tap tap0 does not exist', create],
    [
      'is something else',
      testTap('tap0', { tap: undefined }),
      'interface tap0 is not a tap',
      'use a different name: ip tuntap add TAP mode tap user ch-golden && ip link set TAP up',
    ],
    ['is down', testTap('tap0', { isUp: false, tap: owned }), 'tap tap0 is down', 'ip link set tap0 up'],
    [
      'is attached',
      testTap('tap0', { hasCarrier: true, tap: owned }),
      'tap tap0 is in use by another process',
      'use a different tap, or stop that process',
    ],
    [
      'belongs to a different user',
      testTap('tap0', { tap: { ...owned, owner: 1000 }, bridge: 'br0', mtu: 9000 }),
      'tap tap0 belongs to user 1000, and the VM runs as user 998 (ch-golden)',
      'ip link delete tap0 && ip tuntap add tap0 mode tap user ch-golden && ip link set tap0 mtu 9000 master br0 up',
    ],
    [
      'belongs to a group of others',
      testTap('tap0', { tap: { ...owned, group: 27 } }),
      'tap tap0 belongs to group 27, and user 998 (ch-golden) is not in it',
      'ip link delete tap0 && ip tuntap add tap0 mode tap user ch-golden && ip link set tap0 mtu 1500 up',
    ],
    [
      'has several queues',
      testTap('tap0', { tap: { ...owned, isMultiQueue: true } }),
      'tap tap0 has several queues, and VMs use one',
      'ip link delete tap0 && ip tuntap add tap0 mode tap user ch-golden && ip link set tap0 mtu 1500 up',
    ],
  ])('that %s is rejected, with the commands', async (_, found, problem, fix) => {
    const finding = await find(found);
    expect(finding?.problem).toBe(problem);
    expect(asRoot(finding?.fix)).toBe(fix);
  });

  test.each([
    ['its user', testTap('tap0', { tap: owned }), 998],
    ['everybody', testTap('tap0'), 998],
    ['a group of its user', testTap('tap0', { tap: { ...owned, group: 108 } }), 998],
    ['anybody, for root, who also sets it up', testTap('tap0', { isUp: false, tap: { ...owned, owner: 1000 } }), 0],
  ])('of %s is fine', async (_, found, uid) => expect(await find(found, uid)).toBeUndefined());

  test('in use is named with its process, if that can be seen', async () => {
    const machine = {
      ...createTestMachine({ interfaces: [testTap('tap0', { hasCarrier: true })] }),
      tryFindTapUser: async () => Promise.resolve(4711),
    };
    expect(await tryFindTapProblem({ tap: 'tap0', owner }, { machine, processes: noProcesses })).toEqual({
      problem: 'tap tap0 is in use by process 4711',
      fix: 'use a different tap, or stop that process: ps -fp 4711',
    });
  });
});

describe('the tap of a bridge', () => {
  const request = {
    vmName: 'vm-001',
    tap: 'chvm-aaaaaaaaaa',
    bridge: 'br0',
    macAddress: '02:00:00:00:00:01',
    owner: { uid: 998, name: 'ch-golden' },
  };
  const tap = { owner: 998, group: undefined, isMultiQueue: false };
  const find = async (
    interfaces: readonly NetworkInterface[],
    self: number,
  ): Promise<readonly (string | undefined)[]> => {
    const machine = createTestMachine({ interfaces });
    const finding = await tryFindAttachProblem(request, { machine, processes: noProcesses }, self);
    return [finding?.problem, finding?.fix.replaceAll('sudo ', '')];
  };

  test('has a name of its own that is an interface name', () => {
    const names = ['vm-001', 'vm-002', `${'a'.repeat(62)}1`, `${'a'.repeat(62)}2`].flatMap((name) =>
      ['/r', '/s'].map((root) => bridgeTapName(root, name)),
    );
    for (const name of names) expect(name).toMatch(bridgeTap);
    expect(new Set(names).size).toBe(names.length);
    expect(Math.max(...names.map(({ length }) => length))).toBe(15);
  });

  test.each<readonly [string, readonly NetworkInterface[], string, string]>([
    ['is missing', [], 'bridge br0 does not exist', 'ip link add br0 type bridge && ip link set br0 up'],
    ['is something else', [testTap('br0')], 'interface br0 is not a bridge', 'list them: ip link show type bridge'],
    ['is down', [testBridge('br0', { isUp: false })], 'bridge br0 is down', 'ip link set br0 up'],
  ])('is rejected if the bridge %s', async (_, interfaces, problem, fix) => {
    for (const self of [0, 1000]) expect(await find(interfaces, self)).toEqual([problem, fix]);
  });

  test('is created by root, and reused', async () => {
    for (const left of [[], [testTap(request.tap, { isUp: false, tap: { ...tap, owner: 1 } })]])
      expect(await find([testBridge('br0'), ...left], 0)).toEqual([undefined, undefined]);
    const busy = testTap(request.tap, { hasCarrier: true });
    expect((await find([testBridge('br0'), busy], 0))[0]).toBe('tap chvm-aaaaaaaaaa is in use by another process');
    const cable = testTap(request.tap, { tap: undefined });
    expect((await find([testBridge('br0'), cable], 0))[0]).toBe('interface chvm-aaaaaaaaaa is not a tap');
  });

  test('is created for anybody else by root, with these commands', async () => {
    const add = 'ip tuntap add chvm-aaaaaaaaaa mode tap user ch-golden';
    const set =
      "ip link set chvm-aaaaaaaaaa alias 'ch-golden VM vm-001' address fe:00:00:00:00:01 mtu 9000 master br0 up";
    const bridge = testBridge('br0', { mtu: 9000 });
    expect(await find([bridge], 1000)).toEqual(['tap chvm-aaaaaaaaaa does not exist', `${add} && ${set}`]);
    expect(await find([bridge, testTap(request.tap, { tap })], 1000)).toEqual([
      'tap chvm-aaaaaaaaaa is not a port of bridge br0',
      set,
    ]);
    expect(await find([bridge, testTap(request.tap, { tap, bridge: 'br0' })], 1000)).toEqual([undefined, undefined]);
  });
});

describe('two VMs of a host', () => {
  const network = { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: [] };
  const vm = { tap: 'tap0', macAddress: '02:00:00:00:00:01', network };
  const find = (...others: readonly object[]): readonly string[] =>
    findConflicts(
      vm,
      others.map((other, index) => ({ name: `vm-00${index + 2}`, macAddress: '02:00:00:00:00:02', ...other })),
    ).map(({ problem }) => problem);

  test('share neither tap nor address nor MAC address, and all that they share is named', () => {
    expect(find({}, { tap: 'tap1', network: { ...network, address: '10.0.0.3/24' } })).toEqual([]);
    expect(find({ tap: 'tap0' }, { network: { ...network, address: '10.0.0.2/8' } }, vm)).toEqual([
      'tap tap0 is that of VM vm-002',
      'address 10.0.0.2 is that of VM vm-003',
      'MAC address 02:00:00:00:00:01 is that of VM vm-004',
    ]);
  });

  test('without a tap have no network, and so no MAC address', () => {
    expect(find({ macAddress: vm.macAddress })).toEqual([]);
  });
});
