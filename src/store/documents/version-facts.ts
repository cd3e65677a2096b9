import type { BaseImage } from '../../base/base-image.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { GoldenImage, Inventory } from '../../image/golden-image.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { compareVersions, markSecurity, summarizeDiff } from './compare-versions.js';
import type { Builder, Manifest } from './manifest.js';

/** A manifest without the version's name, files and documents. */
export type VersionFacts = Omit<Manifest, 'schema' | 'image' | 'version' | 'files' | 'documents'>;

export interface VersionParts {
  readonly base: BaseImage;
  readonly daemon: Daemon;
  readonly golden: GoldenImage;
  /** Null if the smoke test was skipped. */
  readonly smoke: SmokeReport | null;
  readonly builder: Builder;
  /** SHA-256 of the build's inputs. */
  readonly fingerprint: string;
  /** The inputs that the fingerprint stands for, by name. */
  readonly settings?: Manifest['settings'] | undefined;
  readonly created: Date;
  /** The version that the channel names now, and its inventory if it has one. */
  readonly previous?: { readonly manifest: Manifest; readonly inventory?: Inventory | undefined } | undefined;
  /** Names of packages that had security updates due in the previous version. */
  readonly securityUpdates?: readonly string[] | undefined;
  /** Set if the user allows an unsafe store. */
  readonly storeDefects?: readonly string[] | undefined;
}

/** Gathers the results of the rooms. The manifest's schema drops the rest of them, such as paths. */
export function toVersionFacts(parts: VersionParts): VersionFacts {
  const { golden, previous } = parts;
  const {
    driver,
    layout,
    compression,
    edits,
    bootProfile,
    distribution,
    packages,
    pin,
    kernel,
    cmdline,
    cloudHypervisor,
  } = golden;
  const facts = withoutUndefined({
    driver,
    layout,
    compression,
    edits,
    bootProfile,
    packages,
    kernel,
    cmdline,
    cloudHypervisor,
    distribution,
    pin,
    created: parts.created.toISOString(),
    builder: parts.builder,
    fingerprint: parts.fingerprint,
    base: { ...parts.base, ...parts.base.origin },
    daemon: parts.daemon,
    disk: withoutUndefined({
      ...golden.digest,
      virtualSize: golden.virtualSize,
      backingFile: golden.backingFile,
    }),
    smoke: parts.smoke,
    settings: parts.settings,
    storeDefects: parts.storeDefects?.length === 0 ? undefined : parts.storeDefects,
  });
  if (previous === undefined) return facts;
  const before = { facts: previous.manifest, inventory: previous.inventory };
  const diff = compareVersions(before, { facts, inventory: golden.inventory });
  const marked = { ...diff, packages: markSecurity(diff.packages, parts.securityUpdates ?? []) };
  return { ...facts, previous: previous.manifest.version, changes: summarizeDiff(marked) };
}
