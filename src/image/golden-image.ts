import type { BootProfile, Compression, Driver, Layout } from '../platform/choices.js';
import type { InstalledPackage } from '../apt/installed-packages.js';
import type { DiskOption } from '../vmm/cloud-hypervisor-needs.js';
import type { DiskDigest } from '../disk/disk-digest.js';
import type { NetworkObstacle } from './network-obstacle.js';
import type { ChunkedFile } from '../platform/fs/file-chunks.js';

/** A finished file. */
export interface Artifact {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * The image's file. It has no SHA-256 yet, because computing one reads the whole file however little has changed. Only
 * the manifest needs it, at the end.
 */
export interface ImageFile extends ChunkedFile {
  readonly path: string;
}

/** From os-release(5). */
export interface Distribution {
  /** E.g. `ubuntu`. */
  readonly id: string;
  /** E.g. `24.04`. Development releases have none. */
  readonly version?: string;
}

/** Whether an image's packages are those of an archive snapshot. */
export interface PinnedPackages {
  /** Its time: `20260501T000000Z`. */
  readonly snapshot: string;
  /** Packages that are not: `curl 8.5.0-2ubuntu10.6 amd64`. */
  readonly unpinned: readonly string[];
}

/** What an image contains besides its packages. */
export interface Inventory {
  /**
   * Files outside of packages, and all of /etc, sorted by path, without directories. Undefined if there are too many to
   * list.
   */
  readonly files?: readonly InventoryFile[];
  /** Bytes of all files by top directory, e.g. `/usr`. */
  readonly folders: readonly { readonly path: string; readonly bytes: number }[];
}

export interface InventoryFile {
  readonly path: string;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** `sha256:…`, `link:` and its target, `special` for devices and pipes, or `modified:` and a time for large files. */
  readonly content: string;
}

/** What it takes to open the image with Cloud Hypervisor. */
export interface CloudHypervisorNeeds {
  /** The lowest release, e.g. `50.0`, by the features that the file uses. */
  readonly min: string;
  /** For `--disk`, besides `path=…`: `image_type=qcow2`, and `backing_files=on` for a layered image. */
  readonly diskOptions: readonly DiskOption[];
}

/** The golden image and its boot files: finished, checked, mode 0444. */
export interface GoldenImage {
  readonly image: ImageFile;
  readonly kernel: Artifact & { readonly version: string };
  readonly initramfs: Artifact;
  /** The kernel's arguments. */
  readonly cmdline: string;
  readonly layout: Layout;
  readonly compression: Compression;
  readonly driver: Driver;
  /** Size of the guest's disk in bytes. */
  readonly virtualSize: number;
  readonly digest: DiskDigest;
  /** The relative path of a layered image's base, as in its header. */
  readonly backingFile?: string | undefined;
  readonly cloudHypervisor: CloudHypervisorNeeds;
  /** Undefined if the image has no usable os-release file. */
  readonly distribution?: Distribution | undefined;
  readonly packages: readonly InstalledPackage[];
  /** Why its guest will have no address, if that is known. */
  readonly networkObstacle?: NetworkObstacle | undefined;
  /** Undefined if no snapshot was requested. */
  readonly pin?: PinnedPackages | undefined;
  readonly inventory: Inventory;
  /** What was done to the base, one line for each edit. */
  readonly edits: readonly string[];
  /** How it boots, and which of the edits are for that. */
  readonly bootProfile: { readonly profile: BootProfile; readonly edits: readonly string[] };
}
