import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** What ends the names of the files that each version has for itself. */
const fileSuffixes = { image: 'qcow2', kernel: 'vmlinuz', initramfs: 'initramfs' } as const;

export type OwnRole = keyof typeof fileSuffixes;

/** What ends the names of the documents that tell about a version, and that its manifest names. */
const documentSuffixes = { sbom: 'spdx.json', inventory: 'inventory.json', aptState: 'apt-state.json' } as const;

export type DocumentRole = keyof typeof documentSuffixes;

export const documentRoles = Object.keys(documentSuffixes) as readonly DocumentRole[];

/** What ends the names of the signatures of a version, which are of its manifest: by Ed25519 keys (DSSE), and by a GitHub identity (a Sigstore bundle). */
const signatureSuffixes = { keys: 'dsse.json', github: 'sigstore.json' } as const;

export type SignatureKind = keyof typeof signatureSuffixes;

const otherSuffixes = ['claim', 'SHA256SUMS', 'manifest.json'] as const;

/** What ends the keys of a version's other objects. */
export type DocumentSuffix = (typeof otherSuffixes)[number] | (typeof documentSuffixes)[DocumentRole];

const versionSuffixes: readonly string[] = [
  ...Object.values(fileSuffixes),
  ...Object.values(documentSuffixes),
  ...Object.values(signatureSuffixes),
  ...otherSuffixes,
];

const versionsDirectory = 'snapshots/';
const basesDirectory = 'images/';

/**
 * A later part must begin with a letter: the files of an image `ubuntu-base.5` would pass for files of `ubuntu-base`.
 * Lower case alone, since a directory may lie on a file system that does not tell the cases apart.
 */
const imageName = /^[a-z0-9][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$/;

/** @throws UsageError unless it can name an image: `ubuntu-base`, `ubuntu-base.gpu`. */
export function parseImageName(name: string): string {
  if (isImageName(name)) return name;
  throw new UsageError(`image name ${quoteText(name)} is not allowed`, {
    fix: 'use lower-case letters, digits, - and _ (at most 100), in parts joined by dots; later parts begin with a letter',
  });
}

export function isImageName(name: string): boolean {
  return name.length <= 100 && imageName.test(name);
}

export const channelName = /^[a-z][a-z0-9-]{0,63}$/;

/** @throws UsageError unless it can name a channel: `latest`. */
export function parseChannelName(name: string): string {
  if (channelName.test(name)) return name;
  throw new UsageError(`channel ${quoteText(name)} is not allowed`, {
    fix: 'use lower-case letters, digits and - (at most 64), a letter first',
  });
}

const stagedBase = new RegExp(`^${basesDirectory}[0-9a-f]{64}\\.[a-z0-9]{1,8}$`);
const stagedFile = new RegExp(
  `^${versionsDirectory}(.+)\\.([1-9]\\d{0,8}\\.(${Object.values(fileSuffixes).join('|')})|probe-\\d+-[A-Za-z0-9-]+)$`,
);

/** True for the key of a version's file, of a base or of a probe: nothing else is staged by us, and a bucket may have uploads of others in it. */
export function isStagedKey(key: string): boolean {
  return stagedBase.test(key) || isImageName(stagedFile.exec(key)?.[1] ?? '');
}

/** The one mutable object of an image. */
export function indexKey(image: string): string {
  return `${versionsDirectory}${image}.index.json`;
}

/** When a run last found that there was nothing to build. */
export function heartbeatKey(image: string): string {
  return `${versionsDirectory}${image}.heartbeat.json`;
}

/** What the keys of every version of an image begin with; so do those of an image `<image>.x`: see `tryParseVersion`. */
export function imagePrefix(image: string): string {
  return `${versionsDirectory}${image}.`;
}

export function versionPrefix(image: string, version: number): string {
  return `${imagePrefix(image)}${version}.`;
}

export function documentKey(image: string, version: number, suffix: DocumentSuffix): string {
  return versionPrefix(image, version) + suffix;
}

/** Where a signature of a version lies in the store: `snapshots/ubuntu-base.3.dsse.json`. */
export function signatureKey(image: string, version: number, kind: SignatureKind): string {
  return versionPrefix(image, version) + signatureSuffixes[kind];
}

/** Whether a key is one of those that a version's objects have: others may have put something beside them. */
export function isVersionKey(image: string, version: number, key: string): boolean {
  const prefix = versionPrefix(image, version);
  return key.startsWith(prefix) && versionSuffixes.includes(key.slice(prefix.length));
}

/** An object that a run tries the store out with, by when that began and more; no version of any image has such a key. */
export function probeKey(image: string, name: string): string {
  return `${imagePrefix(image)}probe-${name}`;
}

/** The name of a version's own file, without a directory: `ubuntu-base.3.qcow2`. */
export function versionFileName(image: string, version: number, role: OwnRole): string {
  return `${image}.${version}.${fileSuffixes[role]}`;
}

/** The name of a document about a version: `ubuntu-base.3.spdx.json`. */
export function documentName(image: string, version: number, role: DocumentRole): string {
  return `${image}.${version}.${documentSuffixes[role]}`;
}

/** How a layered image in `snapshots/` names its base, in a store and on a host. */
export function backingFileOf(baseName: string): string {
  return `../${basesDirectory}${baseName}`;
}

/** The name of a base is its content's, so that one copy serves all versions: `<sha256>.qcow2`. */
export function isBaseName(name: string, sha256: string): boolean {
  return name.startsWith(`${sha256}.`) && /^[a-z0-9]{1,8}$/.test(name.slice(sha256.length + 1));
}

/** Where the file of a manifest lies in the store. */
export function fileKey(file: { readonly role: string; readonly name: string }): string {
  return (file.role === 'base' ? basesDirectory : versionsDirectory) + file.name;
}

/** The version that a key belongs to; undefined for keys of other images, such as `ubuntu-base.x` for `ubuntu-base`. */
export function tryParseVersion(image: string, key: string): number | undefined {
  const prefix = imagePrefix(image);
  if (!key.startsWith(prefix)) return undefined;
  const digits = /^([1-9]\d{0,8})\./.exec(key.slice(prefix.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The version that a tag `ubuntu-base.7` asks for; undefined for any other, such as `v1.2.3`, or `ubuntu-base.gpu.3` for `ubuntu-base`. */
export function tryParseTag(image: string, tag: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(tag.slice(image.length + 1)) && tag.startsWith(`${image}.`)
    ? Number(tag.slice(image.length + 1))
    : undefined;
}
