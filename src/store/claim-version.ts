import { z } from 'zod';
import { Failure } from '../platform/errors.js';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { builderSchema, type Builder } from './documents/manifest.js';
import { documentKey, imagePrefix, parseImageName, tryParseVersion, versionPrefix } from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { fields, text, versionNumber } from '../platform/schema-parts.js';
import { readIndex } from './index/update-index.js';
import type { StorePorts } from './store-ports.js';

/** The exclusive right to publish one version. Its number is never given to anyone else. */
export interface Claim {
  readonly image: string;
  readonly version: number;
  /** The run that claimed it: unique for each run. */
  readonly owner: string;
}

export interface ClaimRequest {
  readonly image: string;
  /** Unique for each run: a UUID. */
  readonly owner: string;
  readonly builder: Builder;
  /** The version to claim; by default the next free one. */
  readonly version?: number | undefined;
}

const tries = 1000;

/** @throws UsageError for an invalid image name, Failure if the version is taken */
export async function claimVersion(request: ClaimRequest, ports: StorePorts): Promise<Claim> {
  parseImageName(request.image);
  if (request.version !== undefined) return claimExactly(request, request.version, ports);
  const first = await findNextVersion(request.image, ports.store);
  for (let version = first; version < first + tries; version += 1) {
    if (await tryClaim(request, version, ports)) return { image: request.image, version, owner: request.owner };
    ports.log.detail(`Version ${version} of ${request.image} is claimed by another run, trying the next`);
  }
  throw new Failure(`could not claim a version of ${request.image}: gave up after ${tries} conflicts with other runs`);
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

async function claimExactly(request: ClaimRequest, version: number, ports: StorePorts): Promise<Claim> {
  const { image, owner } = request;
  const found = await assertClaimable({ ...request, version }, ports.store);
  if (found === 'left')
    ports.log.info(
      `Taking over version ${version} of ${image}: an earlier attempt of this run claimed it and published nothing`,
    );
  else if (!(await tryClaim(request, version, ports))) throw await takenFailure(image, version, ports.store);
  return { image, version, owner };
}

/**
 * Asserts that a version can be claimed: it is free, or an earlier attempt of the same GitHub run left its claim and
 * nothing else. GitHub starts an attempt after the previous one has ended. Should that one still run somewhere,
 * everything that either of them writes is create-only.
 * @throws Failure if the version is taken
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
      throw new Failure(`version ${version} of ${image} is taken: ${store.uri(key)} exists`, { fix: otherVersionHint });
    isClaimed = true;
  }
  const { highest, abandoned } = await readIndex(image, store);
  if (abandoned.includes(version))
    throw new Failure(`version ${version} of ${image} was abandoned by ch-golden prune`, { fix: otherVersionHint });
  if (!isClaimed) return 'free';
  const other = await tryReadClaim(image, version, store);
  // Retention keeps the claim of a version that it removes.
  if (version > highest && isEarlierAttempt(other?.builder.run, builder.run)) return 'left';
  throw await takenFailure(image, version, store);
}

const otherVersionHint = 'publish under a different version';

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
  return new Failure(`version ${version} of ${image} is taken by ${who}`, { fix: otherVersionHint });
}

async function tryClaim(request: ClaimRequest, version: number, { store, clock }: StorePorts): Promise<boolean> {
  const { image, owner, builder } = request;
  const bytes = formatDocument({
    schema: 1,
    image,
    version,
    owner,
    created: new Date(clock.now()).toISOString(),
    builder,
  });
  // Not cached: the claim is removed if the smoke test fails.
  if (
    (await store.createOnly(documentKey(image, version, 'claim'), bytes, { owner, cacheControl: 'no-store' })) ===
    'created'
  )
    return true;
  return (await tryReadClaim(image, version, store))?.owner === owner;
}

/** Undefined if there is no claim, or one that was written by hand: the version is still taken then. */
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

/**
 * The number above every version that was ever published, claimed or written by hand. Only the hundred around the
 * highest published version is listed, and on if it is full: a number far above it does not count before it is
 * published. All writes are create-only, so at worst a claim is lost and the next number is tried.
 */
export async function findNextVersion(image: string, store: ObjectStore): Promise<number> {
  let { highest } = await readIndex(image, store);
  for (;;) {
    const found = await findHighestNear(image, highest, store);
    const isDone = found === highest || toHundred(found + 1) === toHundred(highest + 1);
    highest = found;
    if (isDone) return highest + 1;
  }
}

/** The digits that the numbers of a hundred begin with. */
function toHundred(version: number): string {
  return String(version).slice(0, -2);
}

async function findHighestNear(image: string, highest: number, store: ObjectStore): Promise<number> {
  const prefix = imagePrefix(image);
  const hundred = toHundred(highest + 1);
  // Keys are sorted as text: below 100, a number with more digits can come before the highest.
  const options = hundred === '' ? {} : { startAfter: `${prefix}${highest}.~` };
  let found = highest;
  for await (const { key } of store.list(prefix + hundred, options)) {
    // What follows the numbers belongs to the image as a whole, or to images `<image>.x`.
    if (!/^\d/.test(key.slice(prefix.length))) break;
    found = Math.max(found, tryParseVersion(image, key) ?? 0);
  }
  return found;
}

export function formatBuilder(builder: Builder): string {
  return builder.run ?? builder.repository ?? builder.tool;
}
