import { isAtLeast, parseRelease } from './cloud-hypervisor-release.js';
import type { Qcow2Header } from '../disk/qcow2-header.js';

// First releases of Cloud Hypervisor with a feature. Source: its release notes.

/** Boots a bzImage directly. */
export const directBootSince = '39.0';
/** Reads compressed clusters. */
export const compressionSince = '50.0';
/** Reads clusters that are marked as zeros (#7627); earlier releases return bytes of the header. */
export const zeroMarksSince = '51.0';
/** Resolves a relative backing file from the image (#8196); earlier releases use their working directory. */
export const relativeBackingSince = '53.0';

/**
 * All `--disk` options that a manifest may name. The overlay of a VM gets them, and `oneQueue`. No text of a manifest
 * becomes an argument.
 */
export const diskOptions = ['image_type=qcow2', 'backing_files=on'] as const;

export type DiskOption = (typeof diskOptions)[number];

/** Several queues corrupt a qcow2 file: see known-defects.ts. One is the default, but only if nobody changes that. */
export const oneQueue = 'num_queues=1';
/** The guest writes the first bytes of a raw disk, so its format must never be guessed. Since 50.1 (vm_config.rs). */
export const rawDisk = 'image_type=raw';
export const rawDisksSince = '50.1';

/** The release number in a manifest. */
export const releaseNumber = /^\d{1,4}\.\d{1,4}$/;

/** The lowest release that an image needs, judging by its header. */
export function minReleaseFor(header: Pick<Qcow2Header, 'backingFile'>): string {
  return header.backingFile === undefined ? directBootSince : relativeBackingSince;
}

/** The later of two releases, such as `51.0`. */
export function laterRelease(one: string, other: string): string {
  return isAtLeast(parseRelease(one), other) ? one : other;
}
