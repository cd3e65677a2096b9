import type { BootProfile } from '../platform/choices.js';
import {
  deviceUnit,
  earlyDevicesLines,
  lateDevicesScript,
  lateDevicesScriptLines,
  lateDevicesUnit,
  lateDevicesUnitLines,
  lateModuleLines,
  lateModules,
} from './boot-devices.js';
import {
  mainScript,
  mainScriptText,
  mainUnit,
  stageScript,
  stageScriptText,
  stageUnits,
  stagesGenerator,
  stagesGeneratorText,
  stagesScript,
  stagesScriptText,
  stagesUnit,
  stagesUnitLines,
} from './cloud-init-stages.js';
import { daemonPaths, daemonUnit } from './daemon-edits.js';
import {
  addressEndLines,
  addressEndScript,
  addressEndUnit,
  addressEndUnitLines,
  addressLines,
  addressScript,
  addressUnit,
  addressUnitLines,
  cardUnit,
} from './early-address.js';
import { rootOwned, type Condition, type FileEdit } from './plan.js';

/** How the image boots. */
export interface BootRequest {
  readonly profile: BootProfile;
  /** Units, and other names in `bootUnits`, that the profile leaves alone. */
  readonly keep: readonly string[];
}

export const stockBoot: BootRequest = { profile: 'stock', keep: [] };

/** Edits that belong together: to keep one of the units is to leave out all of them. */
export interface BootChange {
  readonly units: readonly string[];
  readonly edits: readonly FileEdit[];
}

/** What boot-keep calls the published initramfs. */
const slimInitramfs = 'initramfs';

/** What boot-keep calls the self-tests of the kernel's ciphers. */
const cipherTests = 'cryptomgr';

const administratorUnits = '/etc/systemd/system';

/** Where packages have a unit, or its template. `/lib` is a directory on a base without merged /usr. */
function packagedUnit(unit: string): readonly string[] {
  const name = unit.replace(/@.+\./, '@.');
  return [`/usr/lib/systemd/system/${name}`, `/lib/systemd/system/${name}`];
}

/** A unit of a package that no administrator's file replaces, if no file matches `unless`. */
function asPackaged(unit: string, unless: readonly string[] = []): Condition {
  return { has: packagedUnit(unit), hasNot: [`${administratorUnits}/${unit}`, ...unless] };
}

/** Masks units that packages have, unless an administrator's file replaces one, or a file matches `unless`. */
function mask(units: readonly string[], unless: readonly string[] = []): BootChange {
  const edits = units.map(
    (unit): FileEdit => ({
      kind: 'link',
      path: `${administratorUnits}/${unit}`,
      target: '/dev/null',
      when: asPackaged(unit, unless),
    }),
  );
  return { units, edits };
}

function text(path: string, lines: readonly string[], when?: Condition, mode = 0o644): FileEdit {
  return file(path, `${lines.join('\n')}\n`, when, mode);
}

function file(path: string, content: string, when?: Condition, mode = 0o644): FileEdit {
  return { kind: 'write', path, content: { text: content }, attributes: rootOwned(mode), when };
}

/** Masks a generator of systemd, unless an administrator's file replaces it. */
function maskGenerator(name: string): BootChange {
  const path = `/etc/systemd/system-generators/${name}`;
  const packaged = [`/usr/lib/systemd/system-generators/${name}`, `/lib/systemd/system-generators/${name}`];
  return {
    units: [name],
    edits: [{ kind: 'link', path, target: '/dev/null', when: { has: packaged, hasNot: [path] } }],
  };
}

function dropIn(unit: string, lines: readonly string[], when: Condition): FileEdit {
  return text(`${administratorUnits}/${unit}.d/ch-golden-boot.conf`, lines, when);
}

/** VMs of one image must not all start apt at the same moment. The timers stay. */
function spreadTimer(unit: string): BootChange {
  const when = { has: packagedUnit(unit), hasNot: [] };
  return { units: [unit], edits: [dropIn(unit, ['[Timer]', 'RandomizedDelaySec=12h'], when)] };
}

const waitOnline = 'systemd-networkd-wait-online.service';
const isOnline = 'ch-golden-online.service';

/** cloud-init 24.3 has it, and waits for the network itself, only if user data needs it. */
const waitsItself = packagedUnit(mainUnit);

/**
 * cloud-init's second stage waits for the network before anything else may start. With a NoCloud seed it does not need
 * one. What needs the network is ordered after network-online.target, which still waits for it.
 */
