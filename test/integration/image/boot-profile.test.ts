import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planImage } from '../../../src/app/build/plan-image.js';
import { withGuest } from '../../../src/disk/with-guest.js';
import { planBoot, stockBoot, type BootRequest } from '../../../src/image/boot-profile.js';
import type { GoldenImage } from '../../../src/image/golden-image.js';
import { quoteShell } from '../../../src/platform/process/shell.js';
import { addKernelIdentity } from '../../../src/vmm/kernel-identity.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import {
  bootTree,
  guestTree,
  linuxRootX86,
  makeBase,
  makeDisk,
  makeTestDirectory,
  type Tree,
} from '../../fixtures/small-image.js';

const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let count = 0;

const tree: Tree = {
  ...guestTree,
  boot: { directory: true },
  'etc/cloud/cloud.cfg': 'cloud_init_modules:\n - migrator\n - ssh\nsystem_info:\n  distro: debian\n',
  'etc/systemd/system/pollinate.service': '[Service]\n',
  'usr/lib/systemd/system/pollinate.service': '[Service]\n',
  'usr/lib/systemd/system/udisks2.service': '[Service]\n',
  'usr/lib/systemd/system/lvm2-monitor.service': '[Service]\n',
  'etc/lvm/backup/vg0': 'x',
};

beforeAll(async () => {
  directory = await makeTestDirectory('boot-profile');
  const partitions = [
    { number: 16, sizeMiB: 8, content: { tree: bootTree(), label: 'BOOT' } },
    { number: 1, sizeMiB: 24, type: linuxRootX86, content: { tree, label: 'cloudimg-rootfs' } },
  ];
  await makeDisk(join(directory.path, 'disk.raw'), { table: 'gpt', partitions }, processes);
});
afterAll(async () => directory.remove());

async function build(boot: BootRequest): Promise<GoldenImage> {
  const base = await makeBase(join(directory.path, 'disk.raw'), 'raw', processes);
  const edits = [...(await planTestDaemon(directory.path)), ...planBoot(boot)];
  return assemble(base, { directory: directory.path, name: `golden-${count++}` }, { edits, boot }, processes);
}

/** Links as `-> target`. Undefined for what is missing. */
async function readAll(golden: GoldenImage, paths: readonly string[]): Promise<readonly (string | undefined)[]> {
  const disk = { path: golden.image.path, format: 'qcow2' } as const;
  return withGuest(disk, directory.path, { processes }, async ({ files }) =>
    Promise.all(
      paths.map(async (path) => {
        const file = await files.tryStat(path);
        return file?.inode.kind === 'link'
          ? `-> ${await file.mount.filesystem.readLink(file.inode)}`
          : files.tryReadText(path);
      }),
    ),
  );
}

const unit = (name: string): string => `/etc/systemd/system/${name}`;

test('the image has what is listed, and nothing for units that it lacks', async () => {
  const golden = await build({ profile: 'fast', keep: [] });
  expect(golden.bootProfile).toEqual({
    profile: 'fast',
    edits: [
      'write /etc/systemd/system-generators/daytona-daemon-names (0755)',
      'write /usr/local/libexec/ch-golden/daemon-companion (0644)',
      'write /etc/systemd/system/daytona-daemon-companion.service (0644)',
      'enable daytona-daemon-companion.service for multi-user.target',
      'change /etc/fstab (fstab-boot)',
      'write /etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg (0644)',
      'write /etc/cloud/cloud.cfg.d/99_ch-golden-modules.cfg (cloud-init-modules)',
      'write /etc/cloud/cloud.cfg.d/99_ch-golden-grub.cfg (0644)',
      'mask udisks2.service',
      "add cryptomgr.notests to the kernel's command line",
    ],
  });
  expect(golden.cmdline).toBe('root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0 cryptomgr.notests');
  expect(golden.edits).toEqual(expect.arrayContaining(golden.bootProfile.edits.slice(0, -1)));
  expect(golden.edits.filter((line) => line.startsWith('mask '))).toEqual(['mask udisks2.service']);
  const names = ['udisks2.service', 'lvm2-monitor.service', 'pollinate.service', 'fwupd.service'];
  expect(await readAll(golden, names.map(unit))).toEqual(['-> /dev/null', undefined, '[Service]\n', undefined]);
  const [fstab, boot, modules] = await readAll(golden, [
    '/etc/fstab',
    '/etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg',
    '/etc/cloud/cloud.cfg.d/99_ch-golden-modules.cfg',
  ]);
  expect(fstab).toMatch(/^LABEL=BOOT \/boot ext4 defaults,nofail 0 2$/m);
  expect(boot).toBe('datasource_list: [ NoCloud, None ]\n');
  expect(modules).toMatch(/\ncloud_init_modules:\n - ssh\n$/);
});

