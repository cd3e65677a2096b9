import { z } from 'zod';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { builderSchema, type Builder } from './documents/manifest.js';
import { parseImageName, documentKey, imagePrefix, tryParseVersion, versionPrefix } from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { fields, text, versionNumber } from '../platform/schema-parts.js';
import { readIndex } from './index/update-index.js';

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
  readonly version?: number | undefined;
}

export interface ClaimPorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

const tries = 1000;

/** Claims a version. @throws UsageError for an image name that is not allowed, Failure where the version is taken. */
export async function claimVersion(request: ClaimRequest, ports: ClaimPorts): Promise<Claim> {
  parseImageName(request.image);
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
  const found = await assertClaimable({ ...request, version }, ports.store);
  if (found === 'left')
    ports.log.info(
      `an earlier attempt of this run has claimed version ${version} of ${image}, and published nothing: it is ours`,
    );
  else if (!(await tryClaim(request, version, ports))) throw await takenFailure(image, version, ports.store);
  return { image, version, owner };
}

/**
 * Looks whether a version can be claimed: it is free, or an earlier attempt of the same GitHub run has left its claim
 * and nothing else. GitHub starts an attempt when the one before has ended; if that one still runs somewhere, all that
 * either writes is create-only. @throws Failure where the version is taken
 */
export async function assertClaimable(
  request: { readonly image: string; readonly version: number; readonly builder: Builder },
  store: ObjectStore,
): Promise<'free' | 'left'> {
  const { image, version, builder } = request;
  const claim = documentKey(image, version, 'claim');
  let isClaimed = false;
  for await (const { key } of store.list(versionPrefix(image, version))) {
    if (key !== claim)
      throw new Failure(`version ${version} of ${image} is taken: ${store.uri(key)} is there`, {
        fix: 'publish under another version',
      });
    isClaimed = true;
  }
  const { highest, abandoned } = await readIndex(image, store);
  if (abandoned.includes(version))
    throw new Failure(`version ${version} of ${image} was given up for dead by ch-golden prune`, {
      fix: 'publish under another version',
    });
  if (!isClaimed) return 'free';
  const other = await tryReadClaim(image, version, store);
  // Of a version that was published, and removed by retention, the claim is left as well.
  if (version > highest && isEarlierAttempt(other?.builder.run, builder.run)) return 'left';
  throw await takenFailure(image, version, store);
}

const attemptOfRun = /^(.+\/actions\/runs\/\d+)\/attempts\/(\d{1,9})$/;

function isEarlierAttempt(one = '', other = ''): boolean {
  const [, run, attempt] = attemptOfRun.exec(one) ?? [];
  const [, otherRun, otherAttempt] = attemptOfRun.exec(other) ?? [];
  return run !== undefined && run === otherRun && Number(attempt) < Number(otherAttempt);
}

async function takenFailure(image: string, version: number, store: ObjectStore): Promise<Failure> {
  const other = await tryReadClaim(image, version, store);
  const who =
    other === undefined ? 'an unreadable claim' : `the claim of ${formatBuilder(other.builder)} at ${other.created}`;
  return new Failure(`version ${version} of ${image} is taken by ${who}`, { fix: 'publish under another version' });
}

async function tryClaim(request: ClaimRequest, version: number, { store, clock }: ClaimPorts): Promise<boolean> {
  const { image, owner, builder } = request;
  const bytes = formatDocument({
    schema: 1,
    image,
    version,
    owner,
    created: new Date(clock.now()).toISOString(),
    builder,
  });
  // Not cached: a claim is removed again when the smoke test fails.
  if (
    (await store.createOnly(documentKey(image, version, 'claim'), bytes, { owner, cacheControl: 'no-store' })) ===
    'created'
  )
    return true;
  return (await tryReadClaim(image, version, store))?.owner === owner;
}

/** Undefined where there is none, or one that somebody wrote by hand: it is taken all the same. */
export async function tryReadClaim(
  image: string,
  version: number,
  store: ObjectStore,
): Promise<z.infer<typeof claimSchema> | undefined> {
  const key = documentKey(image, version, 'claim');
  const content = await store.read(key, claimKind.limit);
  try {
    return content === undefined ? undefined : parseDocument(claimKind, content.bytes, store.uri(key));
  } catch {
    return undefined;
  }
}

/** Of all that were ever published, claimed, or put there by hand. */
export async function findHighestVersion(image: string, store: ObjectStore): Promise<number> {
  let { highest } = await readIndex(image, store);
  for await (const { key } of store.list(imagePrefix(image))) {
    highest = Math.max(highest, tryParseVersion(image, key) ?? 0);
  }
  return highest;
}

export function formatBuilder(builder: Builder): string {
  return builder.run ?? builder.repository ?? builder.tool;
}
