import { isAtLeast, type Release } from './cloud-hypervisor-release.js';

/** How a VM uses a disk, as far as a defect of Cloud Hypervisor depends on it. */
export interface DiskUse {
  readonly format: 'qcow2' | 'raw';
  readonly writable: boolean;
  /** `num_queues` is more than one. */
  readonly severalQueues: boolean;
  /** The file is an overlay: `backing_files=on`. */
  readonly backingFiles: boolean;
  /** The guest can discard and zero blocks, which it always can since 51.0. */
  readonly discards: boolean;
  /** The file that is written to, not one behind it, holds compressed clusters. */
  readonly compressedWrites: boolean;
  /** The guest fills the disk, or syncs so often that the file grows to the end of its refcount table. */
  readonly fillsDisk: boolean;
  /** The file is copied while the VM is paused. */
  readonly copiedWhilePaused: boolean;
}

/** `corrupting` loses or changes data; `costly` takes space or work. */
export type DefectSeverity = 'corrupting' | 'costly';

/** A defect of Cloud Hypervisor's disks. I/O errors that lose no data are not listed. */
export interface Defect {
  /** Names it in `--allow-known-defect`: the upstream number, if it has one. */
  readonly id: string;
  /** Where it is described, and the commit that fixes it. */
  readonly source: string;
  readonly link: string;
  /** The first release with it; undefined for all up to `before`. */
  readonly from?: string;
  /** The first release without it; undefined if it is not fixed. */
  readonly before?: string;
  /** It occurs if all of these are so. */
  readonly condition: Partial<DiskUse>;
  /** What happens, as the end of a sentence about the disk. */
  readonly effect: string;
  readonly wayOut: string;
  readonly severity: DefectSeverity;
}

const repository = 'https://github.com/cloud-hypervisor/cloud-hypervisor';
const written = { format: 'qcow2', writable: true } as const;

/*
 * Read in the source of each tag, 48.0 to 53.0, and in upstream's history up to 2026-08-22. What was fixed after 53.0
 * has 54.0: the next release is cut from that branch.
 */

