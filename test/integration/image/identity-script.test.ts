import { describe, expect, test } from '@jest/globals';
import { createIdentityReader, renderIdentity, type IdentityRecord } from '../../../src/vmm/identity-records.js';
import { makeBytes } from '../../fixtures/random.js';
import {
  daemonGroup,
  guestMac,
  runIdentity,
  tryFindWarmGuestProblem,
  type WarmRun,
} from '../../fixtures/warm-guest.js';

const identity = renderIdentity({
  instanceId: 'vm-1',
  hostname: 'vm-one',
  macAddress: guestMac,
  address: '192.168.249.2/24',
  gateway: '192.168.249.1',
  nameservers: ['1.1.1.1', '9.9.9.9'],
});
const seed = { identity, entropy: makeBytes(3, 64) };

const templateKeys = `
for type in ed25519 ecdsa; do ssh-keygen -q -t $type -N '' -f /etc/ssh/ssh_host_\${type}_key; done
echo certificate > /etc/ssh/ssh_host_ed25519_key-cert.pub
`;

function records(run: WarmRun): readonly IdentityRecord[] {
  return createIdentityReader('clone').read(Buffer.from(run.console));
}

const whenPossible = tryFindWarmGuestProblem() === undefined ? describe : describe.skip;

whenPossible('the identity script', () => {
  test('does every step in order, and each leaves what it reports', async () => {
    const run = await runIdentity({
      seed,
      before: `${templateKeys}
cp /etc/ssh/ssh_host_ed25519_key.pub /old-key; echo old > /var/lib/systemd/random-seed
echo 0123456789abcdef0123456789abcdef > /var/lib/dbus/machine-id
printf 'a.timer\\nb.timer\\n' > /run/ch-golden/timers; echo ssh.service > /run/ch-golden/services`,
      after: String.raw`
echo "hostname $(uname -n) $(cat /etc/hostname)"
echo "machine-id $(cat /etc/machine-id) $(cat /var/lib/dbus/machine-id) $(stat -c %a /etc/machine-id)"
echo "boot-id $(cat /proc/sys/kernel/random/boot_id)"
echo "network $(cat /sys/class/net/ens5/address) $(ip -4 -o address show dev ens5 | tr -s ' ' | cut -d' ' -f4)"
echo "route $(ip route show default | cut -d' ' -f1-5)"
echo "servers $(tr '\n' ' ' < /etc/resolv.conf)"
echo "keys $(cd /etc/ssh && echo ssh_host_*)"
echo "private $(stat -c %a /etc/ssh/ssh_host_ed25519_key)"
echo "fingerprint $(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)"
cmp -s /old-key /etc/ssh/ssh_host_ed25519_key.pub && echo "same key"
echo "daemon $(tr '\000' '\n' < /proc/$(cat /pid)/environ | sed -n 's/^DAYTONA_SANDBOX_ID=//p')"
echo "seed $(stat -c %s /var/lib/systemd/random-seed)"
echo "config $(tail -n 1 /run/cloud-init/cloud.cfg)"
ls /run/ch-golden`,
    });
    const said = records(run);
    expect(said.map(({ step }) => step)).toEqual([
      'start',
      'reseeded',
      'names',
      'network',
      'ssh-keys',
      'daemon',
      'ready',
      'cloud-init',
      'done',
    ]);
    const [, , names, network, keys, daemon] = said;
    if (names?.step !== 'names' || keys?.step !== 'ssh-keys') throw new TypeError('as checked above');
    expect(network).toMatchObject({ macAddress: guestMac, address: '192.168.249.2/24' });
    expect(daemon).toMatchObject({ sandboxId: 'vm-one' });
    const facts = run.console.split('\n');
    expect(facts).toEqual(
      expect.arrayContaining([
        'hostname vm-one vm-one',
        `machine-id ${names.machineId} ${names.machineId} 444`,
        `boot-id ${names.bootId}`,
        `network ${guestMac} 192.168.249.2/24`,
        'route default via 192.168.249.1 dev ens5',
        'servers nameserver 1.1.1.1 nameserver 9.9.9.9 ',
        // No certificate of the old key.
        'keys ssh_host_ecdsa_key ssh_host_ecdsa_key.pub ssh_host_ed25519_key ssh_host_ed25519_key.pub',
        'private 600',
        `fingerprint ${keys.fingerprint!}`,
        'daemon vm-one',
        'seed 512',
        'config ssh_deletekeys: false',
      ]),
    );
    expect(facts).not.toContain('same key');
    // A second seed starts nothing.
    expect(facts).not.toContain('template');
    const order = [
      'restart daytona-daemon.service',
      '--no-block start ssh.service',
      'restart systemd-journald.service',
      'cloud-init init --local',
      'cloud-init init',
      'cloud-init modules --mode=config',
      'cloud-init modules --mode=final',
    ];
    expect(run.systemctl.filter((line) => order.includes(line))).toEqual(order);
    expect(run.systemctl.at(-1)).toMatch(
      /^systemd-run --quiet --unit=ch-golden-timers --on-active=\d{1,3}s .* systemctl start a\.timer b\.timer$/,
    );
    expect(run.exitCode).toBe(0);
  });

  test.each([
    ['its control group', `mount -t tmpfs none /sys/fs/cgroup && mkdir -p ${daemonGroup}`, false],
    ['systemd, with control groups of version 1', '', true],
  ])('finds the process of the daemon by %s', async (_, before, asks) => {
    const run = await runIdentity({ seed, before });
    expect(records(run)).toContainEqual(expect.objectContaining({ step: 'daemon', sandboxId: 'vm-one' }));
    expect(run.systemctl.includes('show -p MainPID --value daytona-daemon.service')).toBe(asks);
  });

  test.each([
    // A sixteenth and 16 MiB stay free.
    [500_000, 442],
    [8_000_000, 2048],
    [10_000, undefined],
  ])('of %d KiB of free memory, the template overwrites %s MiB', async (free, mebibytes) => {
    const run = await runIdentity({
      seed,
      programs: { dd: '#!/bin/sh\necho "dd $*" >> /log\nexit 1\n' },
      before: `
printf 'MemTotal: 9000000 kB\\nMemFree: %12d kB\\n' ${free} > /meminfo && mount --bind /meminfo /proc/meminfo
touch /dropped && mount --bind /dropped /proc/sys/vm/drop_caches
systemctl start daytona-daemon.service
/usr/local/lib/ch-golden/prepare-template && cp /log /held`,
      after: 'grep "^dd " /held; grep -c /zeros /proc/mounts',
    });
    const zeros = `dd if=/dev/zero of=/run/ch-golden/zeros/zeros bs=1M count=${mebibytes}`;
    expect(run.console.match(/^dd .*$/gm) ?? []).toEqual(mebibytes === undefined ? [] : [zeros]);
    // Its file is gone, also if the memory was not enough.
    expect(run.console).toMatch(/^0$/m);
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
  });

  test('what was held in the template starts in its clone', async () => {
    const run = await runIdentity({
      seed,
      active: ['ssh.service', 'systemd-networkd.service'],
      before: `
echo 'a.timer loaded active waiting' > /timers
touch /dropped && mount --bind /dropped /proc/sys/vm/drop_caches
systemctl start daytona-daemon.service
/usr/local/lib/ch-golden/prepare-template && umount /proc/sys/vm/drop_caches && cp /log /held`,
      after: 'cat /held /run/ch-golden/network-owner; echo "dropped $(cat /dropped) daemon $(cat /pid)"',
    });
    const stops = run.console.match(/^stop .*$/gm);
    expect(stops).toEqual(['stop a.timer', 'stop daytona-daemon.service ssh.service']);
    expect(run.console).toMatch(/^networkd\ndropped 3 daemon \d+$/m);
    expect(run.systemctl).toContain('--no-block start ssh.service');
    expect(run.systemctl.at(-1)).toMatch(/ systemctl start a\.timer$/);
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
  });

  test('systemd-networkd configures the card if the cards are its', async () => {
    const run = await runIdentity({
      seed,
      networkOwner: 'networkd',
      after: 'cat /run/systemd/network/05-ch-golden.network',
    });
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
    expect(run.console).toContain(
      `[Match]\nMACAddress=${guestMac}\n\n[Network]\nAddress=192.168.249.2/24\nGateway=192.168.249.1\n` +
        'DNS=1.1.1.1\nDNS=9.9.9.9\n',
    );
  });

  test('ifupdown knows of a card that has a static address', async () => {
    const run = await runIdentity({
      seed,
      networkOwner: 'ifupdown',
      after: 'cat /run/network/ifstate; ip -4 -o address show dev ens5',
    });
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
    expect(run.console).toMatch(/^ens5=ens5\n.* 192\.168\.249\.2\/24 /m);
  });

  const dynamic = { ...seed, identity: identity.replace(/address=.*\n[^]*/, 'address=dhcp\n') };

  test('ifupdown requests an address if the cards are its', async () => {
    const ifup = '#!/bin/sh\necho "ifup $*" >> /log\nip link set "$2" up\nip address add 10.1.2.3/16 dev "$2"\n';
    const run = await runIdentity({
      seed: dynamic,
      networkOwner: 'ifupdown',
      programs: { ifup },
      after: 'cat /run/ch-golden/interfaces',
    });
    expect(records(run)).toContainEqual(expect.objectContaining({ step: 'network', address: '10.1.2.3/16' }));
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
    expect(run.systemctl).toContain('ifup --interfaces=/run/ch-golden/interfaces ens5');
    expect(run.console).toContain('\niface ens5 inet dhcp\n');
  });

  test('an address by DHCP is that of the lease', async () => {
    const run = await runIdentity({
      seed: dynamic,
      programs: { dhclient: '#!/bin/sh\nip address add 10.1.2.3/16 dev "$2"\n' },
    });
    expect(records(run)).toContainEqual(expect.objectContaining({ step: 'network', address: '10.1.2.3/16' }));
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
  });

  test('an image without SSH keys and cloud-init says so', async () => {
    const run = await runIdentity({
      seed,
      programs: { 'cloud-init': '' },
      before: 'rm /usr/local/sbin/cloud-init /usr/bin/cloud-init 2> /dev/null',
    });
    expect(records(run)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ step: 'ssh-keys', fingerprint: undefined }),
        expect.objectContaining({ step: 'cloud-init', status: 'missing' }),
      ]),
    );
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
  });

  test('a failing stage of cloud-init is reported, and the rest runs', async () => {
    const script = (of: string) =>
      '#!/bin/sh\necho "cloud-init $*" >> /log\n' +
      `mkdir -p /var/lib/cloud/data; echo vm-1 > /var/lib/cloud/data/instance-id\n${of}`;
    const failing = await runIdentity({ seed, programs: { 'cloud-init': script('[ "$2" != --mode=config ]') } });
    expect(records(failing).at(-2)).toMatchObject({ step: 'cloud-init', status: 'error' });
    expect(failing.systemctl).toContain('cloud-init modules --mode=final');
    const degraded = await runIdentity({ seed, programs: { 'cloud-init': script('[ "$1" != status ] || exit 2') } });
    expect(records(degraded).at(-2)).toMatchObject({ step: 'cloud-init', status: 'degraded' });
  });

  const lines = (...changed: readonly string[]) => `${changed.join('\n')}\n`;
  const [protocol, instance, host, mac, address, gateway] = identity.split('\n') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const rejected: readonly (readonly [what: string, identity: string, reason: string])[] = [
    ['a long identity', identity.repeat(40), 'identity-order'],
    ['an empty identity', '', 'protocol'],
    ['a later protocol', identity.replace('=1', '=2'), 'protocol'],
    ['a missing line', lines(protocol, instance, mac, address), 'hostname'],
    ['a line twice', lines(protocol, instance, instance), 'identity-order'],
    ['a wrong order', lines(protocol, host, instance), 'identity-order'],
    ['an unknown key', `${identity}shell=1\n`, 'identity-key'],
    ['a text', `${identity}x`, 'identity-line'],
    ['a command', `${identity}dns=$(reboot)\n`, 'identity-value'],
    ['a carriage return', identity.replaceAll('\n', '\r\n'), 'identity-value'],
    ['a long value', lines(protocol, `instance-id=${'a'.repeat(254)}`), 'identity-value'],
    ['a path', identity.replace('id=vm-1', 'id=../vm-1'), 'instance-id'],
    ['a MAC', identity.replace(':0a', ':0A'), 'mac'],
    ['no MAC', identity.replace(guestMac, '::::::::::::::::::'), 'mac'],
    ['an address', identity.replace('.2/24', '.256/24'), 'address'],
    ['a prefix', identity.replace('.2/24', '.2/33'), 'address'],
    ['a gateway', identity.replace(gateway, 'gateway=1.2.3'), 'gateway'],
    ['name servers', identity.replace('1.1.1.1,', '1.1.1.1,,'), 'dns'],
  ];

  test('a seed that is not exactly as expected is rejected, and the daemon stops', async () => {
    const [first, ...seeds] = rejected.map(([, text]) => ({ identity: text, entropy: seed.entropy }));
    const run = await runIdentity({
      seed: first!,
      seeds,
      after: 'echo "after $(uname -n) $(cat /sys/class/net/ens5/operstate) $(cat /pid)"',
    });
    const said = run.console.match(/^ch-golden.*$/gm)?.map((line) => line.replace(/\d+\.\d\d/, '#'));
    expect(said?.map((line, index) => [rejected[index]?.[0], line])).toEqual(
      rejected.map(([what, , reason]) => [what, `ch-golden/1 failed # step=start reason=${reason}`]),
    );
    expect(run.console).toContain('\nafter template down \n');
    expect(run.exitCode).toBe(1);
  });

  test.each<[string, Readonly<Record<string, string | Uint8Array>>, string]>([
    ['identity', { entropy: seed.entropy }, 'step=start reason=identity-file'],
    ['entropy', { identity }, 'step=reseeded reason=entropy'],
    ['enough entropy', { ...seed, entropy: makeBytes(3, 63) }, 'step=reseeded reason=entropy'],
  ])('without %s, the daemon stops', async (_, files, expected) => {
    const run = await runIdentity({ seed: files, after: 'echo "after $(uname -n) $(cat /pid)"' });
    expect(run.console).toContain(expected);
    expect(records(run).at(-1)).toMatchObject({ step: 'failed' });
    expect(run.console).toContain('\nafter template \n');
    expect(run.exitCode).toBe(1);
  });

  const passing = (program: string) => `printf '#!/bin/sh\\n' > ${program} && chmod +x ${program}`;
  const failing = (program: string) => `printf '#!/bin/sh\\nexit 1\\n' > ${program} && chmod +x ${program}`;
  test.each<[string, string, string]>([
    ['the reseed', 'step=reseeded reason=entropy', failing('/usr/local/lib/ch-golden/reseed')],
    ['the keys', 'step=ssh-keys reason=generate', `${templateKeys}\n${failing('/usr/local/sbin/ssh-keygen')}`],
    ['the boot ID', 'step=names reason=boot-id', `sed -i 's/--bind/--bind \\/none/' /usr/local/lib/ch-golden/identity`],
    ['a final name', 'step=network reason=udev', `rm /run/udev/data/*; ${passing('/usr/local/sbin/sleep')}`],
    [
      'a name that stays',
      'step=network reason=udev',
      `for file in /run/udev/data/*; do echo E:ID_RENAMING=1 > $file; done; ${passing('/usr/local/sbin/sleep')}`,
    ],
    [
      'a card',
      'step=network reason=no-card',
      `ip link set ens5 address 52:54:00:00:00:0b; ${passing('/usr/local/sbin/sleep')}`,
    ],
    ['the address', 'step=network reason=none', failing('/usr/local/sbin/ip')],
    [
      'the daemon',
      'step=daemon reason=start',
      `sed -i '/"restart daytona/s/)/) case $* in restart*) exit 1 ;; esac/' /usr/local/sbin/systemctl`,
    ],
    ['the instance', 'step=cloud-init reason=instance-id', 'sed -i s/vm-1/other/ /usr/local/sbin/cloud-init'],
  ])('without %s, no step follows', async (_, expected, before) => {
    const run = await runIdentity({ seed, before });
    const steps = records(run).map(({ step }) => step);
    expect(run.console).toContain(expected);
    expect(steps.at(-1)).toBe('failed');
    expect(steps).not.toContain('done');
    expect(run.exitCode).toBe(1);
  });

  test('waits for a card that gets another name while it is looked at', async () => {
    const before = `
mount -t tmpfs none /sys/class/net
mkdir /sys/class/net/eth0 && echo ${guestMac} > /sys/class/net/eth0/address`;
    const sleep = '#!/bin/sh\nrm -r /sys/class/net/*\nln -s /sys/devices/virtual/net/ens5 /sys/class/net/\n';
    const run = await runIdentity({ seed, before, programs: { sleep } });
    expect(records(run)).toContainEqual(expect.objectContaining({ step: 'network', macAddress: guestMac }));
    expect(records(run).at(-1)).toMatchObject({ step: 'done' });
  });

  test('stopped by a signal, it says that it failed', async () => {
    const programs = { sleep: '#!/bin/sh\nkill $PPID\n' };
    const run = await runIdentity({ seed, before: 'rm /run/udev/data/*', programs });
    expect(run.console).toContain('step=network reason=unexpected');
    expect(records(run).at(-1)).toMatchObject({ step: 'failed', failedStep: 'network' });
    expect(run.exitCode).toBe(1);
  });
});
