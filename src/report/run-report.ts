import type { StepRow } from '../platform/progress/steps.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionFacts } from '../store/documents/version-facts.js';

/** What a run has to tell: written as `report.json`, and what summaries are made of. */
export interface RunReport {
  readonly schema: 1;
  /** `proven`: a dry run whose image was booted. `built`: one whose image was not. */
  readonly outcome: 'published' | 'unchanged' | 'proven' | 'built' | 'failed' | 'cancelled';
  readonly image: string;
  /** The version that was published, or that the same inputs had made before. */
  readonly version?: number;
  /** Why, in one line. */
  readonly reason: string;
  /** That was moved to the version that was published. */
  readonly channel?: string;
  /** How many bytes of it went to the store; the rest was there. */
  readonly sentBytes?: number;
  /** Of that version. */
  readonly manifest?: Manifest;
  /** Of the manifest in the store: what a signature is about. */
  readonly manifestSha256?: string;
  /** Of an image that was not published. */
  readonly facts?: VersionFacts;
  /** Where its files are, by role. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where its files were kept on this machine, by role. */
  readonly kept?: Readonly<Record<string, string>>;
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
