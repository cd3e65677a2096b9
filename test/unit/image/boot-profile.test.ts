import { describe, expect, test } from '@jest/globals';
import { planImage } from '../../../src/app/build/plan-image.js';
import { listApplied } from '../../../src/image/applied-edits.js';
import {
  bootChanges,
  bootUnits,
  planBoot,
  slimsInitramfs,
  startsEarly,
  type BootRequest,
} from '../../../src/image/boot-profile.js';
import { formatEdit, type FileEdit } from '../../../src/image/plan.js';
import { resolveEdits } from '../../../src/image/resolve-edits.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const fast: BootRequest = { profile: 'fast', keep: [] };
const none: Tree = { 'etc/systemd/system': { directory: true }, 'usr/lib/systemd/system': { directory: true } };
const units = 'usr/lib/systemd/system';

/** Guest paths that the profile writes or links. */
async function changedIn(tree: Tree, request = fast, more: readonly FileEdit[] = []): Promise<readonly string[]> {
  const operations = await resolveEdits([...more, ...planBoot(request)], openFakeFiles({ ...none, ...tree }));
  return operations.flatMap(({ kind, path }) => (kind === 'write' || kind === 'link' ? [path] : []));
}

async function masksOf(tree: Tree, request = fast): Promise<readonly string[]> {
  const operations = await resolveEdits(planBoot(request), openFakeFiles({ ...none, ...tree }));
  return operations.flatMap((operation) =>
    operation.kind === 'link' && operation.target === '/dev/null'
      ? [operation.path.replace('/etc/systemd/system/', '')]
      : [],
  );
}

test('stock changes nothing', () => {
  expect(planBoot({ profile: 'stock', keep: [] })).toEqual([]);
  expect(startsEarly({ profile: 'stock', keep: [] })).toBe(false);
  expect(planImage({ path: '/d', sha256: 'a' }, [])).toEqual(
    planImage({ path: '/d', sha256: 'a' }, [], [], { profile: 'stock', keep: [] }),
  );
});

test('an image without any of the units only gets what the daemon needs', async () => {
  expect(await changedIn({})).toEqual([
    '/etc/systemd/system-generators/daytona-daemon-names',
    '/usr/local/libexec/ch-golden/daemon-companion',
    '/etc/systemd/system/daytona-daemon-companion.service',
    '/etc/systemd/system/multi-user.target.wants/daytona-daemon-companion.service',
  ]);
});

describe('masks', () => {
  test('only units that are there', async () => {
    expect(await masksOf({ [`${units}/udisks2.service`]: 'x', [`${units}/pollinate.service`]: 'x' })).toEqual([
      'udisks2.service',
      'pollinate.service',
    ]);
  });

  test('also in /lib, if that is a directory of its own', async () => {
    expect(await masksOf({ 'lib/systemd/system/ModemManager.service': 'x' })).toEqual(['ModemManager.service']);
  });

  test.each(['usr/lib', 'lib'])('a generator (%s)', async (place) => {
    const generator = 'systemd/system-generators/systemd-ssh-generator';
    const own = `/etc/${generator}`;
    expect(await changedIn({ [`${place}/${generator}`]: 'x' })).toContain(own);
    expect(await changedIn({ [`${place}/${generator}`]: 'x', [own.slice(1)]: 'mine' })).not.toContain(own);
    expect(
      await changedIn({ [`${place}/${generator}`]: 'x' }, { ...fast, keep: ['systemd-ssh-generator'] }),
    ).not.toContain(own);
  });

  test('not a unit that an administrator has replaced, or masked', async () => {
    expect(
      await masksOf({
        [`${units}/udisks2.service`]: 'x',
        'etc/systemd/system/udisks2.service': 'mine',
        [`${units}/fwupd.service`]: 'x',
        'etc/systemd/system/fwupd.service': { link: '/dev/null' },
      }),
    ).toEqual([]);
  });

  test('not a unit that the plan itself replaces', async () => {
    const path = '/etc/systemd/system/udisks2.service';
    const mine: FileEdit = { kind: 'write', path, content: { text: 'x' }, attributes: { mode: 0o644, uid: 0, gid: 0 } };
    const tree = { [`${units}/udisks2.service`]: 'x' };
    expect((await changedIn(tree, fast, [mine])).filter((changed) => changed === path)).toHaveLength(1);
  });

  test.each([
    ['lvm2-monitor.service', 'etc/lvm/backup/vg0'],
    ['multipathd.service', 'etc/multipath/conf.d/san.conf'],
    ['iscsid.service', 'etc/iscsi/nodes/iqn.x'],
    ['snapd.service', 'var/lib/snapd/seed/snaps/core_1.snap'],
    ['snapd.service', 'var/lib/snapd/snaps/lxd_1.snap'],
  ])('%s stays with %s', async (unit, use) => {
    expect(await masksOf({ [`${units}/${unit}`]: 'x' })).toEqual([unit]);
    expect(await masksOf({ [`${units}/${unit}`]: 'x', [use]: 'x' })).toEqual([]);
  });

  test('an empty directory of seeds is no seed', async () => {
    expect(await masksOf({ [`${units}/snapd.socket`]: 'x', 'var/lib/snapd/seed/snaps': { directory: true } })).toEqual([
      'snapd.socket',
    ]);
  });
});

