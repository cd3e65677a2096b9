import type { Layout } from '../../platform/choices.js';
import { formatBytes, formatCount } from '../../platform/format.js';
import type { Finding } from './finding.js';

/** What decides how much a build writes. Sizes are in bytes. */
export interface SpaceNeeds {
  readonly base: 'ubuntu' | 'path' | 'url' | 'bootstrap';
  /** Of the base's file, where there is one already. */
  readonly baseSize?: number;
  /** Of the disk in a VM. */
  readonly diskSize: number;
  readonly layout: Layout;
  readonly isCompressed: boolean;
  /** Of the smoke test; 0 where there is none. */
  readonly clones: number;
  /** They boot overlays of an uncompressed copy. */
  readonly copied: boolean;
}

/** A part of an estimate, by its name. */
export interface SpacePart {
  readonly what: string;
  readonly bytes: number;
}

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** Of distributions' compressed cloud images, noble's being 600 MiB. */
const usualBase = gibibyte;
/** `makeBootstrapImage` asks for it. */
const bootstrapRoom = 4 * gibibyte;
/** The daemon, what is edited beside it, and what is installed. */
const edits = 512 * mebibyte;
/** What a guest writes in a boot. */
const cloneWrites = 256 * mebibyte;
/** How much larger an image is uncompressed, at the most. */
const unpacked = 4;

/** What a build writes into the work directory, at the most. */
export function estimateWork({
  baseSize = usualBase,
  diskSize,
  layout,
  isCompressed,
  clones,
  copied,
}: SpaceNeeds): readonly SpacePart[] {
  const data = Math.min(baseSize * unpacked, diskSize) + edits;
  return [
    { what: 'the edits', bytes: edits },
    ...(layout === 'layered'
      ? []
      : [{ what: 'the image', bytes: isCompressed ? Math.min(baseSize, diskSize) + edits : data }]),
    ...(clones > 0 && copied ? [{ what: 'an uncompressed copy for the smoke test', bytes: data }] : []),
    ...(clones > 0 ? [{ what: formatCount(clones, 'smoke VM'), bytes: clones * cloneWrites }] : []),
  ];
}

/** What the base takes in the cache directory, where it is not there already. */
export function estimateCache({ base, baseSize = usualBase }: SpaceNeeds): readonly SpacePart[] {
  switch (base) {
    case 'path':
      return [];
    case 'bootstrap':
      return [{ what: 'a base that is made', bytes: bootstrapRoom }];
    case 'ubuntu':
    case 'url':
      return [{ what: 'a base that is fetched', bytes: baseSize }];
  }
}

/** A directory: what is free in it, or why it cannot be used. */
export type DirectoryFacts = { readonly free: number } | { readonly trouble: string };

/** Less than is needed is a warning, for the need is an estimate; less than half of it will not do. */
export function judgeSpace(
  name: 'work directory' | 'cache directory',
  directory: string,
  facts: DirectoryFacts,
  parts: readonly SpacePart[],
): Finding {
  const input = name.replace(' directory', '-folder');
  if ('trouble' in facts) {
    return {
      name,
      state: 'broken',
      text: `${directory} cannot be used: ${facts.trouble}`,
      fix: `sudo install -d -o "$USER" ${directory}   # or give another ${input}`,
    };
  }
  const needed = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const text = `${formatBytes(facts.free)} free in ${directory}`;
  const estimate = `${formatBytes(needed)} (${parts.map(({ what, bytes }) => `${what} ${formatBytes(bytes)}`).join(', ')})`;
  if (needed === 0) return { name, state: 'ok', text };
  if (facts.free >= needed) return { name, state: 'ok', text: `${text}, of which a build takes up to ${estimate}` };
  return {
    name,
    state: facts.free < needed / 2 ? 'broken' : 'warning',
    text: `${text}, but a build takes up to ${estimate}`,
    fix: `df -h ${directory}   # free space there, or give another ${input}`,
  };
}
