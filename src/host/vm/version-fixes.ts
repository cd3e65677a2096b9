import type { ObjectReader } from '../../objects/object-store.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { VersionChanges } from '../../store/documents/changes.js';
import { compareVersions, markSecurity, summarizeDiff } from '../../store/documents/compare-versions.js';
import { parseManifest, type Manifest } from '../../store/documents/manifest.js';
import type { StoreIndex } from '../../store/index/store-index.js';
import { readLive } from '../../store/read-versions.js';
import { tryReadManifest } from '../local-versions.js';

/** The manifest of a version; undefined if neither this host nor the store has it. */
export type ReadManifest = (version: number) => Promise<Manifest | undefined>;

interface ManifestPlace {
  readonly root: string;
  readonly image: string;
  /** Accepted. It proves what the store returns. */
  readonly index: StoreIndex | undefined;
}

/** Reads each manifest once: from this host, or else from the store if there is one. */
export function createManifestReader({ root, image, index }: ManifestPlace, store?: ObjectReader): ReadManifest {
  const known = new Map<number, Promise<Manifest | undefined>>();
  const read = async (version: number): Promise<Manifest | undefined> => {
    const bytes = await tryReadManifest(root, image, version);
    if (bytes !== undefined) return parseManifest(bytes, `manifest of ${image}.${version}`);
    const live = index?.live.find((one) => one.version === version);
    return live === undefined || store === undefined ? undefined : (await readLive(image, live, store)).manifest;
  };
  return async (version) => {
    const manifest = known.get(version) ?? read(version);
    known.set(version, manifest);
    return manifest;
  };
}

/** What a version changes compared with an older one. */
export interface Fixes {
  readonly changes: VersionChanges;
  readonly security: {
    /** Packages whose update is a security update. */
    readonly count: number;
    /** False if a version in between is unknown: then there can be more. */
    readonly complete: boolean;
  };
}

interface Step {
  readonly from: number;
  readonly to: number;
}

/** Undefined if one of the two manifests is unknown. */
export async function listFixes(step: Step, read: ReadManifest): Promise<Fixes | undefined> {
  const [from, to] = [await read(step.from), await read(step.to)];
  if (from === undefined || to === undefined) return undefined;
  const diff = compareVersions(withoutUndefined({ facts: from }), withoutUndefined({ facts: to }));
  const { names, complete } = await listSecurityUpdates(step, read);
  const packages = markSecurity(diff.packages, names);
  const count = packages.filter(({ security }) => security === true).length;
  return { changes: summarizeDiff({ ...diff, packages }), security: { count, complete } };
}

/** Versions between the two: a host that is further behind should not read thousands of manifests. */
const maxSteps = 200;

/**
 * Follows the versions back from the newer to the older one. Each recorded which of its updates came from a security
 * archive.
 */
async function listSecurityUpdates(
  { from, to }: Step,
  read: ReadManifest,
): Promise<{ readonly names: readonly string[]; readonly complete: boolean }> {
  const names = new Set<string>();
  let at = to;
  let complete = true;
  for (let steps = 0; at > from && steps < maxSteps; steps += 1) {
    const manifest = await read(at);
    if (manifest?.changes === undefined || manifest.previous === undefined || manifest.previous >= at) break;
    const { first } = manifest.changes.packages;
    for (const { name, security } of first) if (security === true) names.add(name.replace(/:.*/, ''));
    // Security updates come first in the list, so only a list of nothing else may be cut off within them.
    if (isCutOff(manifest.changes.packages)) complete = false;
    at = manifest.previous;
  }
  return { names: [...names], complete: complete && at === from };
}

function isCutOff({ added, removed, changed, first }: VersionChanges['packages']): boolean {
  return first.length < added + removed + changed && first.every(({ security }) => security === true);
}
