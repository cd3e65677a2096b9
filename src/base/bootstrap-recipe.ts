/** Version of the recipe. Increment it if the image changes in a way that the recipe itself does not show. */
const recipeSchema = 1;

export type DistributionName = 'debian' | 'ubuntu';

/** The suites that the recipe supports: those with a separate package systemd-resolved. */
const suites: Readonly<Record<DistributionName, readonly string[]>> = {
  debian: ['bookworm', 'trixie', 'forky', 'sid'],
  ubuntu: ['noble', 'plucky', 'questing', 'resolute'],
};

export const bootstrapSuites: readonly string[] = [...suites.debian, ...suites.ubuntu];

export function distributionOf(suite: string): DistributionName {
  return suites.ubuntu.includes(suite) ? 'ubuntu' : 'debian';
}

/** How an image is built from a distribution's packages. */
export interface Recipe {
  readonly schema: number;
  readonly suite: string;
  readonly architecture: 'amd64';
  readonly components: readonly string[];
  readonly packages: readonly string[];
  /** Content by path in the root filesystem. */
  readonly files: Readonly<Record<string, string>>;
}

export function createRecipe(suite: string): Recipe {
  const distribution = distributionOf(suite);
  return {
    schema: recipeSchema,
    suite,
    architecture: 'amd64',
    components: distribution === 'ubuntu' ? ['main', 'universe'] : ['main'],
    packages: [...ownPackages[distribution], ...commonPackages],
    files: systemFiles,
  };
}

const ownPackages = {
  ubuntu: ['linux-image-virtual'],
  // For ifupdown, cloud-init sets a default route with route(8).
  debian: ['linux-image-cloud-amd64', 'net-tools'],
} as const;

const commonPackages = [
  'ca-certificates',
  'cloud-init',
  'curl',
  'initramfs-tools',
  'iproute2',
  'netplan.io',
  'openssh-server',
  'systemd-resolved',
  'systemd-sysv',
];

const sectorBytes = 512;
const mebibyte = 1024 ** 2 / sectorBytes;

/** A partition in sectors of 512 bytes. */
export interface PlannedPartition {
  readonly number: number;
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly uuid: string;
}

/**
 * noble's layout: root, BIOS boot, ESP and a separate /boot, 3.5 GiB in total. The partition numbers are not in disk
 * order. The last mebibyte holds the backup of the partition table.
 */
export const diskSectors = 3584 * mebibyte;
export const partitions = {
  biosBoot: plan(14, 2048, 4 * mebibyte, '21686148-6449-6E6F-744E-656564454649'),
  esp: plan(15, 10_240, 106 * mebibyte, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'),
  boot: plan(16, 227_328, 913 * mebibyte, 'BC13C2FF-59E6-4262-A352-B275FD6F7172'),
  root: plan(1, 2_099_200, diskSectors - 2_099_200 - 2048, '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'),
} as const;

/**
 * UUIDs are fixed, so that the same tree always gives the same disk. They identify a partition of this layout, not a
 * machine.
 */
function plan(number: number, start: number, size: number, type: string): PlannedPartition {
  return { number, start, size, type, uuid: fixedUuid(number) };
}

export function fixedUuid(number: number): string {
  return `c4901de4-ba5e-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The input of sfdisk(8). */
export function formatPartitionTable(): string {
  const lines = Object.values(partitions).map(
    ({ number, start, size, type, uuid }) => `${number} : start=${start}, size=${size}, type=${type}, uuid=${uuid}`,
  );
  return ['label: gpt', `label-id: ${fixedUuid(0)}`, ...lines, ''].join('\n');
}

/** Files of the root filesystem that belong to no package, as in noble's image. */
const systemFiles: Readonly<Record<string, string>> = {
  // The ESP is empty and not mounted, because the kernel is booted directly.
  'etc/fstab':
    'LABEL=cloudimg-rootfs\t/\text4\tdiscard,errors=remount-ro\t0 1\nLABEL=BOOT\t/boot\text4\tdefaults\t0 2\n',
  // cloud-init looks for other data sources on the network, which takes minutes if there is none.
  'etc/cloud/cloud.cfg.d/90_dpkg.cfg': 'datasource_list: [ NoCloud, None ]\n',
  // The default, en_US, is not installed. cloud-init would generate it at the first boot, with a warning.
  'etc/cloud/cloud.cfg.d/91_locale.cfg': 'locale: C.UTF-8\n',
  // GRUB is not installed. The file has the kernel's arguments where every Ubuntu image has them.
  'etc/default/grub.d/50-cloudimg-settings.cfg': 'GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\n',
};

/** Files from maintainer scripts or the host that every copy of the image would share. */
export const machineFiles: readonly string[] = [
  'etc/hostname',
  ...['ecdsa', 'ed25519', 'rsa'].flatMap((kind) => [
    `etc/ssh/ssh_host_${kind}_key`,
    `etc/ssh/ssh_host_${kind}_key.pub`,
  ]),
];
