import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPorts } from '../../../src/host/ports.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { systemMachine } from '../../../src/host/vm/machine.js';
import { addAddresses, findAddress, type VmAddress } from '../../../src/host/vm/network/find-address.js';
import { startVm, type StartedVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm, stopVm } from '../../../src/host/vm/stop-vm.js';
import type { VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import {
  makeNetworkNamespace,
  tryFindNetworkProblem,
  type NetworkNamespace,
} from '../../fixtures/network-namespace.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const problem = tryFindNetworkProblem();
if (problem !== undefined) process.stderr.write(`VMs with a network are not tested: ${problem}\n`);
const withNetwork = problem === undefined ? describe : describe.skip;

let host: VmHost;
let root: string;
let ports: HostPorts;
/** Those of a host without a network, also when that is gone. */
let outside: HostPorts;
let warnings: string[];

beforeEach(async () => {
  host = await makeVmHost('vm network');
  ({ root } = host);
  // The user of a VM passes through.
  await chmod(host.directory, 0o755);
  warnings = [];
  outside = await host.use({});
  ports = { ...outside, log: { ...silentLog, warn: (line) => void warnings.push(line) } };
});
afterEach(async () => host.remove(outside));

const create = async (changes: Partial<CreateVmRequest> = {}): Promise<VmRecord> => createTestVm(root, changes, ports);
const start = async (name = 'vm-001', overcommit = false): Promise<StartedVm> =>
  startVm({ root, name, overcommit }, ports);
const stop = async (name = 'vm-001'): Promise<unknown> => stopVm({ root, name, timeoutMs: 300_000 }, ports);
const remove = async (name = 'vm-001'): Promise<unknown> => deleteVm({ root, name, force: true }, ports);
const failureOf = async (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(Failure);
      return error as Failure;
    },
  );
const recordPath = (name: string): string => join(root, 'sandboxes', name, 'launch.json');
async function changeRecord(name: string, change: object): Promise<void> {
  const record = JSON.parse(await readFile(recordPath(name), 'utf8')) as object;
  await writeFile(recordPath(name), JSON.stringify({ ...record, ...change }));
}

describe('a VM that is larger than the machine', () => {
  beforeEach(() => {
    ports = { ...ports, machine: systemMachine(ports.processes) };
  });

  test('is not made, and all that is too large is named', async () => {
    const failure = await failureOf(create({ memoryMiB: 1024 ** 2, cpus: 254 }));
    expect(failure.message.replace(/[\d.]+ GiB/, 'N GiB').replace(/\d+$/, 'N')).toBe(
      'cannot create VM vm-001: (1) 1 TiB of memory, and this machine has N GiB; (2) 254 CPUs, and this machine has N',
    );
    expect(failure.fix).toBe('(1) use a smaller --memory, or --overcommit; (2) use a smaller --cpus, or --overcommit');
  });

  test('is made and started if that is wanted', async () => {
    expect(await create({ memoryMiB: 1024 ** 2, cpus: 254, overcommit: true })).toMatchObject({ overcommit: true });
    await start();
    expect(warnings.filter((line) => line.includes('memory'))).toEqual([]);
  });

  test('is not started on a machine that has become smaller, unless that is wanted', async () => {
    expect(await create()).toMatchObject({ overcommit: false });
    await changeRecord('vm-001', { memoryMiB: 1024 ** 2 });
    expect(await failureOf(start())).toMatchObject({
      message: expect.stringMatching(/^cannot start vm-001: 1 TiB of memory, and this machine has /),
      fix: 'ch-golden vm start vm-001 --overcommit, or create it again with a smaller --memory',
    });
    expect((await start('vm-001', true)).changed).toBe(true);
  });

  test('of an earlier release is started with a warning', async () => {
    await create();
    await changeRecord('vm-001', { memoryMiB: 1024 ** 2, overcommit: undefined });
    await start();
    expect(warnings).toContainEqual(expect.stringMatching(/^vm-001: 1 TiB of memory, and this machine has /));
  });
});

test('two hosts make two MAC addresses of one name, a record keeps its own, and --mac is taken', async () => {
  const machines = [1, 2].map((id) => ({
    ...systemMachine(ports.processes),
    tryReadId: async () => Promise.resolve(Buffer.alloc(16, id)),
  }));
  const addresses = [];
  for (const machine of [...machines, machines[0]]) {
    ports = { ...ports, machine };
    addresses.push((await create()).macAddress);
    await remove();
  }
  expect(addresses[0]).not.toBe(addresses[1]);
  expect(addresses[2]).toBe(addresses[0]);
  expect((await create({ macAddress: '52:54:00:00:00:01' })).macAddress).toBe('52:54:00:00:00:01');
  expect((await start()).vm.macAddress).toBe('52:54:00:00:00:01');
});