test('a kept unit is neither masked nor listed', async () => {
  const golden = await build({ profile: 'fast', keep: ['udisks2.service', 'boot.mount', 'cryptomgr'] });
  expect(golden.cmdline).toBe('root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0');
  expect(golden.bootProfile.edits.filter((line) => /udisks2|fstab/.test(line))).toEqual([]);
  const [udisks, fstab] = await readAll(golden, [unit('udisks2.service'), '/etc/fstab']);
  expect([udisks, fstab]).toEqual([undefined, guestTree['etc/fstab']]);
});

test('stock has none of it', async () => {
  const golden = await build(stockBoot);
  expect(golden.bootProfile).toEqual({ profile: 'stock', edits: [] });
});

/** Runs the generator with these facts of a boot, and returns the drop-in that it writes. */
async function generate(cmdline: string, hostname: string): Promise<string> {
  const edit = planBoot({ profile: 'fast', keep: [] }).find(({ kind }) => kind === 'write');
  if (edit?.kind !== 'write' || !('text' in edit.content)) throw new TypeError('the first edit writes the generator');
  const place = join(directory.path, `generated-${count++}`);
  await mkdir(place);
  const facts = `read() { case $2 in cmdline) cmdline=$CMDLINE ;; *) name=$NAME ;; esac; }`;
  const script = `${facts}\n${edit.content.text}`;
  await processes.run({
    argv: ['sh', '-c', script, 'generator', place],
    env: { CMDLINE: cmdline, NAME: hostname },
  });
  const { stdout } = await processes.run({
    argv: ['sh', '-c', 'cat "$0"/*/* 2>/dev/null || true', place],
  });
  return stdout;
}

/** Of the daemon, and of the units of cloud-init. */
const first = '[Service]\nStartupCPUWeight=1000\n'.repeat(8);
const waits = `${first}[Unit]\nAfter=cloud-init-local.service\n`;

test.each([
  ['root=/dev/vda1 systemd.hostname=vm-1 quiet', 'vm-1', first],
  ['root=/dev/vda1 quiet', 'vm-1', waits],
  ['systemd.hostname=vm-1', 'ubuntu', waits],
  ['xsystemd.hostname=vm-1', 'vm-1', waits],
  ['systemd.hostname=vm-10', 'vm-1', waits],
  ['systemd.hostname=*', 'vm-1', waits],
  ['', 'localhost', waits],
])('%j with the name %s', async (cmdline, hostname, dropIn) => {
  expect(await generate(cmdline, hostname)).toBe(dropIn);
});

/** The text of a script of the profile. */
function scriptAt(path: string): string {
  const edit = planBoot({ profile: 'fast', keep: [] }).find(
    (candidate) => candidate.kind === 'write' && candidate.path === path,
  );
  if (edit?.kind !== 'write' || !('text' in edit.content)) throw new TypeError(`the profile does not write ${path}`);
  return edit.content.text;
}

