import { z } from 'zod';
import type { ByteRange } from '../platform/byte-range.js';
import type { Processes } from '../platform/process/processes.js';
import { parseToolJson } from '../platform/process/tool-output.js';
import type { DiskFile } from '../disk/storage-daemon.js';

/** A range of a disk that reads as data or as zeros. */
export interface Extent extends ByteRange {
  readonly data: boolean;
}

const mapSchema = z.array(
  z.object({ start: z.number(), length: z.number(), zero: z.boolean(), data: z.boolean(), present: z.boolean() }),
);

type MapEntry = z.infer<typeof mapSchema>[number];

/** Where a disk has data, its backing files included. */
export async function mapData(file: DiskFile, ports: { readonly processes: Processes }): Promise<readonly Extent[]> {
  return (await readMap(['-f', file.format, file.path], ports))
    .filter((entry) => entry.data && !entry.zero)
    .map(toExtent);
}

/**
 * What an overlay says itself, over its backing file: data and ranges that it made zero.
 * It is opened without its backing file, of which each compressed cluster would be an entry.
 */
export async function mapOverlay(path: string, ports: { readonly processes: Processes }): Promise<readonly Extent[]> {
  const overlay = { driver: 'qcow2', file: { driver: 'file', filename: path }, backing: null };
  return (await readMap([`json:${JSON.stringify(overlay)}`], ports)).filter(({ present }) => present).map(toExtent);
}

async function readMap(
  image: readonly string[],
  { processes }: { readonly processes: Processes },
): Promise<readonly MapEntry[]> {
  const { stdout } = await processes.run({ argv: ['qemu-img', 'map', '--output=json', ...image] });
  return parseToolJson('qemu-img map', stdout, mapSchema);
}

function toExtent({ start, length, data }: MapEntry): Extent {
  return { start, length, data };
}

/** Widens ranges to whole units and joins those that meet; the last one ends at `size`. A joined range with any data has data. */
export function alignExtents(extents: readonly Extent[], unit: number, size: number): readonly Extent[] {
  const aligned: Extent[] = [];
  for (const extent of [...extents].sort((a, b) => a.start - b.start)) {
    const start = Math.floor(extent.start / unit) * unit;
    const end = Math.min(Math.ceil((extent.start + extent.length) / unit) * unit, size);
    const last = aligned.at(-1);
    if (last !== undefined && start <= last.start + last.length) {
      aligned[aligned.length - 1] = {
        start: last.start,
        length: Math.max(end, last.start + last.length) - last.start,
        data: last.data || extent.data,
      };
    } else aligned.push({ start, length: end - start, data: extent.data });
  }
  return aligned;
}
