import { z } from 'zod';
import { smokeWarmSchema } from '../../store/documents/manifest-smoke.js';

/** What the helper `warm` is to prove, as one line of JSON. */
export interface WarmOrder {
  /** Of a host that has the version, and nothing else. */
  readonly root: string;
  readonly image: string;
  readonly version: number;
  /** Of the template and its clones. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** For the boot of the template, and for what cloud-init does in a clone. */
  readonly timeoutMs: number;
  readonly clones: readonly CloneOrder[];
  /** Of all clones. */
  readonly gateway: string;
  /** Whether the sandbox ID of a VM is its hostname. */
  readonly isSandboxNamed: boolean;
  /** Where the consoles and records of the clones go. */
  readonly evidence: string;
  /** Variables of the build: sudo keeps none. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface CloneOrder {
  readonly name: string;
  readonly tap: string;
  /** In CIDR notation. */
  readonly address: string;
}

/** The last message of the helper. */
export const warmDoneSchema = z.object({ kind: z.literal('done'), warm: smokeWarmSchema });