/** Every defect that is known, by the first release without it. */
export const knownDefects: readonly Defect[] = [
  {
    id: '7660',
    source: '#7660, fixed by #7661',
    link: `${repository}/issues/7660`,
    before: '50.1',
    condition: { ...written, severalQueues: true },
    effect: "queues overwrite each other's metadata",
    wayOut: 'num_queues=1',
    severity: 'corrupting',
  },
  {
    // 50.x writes into a cluster that is marked as zeros at offset 0 of the file (file_offset_write in qcow/mod.rs of
    // v50.2). That fits the report, but whether it is all of it is not known: so up to the release that was seen good.
    id: '8358',
    source: '#8358',
    link: `${repository}/issues/8358`,
    from: '50.0',
    before: '52.0',
    condition: written,
    effect: "the guest's data overwrites the first 64 KiB of the file",
    wayOut: 'a raw disk, or Cloud Hypervisor 53.0',
    severity: 'corrupting',
  },
  {
    // deallocate_cluster in v51.2 and v52.0 leaves, or makes, an empty entry, through which the backing file is read.
    id: '8245',
    source: '#8245, fixed by 39e253ff9',
    link: `${repository}/pull/8245`,
    from: '51.0',
    before: '53.0',
    condition: { ...written, backingFiles: true, discards: true },
    effect: "blocks that the guest zeroed (WRITE_ZEROES) read as the image's bytes",
    wayOut: 'a raw disk, or Cloud Hypervisor 53.0',
    severity: 'corrupting',
  },
  {
    id: '8558',
    source: '#8558, fixed by 5b99f9ce4',
    link: `${repository}/issues/8558`,
    from: '50.0',
    before: '53.0',
    condition: { ...written, compressedWrites: true },
    effect: 'a rewritten header (after a resize) says zlib instead of zstd, so compressed clusters are unreadable',
    wayOut: 'an overlay on the image',
    severity: 'corrupting',
  },
  {
    id: '8597',
    source: '#8597, fixed by 57f67a543',
    link: `${repository}/pull/8597`,
    before: '54.0',
    condition: written,
    effect: 'over time the file grows to about twice its data',
    wayOut: 'a raw disk; a restart of the VM makes the space usable again',
    severity: 'costly',
  },
  {
    id: '8606',
    source: '#8606, fixed by #8637 (a5e145bde)',
    link: `${repository}/issues/8606`,
    from: '50.0',
    before: '54.0',
    condition: { ...written, compressedWrites: true },
    effect: 'live L2 tables are overwritten',
    wayOut: 'an overlay on the image: never boot the image, or a copy of it, writable',
    severity: 'corrupting',
  },
  {
    id: '8607',
    source: '#8607, fixed by b68e7f3d9',
    link: `${repository}/pull/8607`,
    before: '54.0',
    condition: { ...written, copiedWhilePaused: true },
    effect: 'completed writes are missing from the copy',
    wayOut: 'copy the disk after Cloud Hypervisor has exited',
    severity: 'corrupting',
  },
  {
    id: '8624',
    source: '#8624, fixed by 64c1bb3bf',
    link: `${repository}/pull/8624`,
    from: '51.0',
    before: '54.0',
    condition: { ...written, severalQueues: true, discards: true },
    effect: 'a late discard erases a cluster that is in use again',
    wayOut: 'num_queues=1',
    severity: 'corrupting',
  },
  {
    // The table's end follows from the disk's virtual size (parser.rs of v53.0), and #8597 lets a file reach it.
    id: '8748',
    source: '#8748; the same with #8606',
    link: `${repository}/pull/8748`,
    before: '54.0',
    condition: { ...written, fillsDisk: true },
    effect: 'after the disk was full, live L2 tables are overwritten at the next start',
    wayOut: 'a raw disk for a guest that can fill its disk',
    severity: 'corrupting',
  },
  {
    id: '8621',
    source: '#8621',
    link: `${repository}/issues/8621`,
    from: '52.0',
    condition: { ...written, severalQueues: true, backingFiles: true },
    effect: "the guest's filesystem is corrupted under load",
    wayOut: 'num_queues=1',
    severity: 'corrupting',
  },
  {
    id: 'backing-format',
    source: 'parse_qcow and rebuild_refcounts in block/src/formats/qcow/parser.rs of v53.0',
    link: `${repository}/blob/v53.0/block/src/formats/qcow/parser.rs`,
    from: '51.0',
    condition: { ...written, backingFiles: true },
    effect: 'a start after a crash removes the format of the backing file from the header, which qemu-img needs',
    wayOut: 'qemu-img check -r all DISK before that start, or qemu-img rebase -u -b NAME -F qcow2 DISK after it',
    severity: 'costly',
  },
];

/** The disk that `vm create` makes by default: an overlay over the image, with one queue. */
export const overlayUse: DiskUse = {
  ...written,
  severalQueues: false,
  backingFiles: true,
  discards: true,
  compressedWrites: false,
  fillsDisk: false,
  copiedWhilePaused: false,
};

/** A raw disk. No defect concerns it. */
export const rawUse: DiskUse = { ...overlayUse, format: 'raw', backingFiles: false };

/** The defects that a release has with such a disk. An unknown release is taken for a new one. */
export function findDefects(release: Release, use: DiskUse): readonly Defect[] {
  return knownDefects.filter((defect) => hasDefect(release, defect) && occurs(defect.condition, use));
}

export function findCorrupting(release: Release, use: DiskUse): readonly Defect[] {
  return findDefects(release, use).filter(({ severity }) => severity === 'corrupting');
}

function hasDefect(release: Release, { from, before }: Defect): boolean {
  return (from === undefined || isAtLeast(release, from)) && (before === undefined || !isAtLeast(release, before));
}

function occurs(condition: Partial<DiskUse>, use: DiskUse): boolean {
  return (Object.keys(condition) as (keyof DiskUse)[]).every((key) => condition[key] === use[key]);
}

/** Such as `#8358: the guest's data overwrites the first 64 KiB of the file (50.0 to before 52.0)`. */
export function formatDefect(defect: Defect): string {
  return `${nameDefect(defect)}: ${defect.effect} (${formatReleases(defect)})`;
}

export function nameDefect({ id }: Pick<Defect, 'id'>): string {
  return /^\d+$/.test(id) ? `#${id}` : id;
}

/** The releases that have a defect, such as `50.0 to before 52.0`. */
export function formatReleases({ from, before }: Pick<Defect, 'from' | 'before'>): string {
  if (before === undefined) return from === undefined ? 'all releases' : `since ${from}, not fixed`;
  return from === undefined ? `before ${before}` : `${from} to before ${before}`;
}