describe('the network', () => {
  const unit = 'etc/systemd/system/network-online.target.wants/systemd-networkd-wait-online.service';
  test('is waited for before network-online.target, not before cloud-init', async () => {
    expect((await changedIn({ [unit]: 'x' })).slice(4)).toEqual([
      '/etc/systemd/system/ch-golden-online.service',
      '/etc/systemd/system/network-online.target.wants/ch-golden-online.service',
      '/etc/systemd/system/systemd-networkd-wait-online.service',
    ]);
  });

  test('is not waited for by an image that does not wait for networkd', async () => {
    expect((await changedIn({ [`${units}/systemd-networkd-wait-online.service`]: 'x' })).slice(4)).toEqual([]);
  });

  test('a cloud-init that waits itself keeps the unit that it starts', async () => {
    expect((await changedIn({ [unit]: 'x', [`${units}/cloud-init-main.service`]: 'x' })).slice(4)).toEqual([
      '/usr/local/libexec/ch-golden/cloud-init-main',
    ]);
  });
});

describe('the early address', () => {
  const isAddress = (path: string): boolean => path.includes('address');
  const ends = [
    '/usr/local/libexec/ch-golden/early-address-end',
    '/etc/systemd/system/ch-golden-address-end.service',
    '/etc/systemd/system/networking.service.wants/ch-golden-address-end.service',
  ];
  const addressOf = async (tree: Tree): Promise<readonly string[]> => (await changedIn(tree)).filter(isAddress);

  test('is for systemd-networkd', async () => {
    expect(await addressOf({ 'usr/sbin/netplan': 'x' })).toEqual([
      '/usr/local/libexec/ch-golden/early-address',
      '/etc/systemd/system/ch-golden-address.service',
      '/etc/systemd/system/sysinit.target.wants/ch-golden-address.service',
      '/etc/systemd/system/ch-golden-address@.service',
      '/etc/udev/rules.d/90-ch-golden-address.rules',
    ]);
  });

  test.each(['usr/sbin/ifup', 'sbin/ifup'])('is taken away before ifupdown (%s) sets it', async (ifup) => {
    expect((await addressOf({ [ifup]: 'x' })).slice(-3)).toEqual(ends);
  });

  test('is not for NetworkManager, or an image without any of them', async () => {
    const manager = { [`${units}/NetworkManager.service`]: 'x', 'usr/sbin/ifup': 'x', 'usr/sbin/netplan': 'x' };
    expect(await addressOf(manager)).toEqual([]);
    expect(await addressOf({})).toEqual([]);
  });
});

test('the initramfs is slim with the profile, unless it is kept', () => {
  expect(slimsInitramfs(fast)).toBe(true);
  expect(slimsInitramfs({ profile: 'fast', keep: ['initramfs'] })).toBe(false);
  expect(slimsInitramfs({ profile: 'stock', keep: [] })).toBe(false);
});

