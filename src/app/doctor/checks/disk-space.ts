import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { parseReference } from '../../../base/base-reference.js';
import type { Layout } from '../../../platform/choices.js';
import { errorMessage } from '../../../platform/errors.js';
import { formatBytes, formatCount } from '../../../platform/format.js';
import type { Check, DoctorRequest } from '../check.js';
import type { Finding } from '../finding.js';

export const diskSpaceCheck: Check = { name: 'disk space', appliesTo: () => true, check: checkDiskSpace };

/** The inputs of the estimate. Sizes are in bytes. */
export interface SpaceNeeds {
  readonly base: 'ubuntu' | 'path' | 'url' | 'bootstrap';
  /** Undefined if the base is not on this machine yet. */
  readonly baseSize?: number | undefined;
  /** Of the disk in a VM. */
  readonly diskSize: number;
  readonly layout: Layout;
  readonly isCompressed: boolean;
  /** VMs of the smoke test; 0 without one. */
  readonly clones: number;
  /** Whether they boot overlays on an uncompressed copy. */
  readonly copied: boolean;
}

/** A named part of an estimate. */
export interface SpacePart {
  readonly what: string;
  readonly bytes: number;
}

/** Directories on one filesystem share its free space. */
async function checkDiskSpace(request: DoctorRequest): Promise<readonly Finding[]> {
  const { cache: cachePath, work: workPath } = request.directories;
  const needs = await toSpaceNeeds(request);
  const [work, cache] = [await readDirectory(workPath), await readDirectory(cachePath)];
  const [forWork, forCache] = [estimateWork(needs), estimateCache(needs)];
  const isShared = 'device' in work && 'device' in cache && work.device === cache.device;
  return [
    checkSpace('work directory', workPath, work, isShared ? [...forWork, ...forCache] : forWork),
    checkSpace('cache directory', cachePath, cache, isShared ? [] : forCache),
  ];
}

async function toSpaceNeeds({ base, image, smoke }: DoctorRequest): Promise<SpaceNeeds> {
  const reference = parseReference(base.reference);
  return {
    base: reference.kind,
    baseSize: reference.kind === 'path' ? await tryGetSize(reference.path) : undefined,
    diskSize: image.diskSize,
    layout: image.layout,
    isCompressed: image.compression !== 'none',
    clones: smoke.enabled ? smoke.clones : 0,
    copied: smoke.disk === 'copy',
  };
}

async function tryGetSize(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function readDirectory(directory: string): Promise<DirectoryFacts & { readonly device?: number }> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    return { free: bavail * bsize, device: (await stat(directory)).dev };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** The compressed cloud images of distributions are smaller: noble's has 600 MiB. */
const usualBase = gibibyte;
/** What `makeBootstrapImage` requires. */
const bootstrapSpace = 4 * gibibyte;
/** The daemon, the other edits, and installed packages. */
const edits = 512 * mebibyte;
/** What a guest writes while it boots. */
const cloneWrites = 256 * mebibyte;
/** How much larger an image is uncompressed, at most. */
const unpacked = 4;

/** The most that a build writes into the work directory. */
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

/** The disk space that a base needs in the cache directory if it is not there yet. */
export function estimateCache({ base, baseSize = usualBase }: SpaceNeeds): readonly SpacePart[] {
  switch (base) {
    case 'path':
      return [];
    case 'bootstrap':
      return [{ what: 'a base built from packages', bytes: bootstrapSpace }];
    case 'ubuntu':
    case 'url':
      return [{ what: 'a downloaded base', bytes: baseSize }];
  }
}

/** The free bytes of a directory, or why it is not usable. */
export type DirectoryFacts = { readonly free: number } | { readonly problem: string };

/** Less than the estimate is a warning, because it is an upper bound. Less than half of it cannot work. */
export function checkSpace(
  name: 'work directory' | 'cache directory',
  directory: string,
  facts: DirectoryFacts,
  parts: readonly SpacePart[],
): Finding {
  const input = name.replace(' directory', '-folder');
  if ('problem' in facts) {
    return {
      name,
      state: 'broken',
      text: `${directory} is not usable: ${facts.problem}`,
      fix: `sudo install -d -o "$USER" ${directory}   # or set ${input} to another directory`,
    };
  }
  const needed = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = `${formatBytes(facts.free)} free in ${directory}`;
  if (needed === 0) return { name, state: 'ok', text: free };
  const list = parts.map(({ what, bytes }) => `${what} ${formatBytes(bytes)}`).join(', ');
  const text = `${free}; a build uses up to ${formatBytes(needed)} (${list})`;
  if (facts.free >= needed) return { name, state: 'ok', text };
  return {
    name,
    state: facts.free < needed / 2 ? 'broken' : 'warning',
    text: `only ${text}`,
    fix: `df -h ${directory}   # free some space there, or set ${input} to another directory`,
  };
}
