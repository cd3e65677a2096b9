import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** Suffixes of the files of a version. */
const fileSuffixes = { image: 'qcow2', kernel: 'vmlinuz', initramfs: 'initramfs' } as const;

export type OwnRole = keyof typeof fileSuffixes;

/** Suffixes of the documents about a version that its manifest names. */
const documentSuffixes = { sbom: 'spdx.json', inventory: 'inventory.json', aptState: 'apt-state.json' } as const;

export type DocumentRole = keyof typeof documentSuffixes;

export const documentRoles = Object.keys(documentSuffixes) as readonly DocumentRole[];

/** Suffixes of the signatures of a manifest: by Ed25519 keys (DSSE), and by a GitHub identity (a Sigstore bundle). */
const signatureSuffixes = { keys: 'dsse.json', github: 'sigstore.json' } as const;

export type SignatureKind = keyof typeof signatureSuffixes;

const otherSuffixes = ['claim', 'SHA256SUMS', 'manifest.json'] as const;

/** Suffixes of a version's other objects. */
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
 * Later parts must begin with a letter: files of an image `ubuntu-base.5` would look like files of `ubuntu-base`.
 * Lower case only, since a directory may be on a case-insensitive filesystem.
 */
const imageName = /^[a-z0-9][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$/;

/** The name of an image: `ubuntu-base`, `ubuntu-base.gpu`. @throws UsageError */
export function parseImageName(name: string): string {
  if (isImageName(name)) return name;
  throw new UsageError(`invalid image name ${quoteText(name)}`, {
    fix:
      'use at most 100 lower-case letters, digits, - and _, starting with a letter or digit; ' +
      'a dot must be followed by a letter',
  });
}

export function isImageName(name: string): boolean {
  return name.length <= 100 && imageName.test(name);
}

export const channelName = /^[a-z][a-z0-9-]{0,63}$/;

/** The name of a channel: `latest`. @throws UsageError */
export function parseChannelName(name: string): string {
  if (channelName.test(name)) return name;
  throw new UsageError(`invalid channel name ${quoteText(name)}`, {
    fix: 'use at most 64 lower-case letters, digits and -, starting with a letter',
  });
}

const stagedBase = new RegExp(`^${basesDirectory}[0-9a-f]{64}\\.[a-z0-9]{1,8}$`);
const stagedFile = new RegExp(
  `^${versionsDirectory}(.+)\\.([1-9]\\d{0,8}\\.(${Object.values(fileSuffixes).join('|')})|probe-\\d+-[A-Za-z0-9-]+)$`,
);

/** Whether we stage objects under this key: files of versions, bases, probes. A bucket may hold other uploads too. */
export function isStagedKey(key: string): boolean {
  return stagedBase.test(key) || isImageName(stagedFile.exec(key)?.[1] ?? '');
}

/** The one mutable object of an image. */
export function indexKey(image: string): string {
  return `${versionsDirectory}${image}.index.json`;
}

export const hostsPrefix = 'hosts/';

/** What a host reports about itself. `id` is that of its key: 64 hexadecimal digits. */
export function hostKey(id: string): string {
  return `${hostsPrefix}${id}.json`;
}

/** Undefined for a key that is not one of `hostKey`. */
export function tryParseHostKey(key: string): string | undefined {
  return /^hosts\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}

/** Written by runs that have nothing to build. */
export function heartbeatKey(image: string): string {
  return `${versionsDirectory}${image}.heartbeat.json`;
}

/** Keys of every version of an image start with it, and so do those of an image `<image>.x`: see `tryParseVersion`. */
export function imagePrefix(image: string): string {
  return `${versionsDirectory}${image}.`;
}

export function versionPrefix(image: string, version: number): string {
  return `${imagePrefix(image)}${version}.`;
}

export function documentKey(image: string, version: number, suffix: DocumentSuffix): string {
  return versionPrefix(image, version) + suffix;
}

/** `snapshots/ubuntu-base.3.dsse.json` */
export function signatureKey(image: string, version: number, kind: SignatureKind): string {
  return versionPrefix(image, version) + signatureSuffixes[kind];
}

/** Whether a key belongs to an object of the version. Others may have put something next to them. */
export function isVersionKey(image: string, version: number, key: string): boolean {
  const prefix = versionPrefix(image, version);
  return key.startsWith(prefix) && versionSuffixes.includes(key.slice(prefix.length));
}

/** An object of a store probe, named by the start of the probe and more. No version of any image has such a key. */
export function probeKey(image: string, name: string): string {
  return `${imagePrefix(image)}probe-${name}`;
}

/** The file name of a version's own file: `ubuntu-base.3.qcow2`. */
export function versionFileName(image: string, version: number, role: OwnRole): string {
  return `${image}.${version}.${fileSuffixes[role]}`;
}

/** The file name of a document about a version: `ubuntu-base.3.spdx.json`. */
export function documentName(image: string, version: number, role: DocumentRole): string {
  return `${image}.${version}.${documentSuffixes[role]}`;
}

/** The path by which a layered image in `snapshots/` names its base, in a store and on a host. */
export function backingFileOf(baseName: string): string {
  return `../${basesDirectory}${baseName}`;
}

/** A base is named by its content, `<sha256>.qcow2`, so that all versions share one copy. */
export function isBaseName(name: string, sha256: string): boolean {
  return name.startsWith(`${sha256}.`) && /^[a-z0-9]{1,8}$/.test(name.slice(sha256.length + 1));
}

/** The key of a file that a manifest names. */
export function fileKey(file: { readonly role: string; readonly name: string }): string {
  return (file.role === 'base' ? basesDirectory : versionsDirectory) + file.name;
}

/** The version that a key belongs to; undefined for keys of other images, e.g. `ubuntu-base.x` for `ubuntu-base`. */
export function tryParseVersion(image: string, key: string): number | undefined {
  const prefix = imagePrefix(image);
  if (!key.startsWith(prefix)) return undefined;
  const digits = /^([1-9]\d{0,8})\./.exec(key.slice(prefix.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** 7 for a tag `ubuntu-base.7`; undefined for others, e.g. `v1.2.3`, or `ubuntu-base.gpu.3` for `ubuntu-base`. */
export function tryParseTag(image: string, tag: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(tag.slice(image.length + 1)) && tag.startsWith(`${image}.`)
    ? Number(tag.slice(image.length + 1))
    : undefined;
}
