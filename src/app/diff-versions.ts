import {
  compareVersions,
  markSecurity,
  type Comparable,
  type VersionDiff,
} from '../store/documents/compare-versions.js';
import { tryReadInventory } from '../store/documents/inventory-document.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { ObjectReader } from '../objects/object-store.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { findVersion } from '../store/read-versions.js';

export interface ComparedVersions {
  readonly image: string;
  readonly from: number;
  readonly to: number;
  readonly diff: VersionDiff;
}

/** Compares two published versions, each a number or a channel. @throws Failure if one does not exist */
export async function diffVersions(
  request: { readonly image: string; readonly from: number | string; readonly to: number | string },
  store: ObjectReader,
): Promise<ComparedVersions> {
  const { image } = request;
  const from = await readVersion(image, request.from, store);
  const to = await readVersion(image, request.to, store);
  const diff = compareVersions(from, to);
  const marked = { ...diff, packages: markSecurity(diff.packages, listSecurityUpdates(from.facts, to.facts)) };
  return { image, from: from.facts.version, to: to.facts.version, diff: marked };
}

/** The security updates that the build of `to` recorded, if it was built from `from`. */
function listSecurityUpdates(from: Manifest, to: Manifest): readonly string[] {
  return to.previous === from.version
    ? (to.changes?.packages.first ?? []).filter(({ security }) => security).map(({ name }) => name)
    : [];
}

async function readVersion(
  image: string,
  wanted: number | string,
  store: ObjectReader,
): Promise<Comparable & { readonly facts: Manifest }> {
  const { manifest } = await findVersion(image, wanted, store);
  const inventory = await tryReadInventory(manifest, store);
  return withoutUndefined({ facts: manifest, inventory });
}
