import type { VmmName } from '../platform/choices.js';
import type { Exit } from '../platform/process/processes.js';
import type { GuestResponse } from './http-get.js';

export interface MachineDisk {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly readOnly: boolean;
  /** The guest finds the disk by it: `/dev/disk/by-id/virtio-<serial>`. */
  readonly serial?: string | undefined;
}

/** A VM to start. */
export interface MachineSpec {
  readonly name: string;
  /** For its sockets and consoles; no other VM uses it. */
  readonly directory: string;
  readonly kernel: string;
  readonly initramfs?: string | undefined;
  readonly cmdline: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** In the order in which the guest sees them: the first is `/dev/vda`. */
  readonly disks: readonly MachineDisk[];
  /** The network card, and the guest port that `Machine.get` connects to. */
  readonly network?: { readonly macAddress: string; readonly guestPort: number };
}

/** A running VM. */
export interface SmokeVm {
  /** The file with the output of the guest's serial port: the kernel log. */
  readonly kernelConsole: string;
  /** The file with the guest's output to `/dev/hvc0`. */
  readonly probeConsole: string;
  /** Settles, never rejects, when the VMM has exited. */
  readonly exited: Promise<Exit>;
  /** The VMM's last lines of output. */
  tail(): readonly string[];
  /** Sends a GET to the guest's port. @throws Error unless the response is complete */
  get(path: string, signal: AbortSignal): Promise<GuestResponse>;
  /** The guest may ignore it. @throws Failure if the VMM does not accept it */
  powerButton(): Promise<void>;
  stop(): Promise<void>;
}

/** The network of smoke test VMs: an isolated one for each, or a bridge of the host with a DHCP server. */
export type SmokeNetwork = 'isolated' | { readonly bridge: string };

/** How the guest configures its network card. The address includes its prefix length: `10.0.2.15/24`. */
export type GuestNetwork = 'dhcp' | { readonly address: string; readonly gateway: string };

/** A virtual machine monitor with its accelerator. */
export interface Vmm {
  readonly kind: VmmName;
  readonly version: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly guestNetwork: GuestNetwork;
  /** @throws Failure if the VMM does not start */
  start(spec: MachineSpec): Promise<SmokeVm>;
}
