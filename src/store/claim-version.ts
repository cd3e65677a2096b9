import { z } from 'zod';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/log.js';
import { formatDocument, parseDocument, type DocumentKind } from './document.js';
import { builderSchema, type Builder } from './manifest.js';
import { checkImageName, documentKey, imagePrefix, tryParseVersion, versionPrefix } from './names.js';
import type { ObjectStore } from './object-store.js';
import { fields, text, versionNumber } from './schema-parts.js';
import { readIndex } from './update-index.js';

/** The right to publish one version: nobody else has its number, now or later. */
export interface Claim {
  readonly image: string;
  readonly version: number;
  /** Who has claimed it: unique for each run. */
  readonly owner: string;
}

export interface ClaimRequest {
  readonly image: string;
  /** Unique for each run: a UUID. */
  readonly owner: string;
  readonly builder: Builder;
  /** Exactly this one, where given; otherwise the next that is free. */
  readonly version?: number;
}

export interface ClaimPorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

const tries = 1000;

/** Claims a version. @throws UsageError for an image name that is not allowed, Failure where the version is taken. */
export async function claimVersion(request: ClaimRequest, ports: ClaimPorts): Promise<Claim> {
  checkImageName(request.image);
  if (request.version !== undefined) return claimExactly(request, request.version, ports);
  const first = (await findHighestVersion(request.image, ports.store)) + 1;
  for (let version = first; version < first + tries; version += 1) {
    if (await tryClaim(request, version, ports)) return { image: request.image, version, owner: request.owner };
    ports.log.detail(`version ${version} of ${request.image} was claimed by another run; trying the next`);
  }
  throw new Failure(`others claimed each of ${tries} versions of ${request.image} while we tried to`);
}

const claimSchema = fields({
  schema: z.literal(1),
  image: text,
  version: versionNumber,
  owner: text,
  created: z.iso.datetime(),
  builder: builderSchema,
});

const claimKind: DocumentKind<z.infer<typeof claimSchema>> = { schema: claimSchema, version: 1, limit: 64 * 1024 };

async function claimExactly(request: ClaimRequest, version: number, ports: ClaimPorts): Promise<Claim> {
  const { image, owner } = request;
  const claim = documentKey(image, version, 'claim');
  for await (const { key } of ports.store.list(versionPrefix(image, version))) {
    if (key !== claim) throw new Failure(`version ${version} of ${image} is taken: ${ports.store.uri(key)} is there`);
  }
  if (await tryClaim(request, version, ports)) return { image, version, owner };
  const other = await tryReadClaim(image, version, ports.store);
  const who = other === undefined ? 'an unreadable claim' : `the claim of ${describeBuilder(other.builder)} at ${other.created}`;
  throw new Failure(`version ${version} of ${image} is taken by ${who}`, { mend: 'publish under another version' });
}

async function tryClaim(request: ClaimRequest, version: number, { store, clock }: ClaimPorts): Promise<boolean> {
  const { image, owner, builder } = request;
  const bytes = formatDocument({ schema: 1, image, version, owner, created: new Date(clock.now()).toISOString(), builder });
  // Not cached: a claim is removed again when the smoke test fails.
  if (await store.createOnly(documentKey(image, version, 'claim'), bytes, { owner, cacheControl: 'no-store' }) === 'created') return true;
  return (await tryReadClaim(image, version, store))?.owner === owner;
}

/** Undefined where there is none, or one that somebody wrote by hand: it is taken all the same. */
async function tryReadClaim(image: string, version: number, store: ObjectStore): Promise<z.infer<typeof claimSchema> | undefined> {
  const key = documentKey(image, version, 'claim');
  const content = await store.read(key, claimKind.limit);
  try {
    return content === undefined ? undefined : parseDocument(claimKind, content.bytes, store.uri(key));
  } catch {
    return undefined;
  }
}

/** Of all that were ever published, claimed, or put there by hand. */
async function findHighestVersion(image: string, store: ObjectStore): Promise<number> {
  let { highest } = await readIndex(image, store);
  for await (const { key } of store.list(imagePrefix(image))) {
    highest = Math.max(highest, tryParseVersion(image, key) ?? 0);
  }
  return highest;
}

function describeBuilder(builder: Builder): string {
  return builder.run ?? builder.repository ?? builder.tool;
}
