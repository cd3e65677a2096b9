import type { BaseImage } from '../base/base-image.js';
import type { Daemon } from '../daemon/daemon.js';
import type { GoldenImage } from '../image/golden-image.js';
import type { SmokeReport } from '../smoke/smoke-report.js';
import type { Builder, Manifest } from './manifest.js';

/** What a manifest says beside the version's own name and files. */
export type VersionFacts = Omit<Manifest, 'schema' | 'image' | 'version' | 'files'>;

export interface VersionParts {
  readonly base: BaseImage;
  readonly daemon: Daemon;
  readonly golden: GoldenImage;
  /** Null where the smoke test was skipped. */
  readonly smoke: SmokeReport | null;
  readonly builder: Builder;
  /** Of the build's inputs, as 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly created: Date;
  /** The version that the channel names now. */
  readonly previous?: number;
}

/** Gathers what the rooms have found out. What else their types carry, such as paths, the manifest's schema leaves out. */
export function describeVersion(parts: VersionParts): VersionFacts {
  const { golden } = parts;
  const { driver, layout, compression, edits, packages, kernel, cmdline, cloudHypervisor } = golden;
  return {
    driver, layout, compression, edits, packages, kernel, cmdline, cloudHypervisor,
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
    ...(parts.previous === undefined ? {} : { previous: parts.previous }),
  };
}