describe('cloud-init', () => {
  const config = { 'etc/cloud/cloud.cfg': 'cloud_init_modules:\n - migrator\n - ssh\n' };
  const pin = '/etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg';
  test('is pinned to NoCloud and trimmed', async () => {
    expect((await changedIn({ ...config, 'usr/lib/cloud-init/ds-identify': 'x' })).slice(4)).toEqual([
      pin,
      '/etc/cloud/ds-identify.cfg',
      '/etc/cloud/cloud.cfg.d/99_ch-golden-modules.cfg',
      '/etc/cloud/cloud.cfg.d/99_ch-golden-grub.cfg',
    ]);
  });

  test.each(['usr/sbin/grub-probe', 'usr/sbin/grub-install'])(
    'prepares upgrades of GRUB if there is %s',
    async (path) => {
      expect(await changedIn({ ...config, [path]: 'x' })).not.toContain('/etc/cloud/cloud.cfg.d/99_ch-golden-grub.cfg');
    },
  );

  test('keeps the policy of the base', async () => {
    const tree = { ...config, 'usr/lib/cloud-init/ds-identify': 'x', 'etc/cloud/ds-identify.cfg': 'policy: search' };
    expect(await changedIn(tree)).not.toContain('/etc/cloud/ds-identify.cfg');
  });

  test('has its data sources in one line, which is all that ds-identify reads', () => {
    const edit = planBoot(fast).find((candidate) => 'path' in candidate && candidate.path === pin);
    expect(edit).toMatchObject({ content: { text: 'datasource_list: [ NoCloud, None ]\n' } });
  });
});

describe('the stages of cloud-init', () => {
  const packaged = 'usr/lib/python3/dist-packages/cloudinit/cmd/main.py';
  test('share one import', async () => {
    expect((await changedIn({ [packaged]: 'x' })).slice(4)).toEqual([
      '/usr/local/libexec/ch-golden/cloud-init-stages',
      '/usr/local/libexec/ch-golden/cloud-init-stage',
      '/etc/systemd/system/ch-golden-cloud-init.service',
      '/etc/systemd/system-generators/ch-golden-cloud-init',
    ]);
  });

  test.each(['usr/lib', 'lib'])('stay in the one process of cloud-init 24.3 (%s)', async (place) => {
    const tree = { [packaged]: 'x', [`${place}/systemd/system/cloud-init-main.service`]: 'x' };
    expect((await changedIn(tree)).slice(4)).toEqual([
      '/usr/local/libexec/ch-golden/cloud-init-main',
      '/etc/systemd/system-generators/ch-golden-cloud-init',
    ]);
  });
});

describe('devices', () => {
  const deviceUnit = 'systemd-udev-trigger.service';
  test('that no unit waits for are added after the boot', async () => {
    expect((await changedIn({ [`${units}/${deviceUnit}`]: 'x' })).slice(4)).toEqual([
      '/etc/systemd/system/systemd-udev-trigger.service.d/ch-golden-boot.conf',
      '/usr/local/libexec/ch-golden/late-devices',
      '/etc/systemd/system/ch-golden-devices.service',
      '/etc/systemd/system/multi-user.target.wants/ch-golden-devices.service',
    ]);
  });

  test('are added by the unit of an administrator as before', async () => {
    const tree = { [`${units}/${deviceUnit}`]: 'x', [`etc/systemd/system/${deviceUnit}`]: 'mine' };
    expect((await changedIn(tree)).slice(4)).toEqual([]);
  });

  test('modules are loaded on demand, unless their unit is kept', async () => {
    const tree = { [`${units}/modprobe@.service`]: 'x' };
    const dropIn = (module: string): string => `/etc/systemd/system/modprobe@${module}.service.d/ch-golden-boot.conf`;
    expect((await changedIn(tree)).slice(4)).toEqual(
      ['configfs', 'dm_mod', 'drm', 'efi_pstore', 'fuse', 'loop'].map(dropIn),
    );
    const keep = ['modprobe@fuse.service'];
    expect(await changedIn(tree, { profile: 'fast', keep })).not.toContain(dropIn('fuse'));
  });
});

test('resolved does not read all authorities at its start', async () => {
  const dropIn = '/etc/systemd/system/systemd-resolved.service.d/ch-golden-boot.conf';
  expect((await changedIn({ [`${units}/systemd-resolved.service`]: 'x' })).slice(4)).toEqual([dropIn]);
  expect(await changedIn({ 'lib/systemd/system/systemd-resolved.service': 'x' })).toContain(dropIn);
});