function deferNetwork(): BootChange {
  const path = `${administratorUnits}/${waitOnline}`;
  // Where it is not enabled, networkd need not manage a link, and a wait for one would only end by its time limit.
  const when = {
    has: [`${administratorUnits}/network-online.target.wants/${waitOnline}`],
    hasNot: [path, ...waitsItself],
  };
  const unit = [
    '[Unit]',
    'Description=Wait for the network',
    'ConditionPathExists=/run/systemd/netif',
    'After=systemd-networkd.service network.target',
    'Before=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=-/lib/systemd/systemd-networkd-wait-online --any --timeout=30',
  ];
  return {
    units: [waitOnline],
    edits: [
      // Before the mask, which would not meet the condition.
      text(`${administratorUnits}/${isOnline}`, unit, when),
      {
        kind: 'link',
        path: `${administratorUnits}/network-online.target.wants/${isOnline}`,
        target: `../${isOnline}`,
        when,
      },
      { kind: 'link', path, target: '/dev/null', when },
    ],
  };
}

const cloudConfig = '/etc/cloud/cloud.cfg';
const identifyConfig = '/etc/cloud/ds-identify.cfg';

/** cloud-init stays: it looks for a NoCloud seed only, and skips modules of other clouds. */
const trimCloudInit: BootChange = {
  units: ['cloud-init.service'],
  edits: [
    // In one line, as ds-identify reads it. The last name in the directory wins.
    text('/etc/cloud/cloud.cfg.d/99_ch-golden-boot.cfg', ['datasource_list: [ NoCloud, None ]'], {
      has: [cloudConfig],
      hasNot: [],
    }),
    text(identifyConfig, ['policy: enabled'], {
      has: ['/usr/lib/cloud-init/ds-identify', '/lib/cloud-init/ds-identify'],
      hasNot: [identifyConfig],
    }),
    {
      kind: 'derive',
      path: '/etc/cloud/cloud.cfg.d/99_ch-golden-modules.cfg',
      from: cloudConfig,
      rule: 'cloud-init-modules',
      attributes: rootOwned(0o644),
    },
  ],
};

const hasCloudInit: Condition = { has: ['/usr/lib/python3/dist-packages/cloudinit/cmd/main.py'], hasNot: [] };
const hasPlainStages: Condition = { ...hasCloudInit, hasNot: waitsItself };
const hasOneProcess: Condition = { has: waitsItself, hasNot: [] };

/** See cloud-init-stages.ts. */
const importOnce: BootChange = {
  units: [stagesUnit],
  edits: [
    file(stagesScript, stagesScriptText, hasPlainStages),
    file(stageScript, stageScriptText, hasPlainStages),
    text(`${administratorUnits}/${stagesUnit}`, stagesUnitLines, hasPlainStages),
    file(mainScript, mainScriptText, hasOneProcess),
    file(stagesGenerator, stagesGeneratorText, hasCloudInit, 0o755),
  ],
};

/** What the end of the boot waits for. Its CPU time is not shared evenly with the coldplug of devices. */
const firstUnits = [daemonUnit, stagesUnit, mainUnit, ...stageUnits];

/**
 * The daemon may start before cloud-init has set the host name only if the kernel's command line has set it. systemd
 * older than 246 ignores `systemd.hostname=`, so the names are compared.
 */
const generator = [
  '#!/bin/sh',
  'read -r cmdline < /proc/cmdline',
  'read -r name < /proc/sys/kernel/hostname',
  `cd "$1" && mkdir -p ${firstUnits.map((unit) => `${unit}.d`).join(' ')} || exit 1`,
  `for unit in ${firstUnits.join(' ')}; do`,
  `  printf '[Service]\\nStartupCPUWeight=1000\\n' > "$unit.d/first.conf"`,
  'done',
  'set -f',
  'for word in $cmdline; do',
  '  [ "$word" != "systemd.hostname=$name" ] || exit 0',
  'done',
  `printf '[Unit]\\nAfter=cloud-init-local.service\\n' >> "${daemonUnit}.d/first.conf"`,
];

const companionUnit = 'daytona-daemon-companion.service';
const companionScript = '/usr/local/libexec/ch-golden/daemon-companion';

/** Restarts a daemon that started with another name, or with other settings, than cloud-init has set since. */
const companionLines = [
  `read -r mark name < ${daemonPaths.startEnvironment}`,
  'read -r current < /proc/sys/kernel/hostname',
  `if [ "$mark" = "#" ] && [ "$name" != "$current" ] ||`,
  `  [ ${daemonPaths.settings} -nt ${daemonPaths.startEnvironment} ]; then`,
  `  systemctl --no-block try-restart ${daemonUnit}`,
  'fi',
];

/** Stops the daemon while the system is still up, as the order of a stock unit does. */
const companion = [
  '[Unit]',
  'Description=Daytona Daemon Service, after the network',
  'After=network.target cloud-init.service cloud-init-network.service',
  '',
  '[Service]',
  'Type=oneshot',
  'RemainAfterExit=yes',
  `ExecStart=-/bin/sh ${companionScript}`,
  `ExecStop=-/bin/systemctl stop ${daemonUnit}`,
  '',
  '[Install]',
  'WantedBy=multi-user.target',
];

