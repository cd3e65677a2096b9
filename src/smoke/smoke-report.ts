/** The proof that an image boots and its daemon answers, as it goes into the manifest. */
export interface SmokeReport {
  readonly vmm: 'qemu' | 'cloud-hypervisor';
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
  /** SHA-256 fingerprints of the SSH host keys. */
  readonly hostKeys: readonly string[];
  readonly kernel: string;
  readonly cloudInit: string;
  readonly failedUnits: readonly string[];
  readonly addresses: readonly string[];
  readonly times: BootTimes;
}

/** Milliseconds since the VMM was started, except for the units, which are durations. */
export interface BootTimes {
  readonly kernelMs: number;
  /** Undefined where systemd did not say. */
  readonly userspaceMs?: number;
  readonly healthMs: number;
  readonly slowestUnits: readonly { readonly unit: string; readonly milliseconds: number }[];
}
