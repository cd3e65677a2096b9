import { z } from 'zod';
import { Failure } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import type { DocumentKind } from '../platform/document.js';
import { indexKey } from '../store/names.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../platform/schema-parts.js';
import type { StoreIndex } from '../store/index/store-index.js';

const seenStoreSchema = fields({
  /** The address of the index, without credentials. */
  uri: text,
  /** The highest that this host has seen there. */
  generation: count,
  /** Of the index of that generation. */
  sha256: hexDigest,
});

const seenRevocationSchema = fields({
  version: versionNumber,
  /** Absent if the index did not list the version any more: then every version of that number is meant. */
  manifestSha256: hexDigest.exactOptional(),
  reason: text,
  at: z.iso.datetime(),
  replacement: versionNumber.exactOptional(),
  /** The `uri` of the store that revoked it. */
  store: text,
});

const seenSchema = fields({
  schema: z.literal(1),
  image: text,
  stores: list(seenStoreSchema),
  revoked: list(seenRevocationSchema),
});

/** What a host has seen of an image in all stores: `versions/.<image>.seen.json`. Only `host forget` takes anything out. */
export type SeenState = z.infer<typeof seenSchema>;
export type SeenRevocation = z.infer<typeof seenRevocationSchema>;

export const seenKind: DocumentKind<SeenState> = { schema: seenSchema, version: 1, limit: 16 * 1024 ** 2 };

/** Characters of a reason, which is foreign text. */
const longestReason = 300;
/** A store that revokes more is broken or hostile; no host could list them. */
const mostRevocations = 10_000;

export function createSeen(image: string): SeenState {
  return { schema: 1, image, stores: [], revoked: [] };
}

/** An index that was read from a store. */
export interface SeenIndex {
  readonly index: StoreIndex;
  /** Of its bytes; undefined if the store has no index. */
  readonly sha256: string | undefined;
  readonly uri: string;
}

/**
 * Adds an index to what a host has seen; returns `seen` itself if there is nothing new.
 * @throws Failure if the store went back, or has a different index of a generation that was seen
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
  const fix = `if the store was restored on purpose: ch-golden host forget --store ${addressOf(image, uri)}`;
  if (sha256 === undefined)
    throw new Failure(`${uri} is missing, and this host has seen generation ${known.generation} of it`, { fix });
  if (generation < known.generation) {
    throw new Failure(
      `${uri} went back from generation ${known.generation} to ${generation}: an old copy of the index, or a restored bucket`,
      {
        fix,
      },
    );
  }
  if (generation === known.generation && sha256 !== known.sha256) {
    throw new Failure(
      `${uri} is a different index of generation ${generation} than this host has seen: a forged one, or a restored bucket`,
      {
        fix,
      },
    );
  }
}

/** The address of a store, from that of its index. */
export function addressOf(image: string, uri: string): string {
  const end = `/${indexKey(image)}`;
  return uri.endsWith(end) ? uri.slice(0, -end.length) : uri;
}

function addRevocations(known: readonly SeenRevocation[], index: StoreIndex, store: string): readonly SeenRevocation[] {
  const all = new Map(known.map((revocation) => [keyOf(revocation), revocation]));
  for (const [number, { reason, at, replacement }] of Object.entries(index.revoked)) {
    const version = Number(number);
    const manifestSha256 = index.live.find((live) => live.version === version)?.manifestSha256;
    const found: SeenRevocation = {
      version,
      ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
      reason: sanitizeLine(reason, longestReason),
      at,
      ...(replacement === undefined ? {} : { replacement }),
      store,
    };
    // The first reason stays; a replacement can be named later, see `markRevoked`.
    all.set(keyOf(found), { ...found, ...all.get(keyOf(found)) });
  }
  if (all.size > mostRevocations)
    throw new Failure(`${store} revokes too many versions: this host remembers ${mostRevocations}`);
  return [...all.values()];
}

function keyOf({ store, version, manifestSha256 }: SeenRevocation): string {
  return `${version} ${manifestSha256 ?? ''} ${store}`;
}

/** A version whose revocation is looked for; without a digest every version of that number is meant. */
export interface RevocableVersion {
  readonly version: number;
  readonly manifestSha256?: string;
}

/**
 * Why a version must not be used; undefined if this host has not seen it revoked. A revocation counts whichever store it came
 * from: mirrors have other addresses than the store that they copy.
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

/** What is left without one store. */
export function forgetStore(seen: SeenState, uri: string): SeenState {
  return {
    ...seen,
    stores: seen.stores.filter((store) => store.uri !== uri),
    revoked: seen.revoked.filter(({ store }) => store !== uri),
  };
}
