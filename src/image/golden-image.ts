import type { Compression, Driver, Layout } from '../platform/choices.js';
import type { InstalledPackage } from '../apt/installed-packages.js';
import type { DiskOption } from '../vmm/cloud-hypervisor-needs.js';
import type { DiskDigest } from '../disk/disk-digest.js';
import type { NetworkObstacle } from './network-obstacle.js';
import type { ChunkedFile } from '../platform/fs/file-chunks.js';

/** A finished file and what it holds. */
export interface Artifact {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * The file of the image. Its SHA-256 is not made with it: that takes a read of all of it, however little has changed, and is
 * asked for last of all, by the manifest.
 */
export interface ImageFile extends ChunkedFile {
  readonly path: string;
}

/** What the image says it is, in os-release(5). */
export interface Distribution {
  /** Such as `ubuntu`. */
  readonly id: string;
  /** Such as `24.04`; a development release has none. */
  readonly version?: string;
}

/** Whether an image's packages are those that the distribution's archives had at a moment. */
export interface PinnedPackages {
  /** The moment: `20260501T000000Z`. */
  readonly snapshot: string;
  /** Those that are not: `curl 8.5.0-2ubuntu10.6 amd64`. */
  readonly unpinned: readonly string[];
}

/** What is in an image beside its packages. */
export interface Inventory {
  /** Files that no package brings, and all configuration; by path, without directories. Undefined where they are too many to list. */
  readonly files?: readonly InventoryFile[];
  /** Bytes of all files, of packages or not, by top directory such as `/usr`. */
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
  /** `sha256:…`, `link:` and its target, `special` for devices and pipes, or `modified:` and when for what is too large. */
  readonly content: string;
}

/** What Cloud Hypervisor needs for the image: the lowest release, and the `--disk` options. */
export interface CloudHypervisorNeeds {
  /** Such as `50.0`; from the features that the file uses. */
  readonly min: string;
  /** Beside `path=…`: `image_type=qcow2`, and `backing_files=on` for a layered image. */
  readonly diskOptions: readonly DiskOption[];
}

/** The golden image and its boot files: finished, checked, mode 0444. */
export interface GoldenImage {
  readonly image: ImageFile;
  readonly kernel: Artifact & { readonly version: string };
  readonly initramfs: Artifact;
  /** The kernel's arguments: the image's own `root=` and console. */
  readonly cmdline: string;
  readonly layout: Layout;
  readonly compression: Compression;
  readonly driver: Driver;
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  readonly digest: DiskDigest;
  /** For a layered image: the relative path of the base, as the file names it. */
  readonly backingFile?: string;
  readonly cloudHypervisor: CloudHypervisorNeeds;
  /** Undefined where the image does not say. */
  readonly distribution?: Distribution;
  readonly packages: readonly InstalledPackage[];
  /** Why its guest comes up without an address; undefined where nothing is known of that. */
  readonly networkObstacle?: NetworkObstacle;
  /** Undefined where packages were not pinned to a snapshot. */
  readonly pin?: PinnedPackages;
  readonly inventory: Inventory;
  /** What was done to the base, one line each. */
  readonly edits: readonly string[];
}
