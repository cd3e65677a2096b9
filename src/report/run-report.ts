import type { StepRow } from '../platform/progress/steps.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionFacts } from '../store/documents/version-facts.js';

/** The results of a run: written as `report.json`, and rendered as summaries. */
export interface RunReport {
  readonly schema: 1;
  /** `proven`: a dry run with a smoke test. `built`: a dry run without one. */
  readonly outcome: 'published' | 'unchanged' | 'proven' | 'built' | 'failed' | 'cancelled';
  readonly image: string;
  /** The published version, or the existing one that the same inputs gave. */
  readonly version?: number;
  /** Why, in one line. */
  readonly reason: string;
  /** The channel that was moved to the published version. */
  readonly channel?: string;
  /** Bytes sent to the store, which already had the rest. */
  readonly sentBytes?: number;
  /** The manifest of that version. */
  readonly manifest?: Manifest;
  /** SHA-256 of the manifest in the store, which signatures are about. */
  readonly manifestSha256?: string;
  /** Facts of an image that was not published. */
  readonly facts?: VersionFacts;
  /** Addresses of its files, by role. */
  readonly files?: Readonly<Record<string, string>>;
  /** Local copies of its files, by role. */
  readonly kept?: Readonly<Record<string, string>>;
  /** The version in the OCI registry of `publish-oci`: a reference with its digest. */
  readonly registry?: { readonly reference: string; readonly digest: string; readonly sentBytes: number };
  /** Commands that start a VM from it. */
  readonly launch?: readonly string[];
  readonly failure?: RunFailure;
  readonly timeline: readonly StepRow[];
}

export interface RunFailure {
  readonly message: string;
  readonly fix?: string;
  readonly evidence: readonly string[];
}