describe('the early address', () => {
  const oneCard = { ens3: ['virtio_net', true] } as const;

  interface Facts {
    readonly cmdline: string;
    /** The card that udev reports, if it does. */
    readonly argument?: string;
    /**
     * The driver of a card, and whether udev has named it, by the card's name. The kernel has found them in this order,
     * and given the second the MAC address 52:54:00:00:00:02.
     */
    readonly cards?: Readonly<Record<string, readonly [driver: string, isNamed: boolean]>>;
  }

  /** The commands that the script runs on a machine with these cards, twice in a row. */
  async function configure({ cmdline, argument = '', cards = oneCard }: Facts): Promise<readonly string[]> {
    const place = join(directory.path, `address-${count++}`);
    await mkdir(join(place, 'udev'), { recursive: true });
    await writeFile(join(place, 'cmdline'), `${cmdline}\n`);
    for (const [index, [name, [driver, isNamed]]] of Object.entries(cards).entries()) {
      await mkdir(join(place, 'net', name, 'device'), { recursive: true });
      await mkdir(join(place, 'drivers', driver), { recursive: true });
      await symlink(`../../../drivers/${driver}`, join(place, 'net', name, 'device', 'driver'));
      await writeFile(join(place, 'net', name, 'ifindex'), `${index + 1}\n`);
      await writeFile(join(place, 'net', name, 'address'), `52:54:00:00:00:0${index + 1}\n`);
      if (isNamed) await writeFile(join(place, 'udev', `n${index + 1}`), '');
    }
    const script = scriptAt('/usr/local/libexec/ch-golden/early-address')
      .replaceAll('/proc/cmdline', quoteShell(join(place, 'cmdline')))
      .replaceAll('/sys/class/net', quoteShell(join(place, 'net')))
      .replaceAll('/sys/bus/virtio/drivers', quoteShell(join(place, 'drivers')))
      .replaceAll('"/run/udev/data/n$first"', `${quoteShell(join(place, 'udev'))}/n$first`)
      .replaceAll('/run/ch-golden-address', quoteShell(join(place, 'state')));
    const run = async (text: string, ...args: readonly string[]): Promise<string> => {
      const ip = 'ip() { case $* in *-batch*) sed "s/^/ip /" ;; *) echo ip "$@" ;; esac; }';
      const argv = ['sh', '-c', `${ip}\n${text}`, 'x', ...args] as const;
      return (await processes.run({ argv })).stdout;
    };
    const first = await run(script, ...(argument === '' ? [] : [argument]));
    expect(await run(script, argument)).toBe('');
    const end = scriptAt('/usr/local/libexec/ch-golden/early-address-end').replaceAll(
      '/run/ch-golden-address',
      quoteShell(join(place, 'state')),
    );
    const last = `${await run(end)}${await run(end)}`;
    return `${first}${last}`.split('\n').filter(Boolean);
  }

  const network = { address: '10.0.2.15/24', gateway: '10.0.2.2' };
  const cmdline = addKernelIdentity('root=/dev/vda1', { hostname: 'vm-1', network });
  const commandsFor = (card: string): readonly string[] => [
    `ip link set dev ${card} up`,
    `ip address replace 10.0.2.15/24 brd + dev ${card}`,
    `ip route replace default via 10.0.2.2 dev ${card} proto static`,
    // Once, before ifupdown sets it.
    `ip address flush dev ${card} scope global`,
  ];

  test('is that of the command line, on the card that udev reports', async () => {
    expect(await configure({ cmdline, argument: 'ens3' })).toEqual(commandsFor('ens3'));
  });

  test('is set at once on a virtio card that udev has named in the initramfs', async () => {
    const cards = { dummy0: ['dummy', true], ens3: ['virtio_net', true], ens4: ['virtio_net', true] } as const;
    expect(await configure({ cmdline, cards })).toEqual(commandsFor('ens3'));
  });

  /** Listed by name, the second comes first. */
  const twoCards = { ens3: ['virtio_net', true], ens10: ['virtio_net', true] } as const;
  const onCard = (macAddress: string): string => addKernelIdentity('ro', { hostname: 'vm-1', network, macAddress });

  test.each([
    ['the first that the kernel found', cmdline, 'ens3', 'ens10'],
    ['the one with the MAC address', onCard('52:54:00:00:00:02'), 'ens10', 'ens3'],
  ])('of two cards, is on %s', async (_, words, card, other) => {
    expect(await configure({ cmdline: words, cards: twoCards })).toEqual(commandsFor(card));
    expect(await configure({ cmdline: words, cards: twoCards, argument: card })).toEqual(commandsFor(card));
    expect(await configure({ cmdline: words, cards: twoCards, argument: other })).toEqual([]);
  });

  test('is on no card without the MAC address', async () => {
    const words = onCard('52:54:00:00:00:03');
    expect(await configure({ cmdline: words, cards: twoCards })).toEqual([]);
    expect(await configure({ cmdline: words, cards: twoCards, argument: 'ens3' })).toEqual([]);
  });

  test.each([
    ...['ro', 'ip=1.2.3.4::1.2.3.1:255.0.0.0:a::none', 'ch-golden.address=', 'ch-golden.address=1.2.3.4/8'],
    ...['xch-golden.address=1.2.3.4/8,1.2.3.1', 'ch-golden.address=* *'],
  ])('%j sets none', async (words) => {
    expect(await configure({ cmdline: words, argument: 'ens3' })).toEqual([]);
  });
});

