import type { DiskDigest } from '../disk/disk-digest.js';

/** A finished file and what it holds. */
export interface Artifact {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** An installed Debian package, from the image's dpkg status. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What Cloud Hypervisor needs for the image: the lowest release, and the `--disk` options. */
export interface CloudHypervisorNeeds {
  /** Such as `50.0`; from the features that the file uses. */
  readonly min: string;
  /** Beside `path=…`: `image_type=qcow2`, and `backing_files=on` for a layered image. */
  readonly diskOptions: readonly string[];
}

/** The golden image and its boot files: finished, checked, mode 0444. */
export interface GoldenImage {
  readonly image: Artifact;
  readonly kernel: Artifact & { readonly version: string };
  readonly initramfs: Artifact;
  /** The kernel's arguments: the image's own `root=` and console. */
  readonly cmdline: string;
  readonly layout: 'flattened' | 'layered';
  readonly compression: 'inherit' | 'zstd' | 'zlib' | 'none';
  readonly driver: 'inject' | 'mount' | 'libguestfs';
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  readonly digest: DiskDigest;
  /** For a layered image: the relative path of the base, as the file names it. */
  readonly backingFile?: string;
  readonly cloudHypervisor: CloudHypervisorNeeds;
  readonly packages: readonly InstalledPackage[];
  /** What was done to the base, one line each. */
  readonly edits: readonly string[];
}
