/**
 * The choices of users. Each list is written once, in the order of help texts. Types, document schemas, flags,
 * `action.yml` and the reference come from here. It lies below the rooms because image, smoke, store and inputs share
 * it.
 */

export const daemonBuilders = ['go', 'nx', 'prebuilt'] as const;
export type DaemonBuilder = (typeof daemonBuilders)[number];

export const layouts = ['flattened', 'layered'] as const;
export type Layout = (typeof layouts)[number];

export const compressions = ['inherit', 'zstd', 'zlib', 'none'] as const;
export type Compression = (typeof compressions)[number];
export const compressionChoices = ['auto', ...compressions] as const;

/**
 * `inject` changes files, without root. `mount` does everything, as root or through sudo. `libguestfs` does
 * everything in a VM, without root.
 */
export const drivers = ['inject', 'mount', 'libguestfs'] as const;
export type Driver = (typeof drivers)[number];
export const driverChoices = ['auto', ...drivers] as const;

/** `fast` takes waiting out of the boot; `stock` boots as the distribution does. */
export const bootProfiles = ['stock', 'fast'] as const;
export type BootProfile = (typeof bootProfiles)[number];
export const defaultBootProfile: BootProfile = 'fast';

export const upgradeScopes = ['security', 'all'] as const;
export type UpgradeScope = (typeof upgradeScopes)[number];
export const upgradeChoices = ['none', ...upgradeScopes] as const;

export const vmmNames = ['cloud-hypervisor', 'qemu'] as const;
export type VmmName = (typeof vmmNames)[number];
export const vmmChoices = ['auto', ...vmmNames] as const;

/** `copy` is for Cloud Hypervisor older than v50. */
export const smokeDisks = ['overlay', 'copy'] as const;
export type SmokeDisk = (typeof smokeDisks)[number];

/** `auto` tests warm starts if this machine can. */
export const warmChoices = ['auto', 'true', 'false'] as const;
export type WarmChoice = (typeof warmChoices)[number];

export const unchangedActions = ['skip', 'build'] as const;
export type UnchangedAction = (typeof unchangedActions)[number];

export const cacheKinds = ['none', 'github'] as const;
export type CacheKind = (typeof cacheKinds)[number];

export const artifactChoices = ['failure', 'always', 'never'] as const;
export type ArtifactChoice = (typeof artifactChoices)[number];
