import { z } from 'zod';
import { Failure } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import type { DocumentKind } from '../platform/document.js';
import { indexKey } from '../store/names.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../platform/schema-parts.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { StoreIndex } from '../store/index/store-index.js';

const seenStoreSchema = fields({
  /** Address of the index, without credentials. */
  uri: text,
  /** Highest generation that this host has seen. */
  generation: count,
  /** SHA-256 of the index of that generation. */
  sha256: hexDigest,
});

const seenRevocationSchema = fields({
  version: versionNumber,
  /** Absent if the index no longer listed the version: then every version of that number is revoked. */
  manifestSha256: hexDigest.exactOptional(),
  reason: text,
  at: z.iso.datetime(),
  replacement: versionNumber.exactOptional(),
  /** `uri` of the store that revoked it. */
  store: text,
});

const seenSchema = fields({
  schema: z.literal(1),
  image: text,
  stores: list(seenStoreSchema),
  revoked: list(seenRevocationSchema),
});

/**
 * What a host has seen of an image in all stores: `versions/.<image>.seen.json`. Only `host forget` removes entries.
 */
export type SeenState = z.infer<typeof seenSchema>;
export type SeenRevocation = z.infer<typeof seenRevocationSchema>;

export const seenKind: DocumentKind<SeenState> = { schema: seenSchema, version: 1, limit: 16 * 1024 ** 2 };

/** Characters of a reason, which is untrusted text. */
const maxReasonLength = 300;
/** A store that revokes more is broken or hostile. */
const maxRevocations = 10_000;

export function createSeen(image: string): SeenState {
  return { schema: 1, image, stores: [], revoked: [] };
}

/** An index that was read from a store. */
export interface SeenIndex {
  readonly index: StoreIndex;
  /** SHA-256 of its bytes; undefined if the store has no index. */
  readonly sha256: string | undefined;
  readonly uri: string;
}

/**
 * Adds an index to what a host has seen. Returns `seen` itself if nothing is new.
 * @throws Failure if the store went back, or has a different index of a known generation
 */
export function recordIndex(seen: SeenState, { index, sha256, uri }: SeenIndex): SeenState {
  const known = seen.stores.find((store) => store.uri === uri);
  if (known !== undefined) assertForward(known, { index, sha256, uri }, seen.image);
  if (sha256 === undefined || sha256 === known?.sha256) return seen;
  return {
    ...seen,
    stores: [...seen.stores.filter((store) => store !== known), { uri, generation: index.generation, sha256 }],
    revoked: addRevocations(seen.revoked, index, uri),
  };
}

function assertForward(
  known: SeenState['stores'][number],
  { index: { generation }, sha256, uri }: SeenIndex,
  image: string,
): void {
  const fix = `if the store was restored intentionally: ch-golden host forget --store ${indexAddressOf(image, uri)}`;
  if (sha256 === undefined)
    throw new Failure(`${uri} is missing, but this host has seen generation ${known.generation} of it`, { fix });
  if (generation < known.generation) {
    throw new Failure(
      `${uri} went back from generation ${known.generation} to ${generation}: an old copy of the index, or a ` +
        'restored bucket',
      { fix },
    );
  }
  if (generation === known.generation && sha256 !== known.sha256) {
    throw new Failure(
      `${uri} differs from the index of generation ${generation} that this host has seen: a forged index, or ` +
        'a restored bucket',
      { fix },
    );
  }
}

/** The address of a store, given that of its index. */
export function indexAddressOf(image: string, uri: string): string {
  const end = `/${indexKey(image)}`;
  return uri.endsWith(end) ? uri.slice(0, -end.length) : uri;
}

function addRevocations(known: readonly SeenRevocation[], index: StoreIndex, store: string): readonly SeenRevocation[] {
  const all = new Map(known.map((revocation) => [revocationKey(revocation), revocation]));
  for (const [number, { reason, at, replacement }] of Object.entries(index.revoked)) {
    const version = Number(number);
    const manifestSha256 = index.live.find((live) => live.version === version)?.manifestSha256;
    const found: SeenRevocation = withoutUndefined({
      version,
      manifestSha256,
      reason: sanitizeLine(reason, maxReasonLength),
      at,
      replacement,
      store,
    });
    // The first reason stays, but a replacement can be named later, see `markRevoked`.
    all.set(revocationKey(found), { ...found, ...all.get(revocationKey(found)) });
  }
  if (all.size > maxRevocations)
    throw new Failure(`${store} revokes too many versions: a host remembers at most ${maxRevocations}`);
  return [...all.values()];
}

function revocationKey({ store, version, manifestSha256 }: SeenRevocation): string {
  return `${version} ${manifestSha256 ?? ''} ${store}`;
}

/** A version to look up; without a digest, any version of that number. */
export interface RevocableVersion {
  readonly version: number;
  readonly manifestSha256?: string;
}

/**
 * Why a version must not be used; undefined if this host has not seen it revoked. A revocation counts whichever store
 * it came from, since mirrors have different addresses than the store they copy.
 */
export function tryGetRevocation(
  { revoked }: SeenState,
  { version, manifestSha256 }: RevocableVersion,
): SeenRevocation | undefined {
  const found = revoked.filter(
    (one) =>
      one.version === version &&
      (one.manifestSha256 === undefined || manifestSha256 === undefined || one.manifestSha256 === manifestSha256),
  );
  return found.find((one) => one.manifestSha256 === manifestSha256) ?? found[0];
}

/** Removes what was seen in one store. */
export function forgetStore(seen: SeenState, uri: string): SeenState {
  return {
    ...seen,
    stores: seen.stores.filter((store) => store.uri !== uri),
    revoked: seen.revoked.filter(({ store }) => store !== uri),
  };
}
