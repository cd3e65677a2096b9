import type { VmmName } from '../platform/choices.js';

/** The proof that an image boots and its daemon answers, as it goes into the manifest. */
export interface SmokeReport {
  readonly vmm: VmmName;
  readonly vmmVersion: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** The route that answered 200 and, where the daemon has one, what `/version` said. */
  readonly health: { readonly path: string; readonly daemonVersion?: string };
  readonly clones: readonly CloneReport[];
  /** The daemon was killed in the guest and answered again after this time. */
  readonly restartMs: number;
  /** From the power button to the end of the VMM. */
  readonly powerOffMs: number;
  /** How many of the image's chunks were read back through the VMM with the right digest. */
  readonly chunksVerified: { readonly read: number; readonly of: number };
}

/** What one clone said of itself, and when. */
export interface CloneReport {
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
  /** The daemon's DAYTONA_SANDBOX_ID, where it has one. */
  readonly sandboxId?: string;
  /** SHA-256 fingerprints of the SSH host keys. */
  readonly hostKeys: readonly string[];
  readonly kernel: string;
  readonly cloudInit: string;
  readonly failedUnits: readonly string[];
  readonly addresses: readonly string[];
  readonly times: BootTimes;
}

/** Milliseconds since the VMM was started; `milliseconds` of a unit is how long its start took. What a guest did not say is not there. */
export interface BootTimes {
  /** The kernel's first line. */
  readonly kernelMs: number;
  readonly initramfsMs?: number;
  readonly userspaceMs?: number;
  /** The daemon's unit was active. */
  readonly daemonMs?: number;
  /** The first positive answer. */
  readonly healthMs: number;
  /** systemd had no job left. */
  readonly finishedMs?: number;
  /** At most ten. */
  readonly slowestUnits: readonly { readonly unit: string; readonly milliseconds: number; readonly startMs?: number }[];
}