const startEarly: BootChange = {
  units: [daemonUnit],
  edits: [
    text('/etc/systemd/system-generators/daytona-daemon-names', generator, undefined, 0o755),
    text(companionScript, companionLines),
    text(`${administratorUnits}/${companionUnit}`, companion),
    { kind: 'enable-unit', unit: companionUnit, target: 'multi-user.target' },
  ],
};

const ifupdown = ['/usr/sbin/ifup', '/sbin/ifup'];
const networkManager = packagedUnit('NetworkManager.service');
const hasIfupdown: Condition = { has: ifupdown, hasNot: networkManager };

/** systemd-networkd takes an address over. */
const hasNetwork: Condition = {
  has: ['/etc/systemd/system/multi-user.target.wants/systemd-networkd.service', '/usr/sbin/netplan', ...ifupdown],
  hasNot: networkManager,
};

const addressEarly: BootChange = {
  units: [addressUnit, cardUnit, addressEndUnit],
  edits: [
    text(addressScript, addressLines, hasNetwork),
    text(
      `${administratorUnits}/${addressUnit}`,
      addressUnitLines("Address from the kernel's command line", ''),
      hasNetwork,
    ),
    {
      kind: 'link',
      path: `${administratorUnits}/sysinit.target.wants/${addressUnit}`,
      target: `../${addressUnit}`,
      when: hasNetwork,
    },
    text(
      `${administratorUnits}/${cardUnit}`,
      addressUnitLines("Address of %I from the kernel's command line", ' %I'),
      hasNetwork,
    ),
    text(
      '/etc/udev/rules.d/90-ch-golden-address.rules',
      [
        'ACTION=="add", SUBSYSTEM=="net", DRIVERS=="virtio_net", TAG+="systemd", ' +
          'ENV{SYSTEMD_WANTS}+="ch-golden-address@$name.service"',
      ],
      hasNetwork,
    ),
    text(addressEndScript, addressEndLines, hasIfupdown),
    text(`${administratorUnits}/${addressEndUnit}`, addressEndUnitLines, hasIfupdown),
    {
      kind: 'link',
      path: `${administratorUnits}/networking.service.wants/${addressEndUnit}`,
      target: `../${addressEndUnit}`,
      when: hasIfupdown,
    },
  ],
};

/** At the first boot, cloud-init prepares upgrades of GRUB, even if there is none. User data can turn that on again. */
const skipGrub: BootChange = {
  units: ['grub-dpkg'],
  edits: [
    text('/etc/cloud/cloud.cfg.d/99_ch-golden-grub.cfg', ['grub_dpkg:', '  enabled: false'], {
      has: [cloudConfig],
      hasNot: ['/usr/sbin/grub-probe', '/usr/sbin/grub-install'],
    }),
  ],
};

const hasDeviceUnit = asPackaged(deviceUnit);

/** See boot-devices.ts. */
const fewerDevices: BootChange = {
  units: [deviceUnit, lateDevicesUnit],
  edits: [
    dropIn(deviceUnit, earlyDevicesLines, hasDeviceUnit),
    text(lateDevicesScript, lateDevicesScriptLines, hasDeviceUnit),
    text(`${administratorUnits}/${lateDevicesUnit}`, lateDevicesUnitLines, hasDeviceUnit),
    {
      kind: 'link',
      path: `${administratorUnits}/multi-user.target.wants/${lateDevicesUnit}`,
      target: `../${lateDevicesUnit}`,
      when: hasDeviceUnit,
    },
  ],
};

function loadLater(module: (typeof lateModules)[number]): BootChange {
  const unit = `modprobe@${module}.service`;
  return { units: [unit], edits: [dropIn(unit, lateModuleLines(module), asPackaged(unit))] };
}

const resolver = 'systemd-resolved.service';

/**
 * For DNS over TLS, resolved reads the certificates of all authorities when it starts: most of its CPU time. With an
 * empty bundle, OpenSSL looks up each certificate by its hash in the directory that has them as separate files.
 */
const lookUpAuthorities: BootChange = {
  units: [resolver],
  edits: [dropIn(resolver, ['[Service]', 'Environment=SSL_CERT_FILE=/dev/null'], asPackaged(resolver))],
};

const createUsers = 'systemd-sysusers.service';
const updates = mask([
  'ldconfig.service',
  'systemd-hwdb-update.service',
  'systemd-journal-catalog-update.service',
  'systemd-update-done.service',
]);

/**
 * What is for a /usr that is replaced while the system is off. Packages update the caches, and create their users,
 * themselves. A VMM can pass more users in a credential.
 */