withNetwork('on a host with taps', () => {
  let net: NetworkNamespace;
  const nobody = { user: 'nobody' };
  beforeEach(async () => {
    net = await makeNetworkNamespace();
    ports = net.within(ports);
  });
  afterEach(async () => net.remove());

  test('a tap is rejected at create and at start until the commands of the message were run', async () => {
    const request = { ...nobody, tap: 'tap0' };
    const attempts = [async () => create(request), async () => start()];
    for (const attempt of attempts) {
      for (const [before, message] of [
        ['ip link delete tap0 2>/dev/null || true', 'tap tap0 does not exist'],
        ['ip link set tap0 down', 'tap tap0 is down'],
        [
          'ip link delete tap0; ip tuntap add tap0 mode tap user root; ip link set tap0 up',
          'tap tap0 belongs to user 0',
        ],
        [
          'ip link delete tap0; ip tuntap add tap0 mode tap user nobody group root; ip link set tap0 up',
          'tap tap0 belongs to group 0, and user 65534 (nobody) is not in it',
        ],
        ['ip link delete tap0; ip tuntap add tap0 mode tap multi_queue; ip link set tap0 up', 'tap tap0 has several'],
      ] as const) {
        net.sh(before);
        const failure = await failureOf(attempt());
        expect(failure.message).toContain(message);
        net.sh(failure.fix!);
      }
      net.sh('ip link delete tap0; ip link add tap0 type bridge');
      expect((await failureOf(attempt())).message).toContain('interface tap0 is not a tap');
      net.sh('ip link delete tap0; ip tuntap add tap0 mode tap user nobody; ip link set tap0 up');
      const other = await net.attach('tap0');
      expect(await failureOf(attempt())).toMatchObject({
        message: expect.stringContaining(`tap tap0 is in use by process ${other.pid}`),
      });
      await other.end();
      await attempt();
    }
    expect(await stop()).toBe('powered off');
  });

  test('a tap of everybody is a warning', async () => {
    net.sh('ip tuntap add tap0 mode tap; ip link set tap0 up');
    await create({ ...nobody, tap: 'tap0' });
    expect(warnings).toContain('Tap tap0 belongs to nobody: every user of this machine can attach to it');
  });

  test('what another VM has is rejected by name, all at once', async () => {
    net.sh('for tap in tap0 tap1; do ip tuntap add $tap mode tap user nobody; ip link set $tap up; done');
    const network = { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: [] };
    const { macAddress } = await create({ ...nobody, tap: 'tap0', network });
    const failure = await failureOf(create({ ...nobody, name: 'vm-002', tap: 'tap0', network, macAddress }));
    expect(failure.message).toBe(
      'cannot create VM vm-002: (1) tap tap0 is that of VM vm-001; (2) address 10.0.0.2 is that of VM vm-001; ' +
        `(3) MAC address ${macAddress} is that of VM vm-001`,
    );
    expect(failure.fix).toContain('(1) use a different --tap, or --bridge; or: ch-golden vm delete vm-001;');
    await create({ ...nobody, name: 'vm-002', tap: 'tap1' });

    // As earlier releases have made them.
    await changeRecord('vm-002', { tap: 'tap0' });
    await start();
    expect((await failureOf(start('vm-002'))).message).toBe('cannot start vm-002: tap tap0 is that of VM vm-001');
    await stop();
    await start('vm-002');
    expect(warnings).toContain('vm-002: tap tap0 is that of VM vm-001');
  });

  describe('and a bridge', () => {
    beforeEach(() => {
      net.sh('ip link add br0 mtu 9000 type bridge; ip link set br0 up');
    });
    const show = (tap: string): string => net.sh(`ip -details link show ${tap} 2>/dev/null || echo none`);
    const taps = (): string => net.sh("ip -o link show | sed -n 's/^[0-9]*: \\(chvm-[^:@]*\\).*/\\1/p'");

    test('the tap comes and goes with the VM', async () => {
      const { tap = '', bridge, macAddress } = await create({ ...nobody, bridge: 'br0' });
      expect(bridge).toBe('br0');
      expect(tap).toMatch(/^chvm-[a-z2-7]{10}$/);
      expect(taps()).toBe('');
      const { pid } = await start();
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain(`\0--net\0tap=${tap},mac=`);
      for (const part of [
        'mtu 9000',
        'master br0',
        ',UP',
        'user nobody',
        'alias ch-golden VM vm-001',
        `ether fe${macAddress.slice(2)}`,
      ])
        expect(show(tap)).toContain(part);
      expect(net.sh('cat /sys/class/net/br0/mtu')).toBe('9000');
      await stop();
      expect(taps()).toBe('');
      await start();
      expect(taps()).toBe(tap);
      await remove();
      expect(taps()).toBe('');
    });

    test("the bridge keeps its uplink's address", async () => {
      net.sh('ip tuntap add uplink mode tap; ip link set uplink address 52:54:00:00:00:99 master br0 up');
      await create({ ...nobody, bridge: 'br0', macAddress: '02:00:00:00:00:01' });
      await start();
      expect(net.sh('cat /sys/class/net/br0/address')).toBe('52:54:00:00:00:99');
    });

    test('one that a killed VMM or command left is used again, or goes', async () => {
      const { tap = '' } = await create({ ...nobody, bridge: 'br0' });
      const { pid } = await start();
      const index = net.sh(`cat /sys/class/net/${tap}/ifindex`);
      process.kill(pid, 'SIGKILL');
      expect((await start()).changed).toBe(true);
      expect(net.sh(`cat /sys/class/net/${tap}/ifindex`)).toBe(index);
      await stop();
      for (const left of ['user nobody', 'user root', 'user nobody multi_queue']) {
        net.sh(`ip tuntap add ${tap} mode tap ${left}`);
        await start();
        expect(show(tap)).toContain('user nobody');
        expect(show(tap)).toContain('master br0');
        await stop();
      }
      net.sh(`ip tuntap add ${tap} mode tap user nobody`);
      await stop();
      expect(taps()).toBe('');
      net.sh(`ip tuntap add ${tap} mode tap user nobody`);
      await writeFile(recordPath('vm-001'), '{');
      await remove();
      expect(taps()).toBe('');
    });

    test('a VM that does not start leaves none', async () => {
      ports = { ...net.within(await host.use({ behaviour: 'ends at once' })) };
      await create({ ...nobody, bridge: 'br0' });
      expect((await failureOf(start())).message).toContain('it exited');
      expect(taps()).toBe('');
    });

    test('a tap of other names is not touched', async () => {
      net.sh('ip tuntap add tap0 mode tap user nobody; ip link set tap0 up');
      await create({ ...nobody, tap: 'tap0' });
      await start();
      await remove();
      expect(show('tap0')).toContain('user nobody');
    });

    test('the bridge must be there, at create and at start', async () => {
      await create({ ...nobody, bridge: 'br0' });
      for (const [before, message] of [
        ['ip link set br0 down', 'bridge br0 is down'],
        ['ip link delete br0', 'bridge br0 does not exist'],
      ] as const) {
        net.sh(before);
        for (const attempt of [async () => create({ ...nobody, name: 'vm-002', bridge: 'br0' }), async () => start()])
          expect((await failureOf(attempt())).message).toContain(message);
        net.sh((await failureOf(start())).fix!);
      }
      await start();
    });
  });

  describe('the address of a VM', () => {
    const find = async (name = 'vm-001', waitMs = 0): Promise<VmAddress> => findAddress({ root, name, waitMs }, ports);
    let macAddress: string;
    beforeEach(async () => {
      net.sh('ip link add br0 type bridge; ip link set br0 up');
      ({ macAddress } = await create({ ...nobody, bridge: 'br0' }));
    });
    const lease = (address: string): string =>
      `echo '0 ${macAddress} ${address} vm-001 *' >/var/lib/misc/dnsmasq.leases`;

    test('is missing without a network, in a VM that does not run, and until it has one', async () => {
      await create({ name: 'vm-002' });
      expect((await failureOf(find('vm-002'))).message).toBe('vm-002 has no network');
      expect(await failureOf(find('vm-001', 60_000))).toMatchObject({
        message: 'no address for vm-001: it is not running',
        fix: 'ch-golden vm start vm-001',
      });
      await start();
      expect(await failureOf(find())).toMatchObject({
        message: `no address for vm-001: ${macAddress} has no DHCP lease and is not in the ARP table`,
        fix: 'if it is still booting: ch-golden vm ip vm-001 --wait',
      });
    });

    test('is waited for', async () => {
      await start();
      let now = Date.now();
      const sleeps: number[] = [];
      const clock = {
        now: () => now,
        sleep: async (milliseconds: number) => {
          now += milliseconds;
          if (sleeps.push(milliseconds) === 3) net.sh(lease('10.0.0.5'));
          return Promise.resolve();
        },
      };
      ports = { ...ports, clock };
      expect(await find('vm-001', 60_000)).toMatchObject({ address: '10.0.0.5', source: 'dnsmasq' });
      expect(sleeps).toHaveLength(3);
      net.sh('rm /var/lib/misc/dnsmasq.leases');
      expect((await failureOf(find('vm-001', 5_000))).message).toContain('no address for vm-001 within 5.0 s: ');
    });

    test('is the static one, then that of a lease, then that in the ARP table', async () => {
      const bytes = macAddress.split(':').map((byte) => Number.parseInt(byte, 16));
      const content = { Leases: [{ HardwareAddress: bytes, Address: [10, 0, 0, 6], ExpirationRealtimeUSec: 1e17 }] };
      net.sh('ip address add 10.0.0.1/24 dev br0');
      net.sh(`ip neigh add 10.0.0.7 lladdr ${macAddress} dev br0 nud reachable`);
      expect(await find()).toEqual({ name: 'vm-001', address: '10.0.0.7', source: 'neighbour', macAddress });
      net.sh('mkdir -p /var/lib/systemd/network/dhcp-server-lease');
      net.sh(`echo '${JSON.stringify(content)}' >/var/lib/systemd/network/dhcp-server-lease/br0`);
      expect(await find()).toMatchObject({ address: '10.0.0.6', source: 'systemd-networkd' });
      net.sh(lease('10.0.0.5'));
      expect(await find()).toMatchObject({ address: '10.0.0.5', source: 'dnsmasq' });
      const network = { address: '10.0.0.4/24', gateway: '10.0.0.1', nameservers: [] };
      await create({ ...nobody, name: 'vm-002', bridge: 'br0', network });
      expect(await find('vm-002')).toMatchObject({ address: '10.0.0.4', source: 'static' });
    });

    test('is listed for all VMs with one look, and is not waited for', async () => {
      const network = { address: '10.0.0.4/24', gateway: '10.0.0.1', nameservers: [] };
      await create({ ...nobody, name: 'vm-002', bridge: 'br0', network });
      const other = await create({ ...nobody, name: 'vm-003', bridge: 'br0' });
      await create({ ...nobody, name: 'vm-004', bridge: 'br0' });
      const list = async (): Promise<readonly unknown[]> =>
        (await addAddresses(await listVms(root), ports)).map(({ address }) => address);
      net.sh(lease('10.0.0.5'));
      // A lease of a VM that is stopped may be given to another one.
      expect(await list()).toEqual([undefined, '10.0.0.4', undefined, undefined]);
      for (const name of ['vm-001', 'vm-003', 'vm-004']) await start(name);
      // A bridge forgets its neighbours when its carrier changes.
      net.sh(`ip neigh add 10.0.0.7 lladdr ${other.macAddress} dev br0 nud reachable`);
      const looks: string[] = [];
      const { processes } = ports;
      const run: typeof processes.run = async (command) => {
        looks.push(command.argv.join(' '));
        return processes.run(command);
      };
      ports = { ...ports, processes: { ...processes, run } };
      expect(await list()).toEqual(['10.0.0.5', '10.0.0.4', '10.0.0.7', undefined]);
      expect(looks).toEqual(['ip -4 -json neigh show']);
      const broken = async (): Promise<never> => Promise.reject(new Failure('ip is missing'));
      ports = { ...ports, processes: { ...processes, run: broken } };
      expect(await list()).toEqual([undefined, '10.0.0.4', undefined, undefined]);
      expect(warnings).toContain('The addresses of VMs are unknown: ip is missing');
    });

    test('is found beside files that cannot be read', async () => {
      net.sh(`ln -s /etc/passwd /var/lib/misc/dnsmasq.leases; mkdir -p /var/lib/systemd/network/dhcp-server-lease`);
      net.sh('echo { >/var/lib/systemd/network/dhcp-server-lease/br0');
      net.sh(`ip neigh add 10.0.0.7 lladdr ${macAddress} dev br0 nud stale`);
      expect(await find()).toMatchObject({ address: '10.0.0.7', source: 'neighbour' });
      expect(warnings).toEqual([
        expect.stringContaining('cannot read the leases of dnsmasq: '),
        expect.stringContaining('/var/lib/systemd/network/dhcp-server-lease/br0 is not JSON: '),
      ]);
    });
  });
});
