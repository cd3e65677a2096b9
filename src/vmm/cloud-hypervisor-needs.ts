import { isAtLeast, parseRelease } from './cloud-hypervisor-release.js';
import type { Qcow2Header } from '../disk/qcow2-header.js';

/** Releases of Cloud Hypervisor, by what they are the first to do. Source: its release notes. */
/** Boots a bzImage directly. */
export const directBootSince = '39.0';
/** Reads compressed clusters. */
export const compressionSince = '50.0';
/** Reads clusters that are marked as zeros (#7627); before, it took them for the header's. */
export const zeroMarksSince = '51.0';
/** Finds a relative backing file (#8196); before, it looked from its working directory. */
export const relativeBackingSince = '53.0';

/**
 * All `--disk` options that an image can need: what a manifest may name, and exactly what the overlay of a VM gets.
 * They are constants on each side: no text of a manifest becomes an argument.
 */
export const diskOptions = ['image_type=qcow2', 'backing_files=on'] as const;

export type DiskOption = (typeof diskOptions)[number];

/** The number of a release, as a manifest has it. */
export const releaseNumber = /^\d{1,4}\.\d{1,4}$/;

/** The lowest release that an image needs, as far as its header tells. */
export function minReleaseFor(header: Pick<Qcow2Header, 'backingFile'>): string {
  return header.backingFile === undefined ? directBootSince : relativeBackingSince;
}

/** The later of two releases, such as `51.0`. */
export function laterRelease(one: string, other: string): string {
  return isAtLeast(parseRelease(one), other) ? one : other;
}