describe('devices', () => {
  /** Devices of this machine that these commands add. */
  async function devicesOf(commands: readonly string[]): Promise<readonly string[]> {
    const script = commands.map((command) => `${command} --dry-run --verbose`).join('\n');
    return (await processes.run({ argv: ['sh', '-ec', script] })).stdout.split('\n').filter(Boolean).sort();
  }

  const start = '/bin/udevadm trigger --action=add --type=devices';
  const commandsIn = (path: string): readonly string[] =>
    scriptAt(path)
      .split('\n')
      .map((line) => line.replace('ExecStart=-', ''))
      .filter((line) => line.startsWith(start));

  test('are added once, early or after the boot', async () => {
    if ((await processes.tryFind('/bin/udevadm')) === undefined) return;
    const early = await devicesOf(commandsIn(unit('systemd-udev-trigger.service.d/ch-golden-boot.conf')));
    const late = await devicesOf(commandsIn('/usr/local/libexec/ch-golden/late-devices'));
    expect([...new Set([...early, ...late])].sort()).toEqual(await devicesOf([start]));
    expect(early).toEqual([...new Set(early)]);
    const again = early.filter((path) => late.includes(path));
    expect(again.filter((path) => !/\/(?:tty[a-zA-Z]|hvc|LNXPWRBN|PNP0C0C)[^/]*$/.test(path))).toEqual([]);
    for (const kind of ['block', 'net'])
      expect(early).toEqual(expect.arrayContaining([...(await devicesOf([`${start} --subsystem-match=${kind}`]))]));
    expect(early.length).toBeLessThan(late.length);
  });
});

describe('the companion of the daemon', () => {
  /** Whether it restarts a daemon that started with this name, and whose settings are newer or older. */
  async function restarts(startedAs: string | undefined, settings: 'newer' | 'older' | 'none'): Promise<boolean> {
    const place = join(directory.path, `companion-${count++}`);
    await mkdir(place);
    const [environment, options] = [join(place, 'env'), join(place, 'settings')];
    await writeFile(environment, startedAs === undefined ? '\n' : `# ${startedAs}\nA="${startedAs}"\n`);
    if (settings !== 'none') {
      await writeFile(options, 'B=1\n');
      const time = settings === 'newer' ? 4_000_000_000 : 1;
      await utimes(options, time, time);
    }
    const script = scriptAt('/usr/local/libexec/ch-golden/daemon-companion')
      .replaceAll('/run/daytona-daemon.env', quoteShell(environment))
      .replaceAll('/etc/default/daytona-daemon', quoteShell(options))
      .replaceAll('/proc/sys/kernel/hostname', quoteShell(join(place, 'hostname')));
    await writeFile(join(place, 'hostname'), 'vm-1\n');
    const stubs = 'systemctl() { echo "$*"; }\n';
    const { stdout } = await processes.run({ argv: ['sh', '-c', `${stubs}${script}`] });
    return stdout === '--no-block try-restart daytona-daemon.service\n';
  }

  test.each([
    ['vm-1', 'none', false],
    ['vm-1', 'older', false],
    ['vm-1', 'newer', true],
    ['ubuntu', 'none', true],
    ['ubuntu', 'older', true],
    [undefined, 'none', false],
    [undefined, 'newer', true],
  ] as const)('started as %s, with %s settings', async (startedAs, settings, expected) => {
    expect(await restarts(startedAs, settings)).toBe(expected);
  });
});

test('the units are valid', async () => {
  const { stdout } = await processes.run({ argv: ['sh', '-c', 'command -v systemd-analyze || true'] });
  if (stdout === '') return;
  const place = join(directory.path, `units-${count++}`);
  await mkdir(place);
  const golden = planImage({ path: '/bin/true', sha256: 'a' }, ['DAYTONA_SANDBOX_ID=%H'], [], {
    profile: 'fast',
    keep: [],
  });
  const units = golden.flatMap((edit) =>
    edit.kind === 'write' && 'text' in edit.content && edit.path.endsWith('.service')
      ? [{ name: edit.path.split('/').at(-1) ?? '', text: edit.content.text }]
      : [],
  );
  expect(units.length).toBeGreaterThan(2);
  for (const { name, text } of units)
    await writeFile(join(place, name), text.replace(/^ExecStart=-?\/\S+/m, 'ExecStart=/bin/true'));
  const { stdout: complaints } = await processes.run({
    argv: ['sh', '-c', 'cd "$0" && systemd-analyze verify --man=no ./*[!@].service 2>&1 || true', place],
  });
  expect(complaints.split('\n').filter((line) => line.includes(place))).toEqual([]);
});
