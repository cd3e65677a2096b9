import type { VmmName } from '../platform/choices.js';

/** The proof that an image boots and its daemon responds, as it goes into the manifest. */
export interface SmokeReport {
  readonly vmm: VmmName;
  readonly vmmVersion: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** The path that returned 200, and what `/version` reported, if anything. */
  readonly health: { readonly path: string; readonly daemonVersion?: string };
  readonly clones: readonly CloneReport[];
  /** From SIGKILL of the daemon to its next healthy response. */
  readonly restartMs: number;
  /** From the power button to the VMM's exit. */
  readonly powerOffMs: number;
  /** How many of the image's chunks were read back through the VMM with the correct digest. */
  readonly chunksVerified: { readonly read: number; readonly of: number };
  /** Absent if warm starts were not tested. */
  readonly warm?: WarmReport;
}

/** VMs that were started from a template of the image, all at once. */
export interface WarmReport {
  /** How long it took to create the template, in milliseconds. */
  readonly templateMs: number;
  readonly clones: readonly WarmCloneReport[];
}

/** Milliseconds from the start of a VM. */
export interface WarmCloneReport {
  readonly hostname: string;
  /** Until the guest ran. */
  readonly resumeMs: number;
  /** Until it had reported that it has its own identity. */
  readonly identityMs: number;
  /** Until its daemon responded. */
  readonly healthMs: number;
}

/** What one clone reported about itself. */
export interface CloneReport {
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
  /** The daemon's DAYTONA_SANDBOX_ID, if set. */
  readonly sandboxId?: string;
  /** SHA-256 fingerprints of the SSH host keys. */
  readonly hostKeys: readonly string[];
  readonly kernel: string;
  readonly cloudInit: string;
  readonly failedUnits: readonly string[];
  readonly addresses: readonly string[];
  readonly times: BootTimes;
}

/** Milliseconds of a boot. `milliseconds` of a unit is how long its start took. */
export interface BootTimes {
  /**
   * All times are since the kernel's start, by the guest's clock. If absent, they are since the VMM was started:
   * `kernelMs` and `healthMs` by the host's clock, the others by the guest's, which differs in emulation.
   */
  readonly clock?: 'guest';
  /** From the VMM's start to the kernel's first line, by the host's clock. Given if `clock` is. */
  readonly vmmMs?: number;
  /** The kernel's first line; 0 by the guest's clock. */
  readonly kernelMs: number;
  readonly initramfsMs?: number;
  readonly userspaceMs?: number;
  /** The daemon's unit became active. */
  readonly daemonMs?: number;
  /** The first healthy response. */
  readonly healthMs: number;
  /** systemd had no jobs left. */
  readonly finishedMs?: number;
  /** At most ten. */
  readonly slowestUnits: readonly { readonly unit: string; readonly milliseconds: number; readonly startMs?: number }[];
}
