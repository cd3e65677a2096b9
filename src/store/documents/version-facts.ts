import type { BaseImage } from '../../base/base-image.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { GoldenImage, Inventory } from '../../image/golden-image.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { compareVersions, markSecurity, summarizeDiff } from './compare-versions.js';
import type { Builder, Manifest } from './manifest.js';

/** What a manifest says beside the version's own name, files and documents. */
export type VersionFacts = Omit<Manifest, 'schema' | 'image' | 'version' | 'files' | 'documents'>;

export interface VersionParts {
  readonly base: BaseImage;
  readonly daemon: Daemon;
  readonly golden: GoldenImage;
  /** Null where the smoke test was skipped. */
  readonly smoke: SmokeReport | null;
  readonly builder: Builder;
  /** Of the build's inputs, as 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** The inputs that the fingerprint stands for, by name. */
  readonly settings?: Manifest['settings'] | undefined;
  readonly created: Date;
  /** The version that the channel names now, and its inventory where it has one. */
  readonly previous?: { readonly manifest: Manifest; readonly inventory?: Inventory } | undefined;
  /** Names of packages whose security updates were due for the version before. */
  readonly securityUpdates?: readonly string[];
  /** What the store was found to do wrong, where the user allows that. */
  readonly storeDefects?: readonly string[];
}

/** Gathers what the rooms have found out. What else their types carry, such as paths, the manifest's schema leaves out. */
export function toVersionFacts(parts: VersionParts): VersionFacts {
  const { golden, previous } = parts;
  const { driver, layout, compression, edits, distribution, packages, pin, kernel, cmdline, cloudHypervisor } = golden;
  const facts = {
    driver,
    layout,
    compression,
    edits,
    packages,
    kernel,
    cmdline,
    cloudHypervisor,
    ...(distribution === undefined ? {} : { distribution }),
    ...(pin === undefined ? {} : { pin }),
    created: parts.created.toISOString(),
    builder: parts.builder,
    fingerprint: parts.fingerprint,
    base: { ...parts.base, ...parts.base.origin },
    daemon: parts.daemon,
    disk: {
      ...golden.digest,
      virtualSize: golden.virtualSize,
      ...(golden.backingFile === undefined ? {} : { backingFile: golden.backingFile }),
    },
    smoke: parts.smoke,
    ...(parts.settings === undefined ? {} : { settings: parts.settings }),
    ...(parts.storeDefects === undefined || parts.storeDefects.length === 0
      ? {}
      : { storeDefects: parts.storeDefects }),
  };
  if (previous === undefined) return facts;
  const before = {
    facts: previous.manifest,
    ...(previous.inventory === undefined ? {} : { inventory: previous.inventory }),
  };
  const diff = compareVersions(before, { facts, inventory: golden.inventory });
  const marked = { ...diff, packages: markSecurity(diff.packages, parts.securityUpdates ?? []) };
  return { ...facts, previous: previous.manifest.version, changes: summarizeDiff(marked) };
}