test('the users of an administrator are still created at boot', async () => {
  const tree = { [`${units}/systemd-sysusers.service`]: 'x' };
  const dropIn = '/etc/systemd/system/systemd-sysusers.service.d/ch-golden-boot.conf';
  expect((await changedIn(tree)).slice(4)).toEqual([dropIn]);
  expect(await changedIn({ ...tree, 'etc/sysusers.d/mine.conf': 'x' })).not.toContain(dropIn);
  expect(await changedIn(tree, { profile: 'fast', keep: ['ldconfig.service'] })).not.toContain(dropIn);
});

test('a screen gets no login, unless an administrator has set one up', async () => {
  const tree = { [`${units}/getty@.service`]: 'x' };
  const login = '/etc/systemd/system/getty@tty1.service';
  expect((await changedIn(tree)).slice(4)).toEqual([login]);
  expect(await changedIn({ ...tree, [login.slice(1)]: 'mine' })).not.toContain(login);
});

test('rules for devices are loaded from credentials only if there are any', async () => {
  expect((await changedIn({ [`${units}/systemd-udev-load-credentials.service`]: 'x' })).slice(4)).toEqual([
    '/etc/systemd/system/systemd-udev-load-credentials.service.d/ch-golden-boot.conf',
  ]);
});

test('sshd tests its configuration once', async () => {
  expect((await changedIn({ [`${units}/ssh.service`]: 'x' })).slice(4)).toEqual([
    '/etc/systemd/system/ssh.service.d/ch-golden-boot.conf',
  ]);
});

test('timers of apt are spread, not masked', async () => {
  expect((await changedIn({ [`${units}/apt-daily.timer`]: 'x' })).slice(4)).toEqual([
    '/etc/systemd/system/apt-daily.timer.d/ch-golden-boot.conf',
  ]);
});

describe('boot-keep', () => {
  const all = Object.fromEntries(bootUnits.map((unit) => [`${units}/${unit}`, 'x']));
  test.each(bootChanges.map((change) => [change.units.at(-1) ?? '', change] as const))(
    '%s takes out its edits, and nothing else',
    async (unit, change) => {
      const kept = new Set(planBoot({ profile: 'fast', keep: [unit] }).map(formatEdit));
      const left = planBoot(fast).map(formatEdit);
      const own = change.edits.map(formatEdit);
      expect(left.filter((line) => !kept.has(line))).toEqual(own);
      expect(await masksOf(all, { profile: 'fast', keep: [unit] })).not.toContain(unit);
    },
  );

  test('the daemon starts as the guide has it', () => {
    const request: BootRequest = { profile: 'fast', keep: ['daytona-daemon.service'] };
    expect(startsEarly(request)).toBe(false);
    expect(planImage({ path: '/d', sha256: 'a' }, [], [], request).slice(-3)).toEqual(
      planImage({ path: '/d', sha256: 'a' }, []).slice(-3),
    );
  });

  test('no unit is in two changes', () => {
    expect(new Set(bootUnits).size).toBe(bootUnits.length);
  });
});

describe('what is listed', () => {
  test('edits that the image has, and no others', async () => {
    const tree: Tree = {
      ...none,
      'etc/systemd/system/udisks2.service': { link: '/dev/null' },
      'etc/systemd/system/pollinate.service': { link: '/elsewhere' },
      'etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg': 'datasource_list: [ NoCloud, None ]\n',
      'etc/cloud/ds-identify.cfg': 'policy: search\n',
      'etc/fstab': '# Changed by the boot profile of ch-golden.\nx',
    };
    const listed = (await listApplied(planBoot(fast), openFakeFiles(tree))).map(formatEdit);
    expect(listed).toEqual([
      'write /etc/systemd/system-generators/daytona-daemon-names (0755)',
      'write /usr/local/libexec/ch-golden/daemon-companion (0644)',
      'write /etc/systemd/system/daytona-daemon-companion.service (0644)',
      'enable daytona-daemon-companion.service for multi-user.target',
      'change /etc/fstab (fstab-boot)',
      'write /etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg (0644)',
      'mask udisks2.service',
    ]);
  });
});
