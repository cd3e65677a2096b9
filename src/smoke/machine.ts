import type { VmmName } from '../platform/choices.js';
import type { Exit } from '../platform/process/processes.js';
import type { GuestResponse } from './http-get.js';

/** A disk of a machine. */
export interface MachineDisk {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly readOnly: boolean;
  /** What the guest finds it by: `/dev/disk/by-id/virtio-<serial>`. */
  readonly serial?: string;
}

/** A machine to start. */
export interface MachineSpec {
  readonly name: string;
  /** A directory of its own, for its sockets and consoles. */
  readonly directory: string;
  readonly kernel: string;
  readonly initramfs?: string;
  readonly cmdline: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** In the order in which the guest sees them: the first is `/dev/vda`. */
  readonly disks: readonly MachineDisk[];
  /** The network card, and the port of the guest that `Machine.get` asks. */
  readonly network?: { readonly macAddress: string; readonly guestPort: number };
}

/** A machine that runs. */
export interface Machine {
  /** The file with what the guest wrote to its serial port: the kernel log. */
  readonly kernelConsole: string;
  /** The file with what the guest wrote to `/dev/hvc0`. */
  readonly probeConsole: string;
  /** Settles, never rejects, when the VMM has ended. */
  readonly exited: Promise<Exit>;
  /** The VMM's own last lines. */
  tail(): readonly string[];
  /** Asks the guest's port. @throws Error where there was no whole answer. */
  get(path: string, signal: AbortSignal): Promise<GuestResponse>;
  /** @throws Failure where the VMM does not take it; whether the guest heeds it is another matter. */
  powerButton(): Promise<void>;
  stop(): Promise<void>;
}

/** The network of smoke VMs: one of its own for each, or a bridge of the host that has a DHCP server. */
export type SmokeNetwork = 'isolated' | { readonly bridge: string };

/** What a guest must be told of the network that a VMM gives it; an address has the length of its prefix: `10.0.2.15/24`. */
export type GuestNetwork = 'dhcp' | { readonly address: string; readonly gateway: string };

/** A virtual machine monitor with its accelerator. */
export interface Vmm {
  readonly kind: VmmName;
  readonly version: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly guestNetwork: GuestNetwork;
  /** @throws Failure where the VMM does not come up. */
  start(spec: MachineSpec): Promise<Machine>;
}