const skipUpdates: BootChange = {
  units: [...updates.units, createUsers],
  edits: [
    ...updates.edits,
    dropIn(
      createUsers,
      ['[Unit]', 'ConditionNeedsUpdate=', 'ConditionCredential=sysusers.extra'],
      asPackaged(createUsers, ['/etc/sysusers.d/*']),
    ),
  ],
};

/** sshd checks its configuration itself. */
const testSshOnce: BootChange = {
  units: ['ssh.service'],
  edits: [dropIn('ssh.service', ['[Service]', 'ExecStartPre='], asPackaged('ssh.service'))],
};

const deviceRules = 'systemd-udev-load-credentials.service';
/** Not without such credentials. Source: ImportCredential= in systemd.exec(5). */
const loadDeviceRules: BootChange = {
  units: [deviceRules],
  edits: [
    dropIn(
      deviceRules,
      [
        '[Unit]',
        ...['/run/credentials/@*', '/etc/credstore*', '/run/credstore*', '/usr/lib/credstore*'].map(
          (directory) => `ConditionPathExistsGlob=|${directory}/udev.*`,
        ),
      ],
      asPackaged(deviceRules),
    ),
  ],
};

/** Everything that the profile `fast` changes. */
export const bootChanges: readonly BootChange[] = [
  startEarly,
  addressEarly,
  // See slim-initramfs.ts: it is not a file of the image.
  { units: [slimInitramfs], edits: [] },
  // See bootArguments: they are not in the image.
  { units: [cipherTests], edits: [] },
  {
    units: ['boot.mount'],
    edits: [
      { kind: 'derive', path: '/etc/fstab', from: '/etc/fstab', rule: 'fstab-boot', attributes: rootOwned(0o644) },
    ],
  },
  trimCloudInit,
  importOnce,
  skipGrub,
  fewerDevices,
  ...lateModules.map(loadLater),
  lookUpAuthorities,
  deferNetwork(),
  // For sshd on VSOCK. To find out whether there is any, it makes the kernel load the drivers of all hypervisors.
  maskGenerator('systemd-ssh-generator'),
  skipUpdates,
  // Cloud Hypervisor has no screen.
  mask(['getty@tty1.service']),
  testSshOnce,
  loadDeviceRules,
  mask(['e2scrub_reap.service']),
  mask(['multipathd.service', 'multipathd.socket'], ['/etc/multipath/conf.d/*']),
  mask(['iscsid.service', 'iscsid.socket', 'open-iscsi.service'], ['/etc/iscsi/nodes/*', '/etc/iscsi/send_targets/*']),
  mask(['ModemManager.service']),
  mask(['udisks2.service']),
  mask(['fwupd.service', 'fwupd-refresh.service', 'fwupd-refresh.timer']),
  // LVM writes a backup of each volume group that it knows.
  mask(['lvm2-monitor.service'], ['/etc/lvm/backup/*', '/etc/lvm/archive/*']),
  mask(['pollinate.service']),
  mask(
    [
      'snapd.service',
      'snapd.socket',
      'snapd.seeded.service',
      'snapd.apparmor.service',
      'snapd.autoimport.service',
      'snapd.core-fixup.service',
      'snapd.recovery-chooser-trigger.service',
    ],
    ['/var/lib/snapd/seed/snaps/*', '/var/lib/snapd/snaps/*'],
  ),
  spreadTimer('apt-daily.timer'),
  spreadTimer('apt-daily-upgrade.timer'),
];

/** What boot-keep can name. */
export const bootUnits: readonly string[] = bootChanges.flatMap(({ units }) => units);

function isKept(request: BootRequest, { units }: BootChange): boolean {
  return units.some((unit) => request.keep.includes(unit));
}

/** Whether the initramfs that is published has only what a VM needs. */
export function slimsInitramfs(request: BootRequest): boolean {
  return request.profile === 'fast' && !request.keep.includes(slimInitramfs);
}

/**
 * What is added to the kernel's command line. Without `cryptomgr.notests`, the kernel tests each cipher when it is
 * registered, which takes 6 s of an emulated CPU. With `fips=1`, it still tests them. Source: Linux,
 * Documentation/admin-guide/kernel-parameters.txt.
 */
export function bootArguments(request: BootRequest): readonly string[] {
  return request.profile === 'fast' && !request.keep.includes(cipherTests) ? ['cryptomgr.notests'] : [];
}

/** Whether the daemon starts before the network. */
export function startsEarly(request: BootRequest): boolean {
  return request.profile === 'fast' && !isKept(request, startEarly);
}

export function planBoot(request: BootRequest): readonly FileEdit[] {
  if (request.profile === 'stock') return [];
  return bootChanges.filter((change) => !isKept(request, change)).flatMap(({ edits }) => edits);
}
