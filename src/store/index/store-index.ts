import { z } from 'zod';
import { Failure, UsageError } from '../../platform/errors.js';
import type { DocumentKind } from '../../platform/document.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { channelName, parseChannelName } from '../names.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../../platform/schema-parts.js';
import { signaturesSchema } from '../../trust/signed-document.js';

const liveVersionSchema = fields({ version: versionNumber, manifestSha256: hexDigest });

const channelSchema = fields({
  version: versionNumber,
  manifestSha256: hexDigest,
  /** The version that the channel named before: a rollback goes there. */
  previous: versionNumber.exactOptional(),
});

const indexSchema = fields({
  schema: z.literal(1),
  image: text,
  /** Number of changes. */
  generation: count,
  /** Differs with every change, so that every content is unique and a writer recognizes its own. */
  nonce: text,
  /** The highest version that was ever published or abandoned. No number up to it is free. */
  highest: count,
  live: list(liveVersionSchema),
  /** Not to be used any more, but not yet removed. */
  retiring: list(fields({ version: versionNumber, since: z.iso.datetime() })),
  /** Claimed by runs that went silent. Kept for good: such a run may resume at its last step, its files removed. */
  abandoned: list(versionNumber).default([]),
  revoked: z
    .record(
      z.string().regex(/^[1-9]\d{0,8}$/),
      fields({ reason: text, at: z.iso.datetime(), replacement: versionNumber.exactOptional() }),
    )
    .readonly(),
  channels: z.record(z.string().regex(channelName), channelSchema).readonly(),
  /** Set on a signed index: hosts that require a signature reject the index after this time. */
  expires: z.iso.datetime().exactOptional(),
  signatures: signaturesSchema.exactOptional(),
}).superRefine((index, context) => {
  for (const [name, { version }] of Object.entries(index.channels)) {
    if (!index.live.some((live) => live.version === version)) {
      context.addIssue({ code: 'custom', path: ['channels', name, 'version'], message: `${version} is not live` });
    }
  }
});

/**
 * The only mutable document of an image: its versions, and what the channels name. Channels and retention share a
 * document so that neither can overtake the other. All functions here are pure; `updateIndex` applies them.
 */
export type StoreIndex = z.infer<typeof indexSchema>;
export type Channel = z.infer<typeof channelSchema>;
export type LiveVersion = StoreIndex['live'][number];
export type Revocation = StoreIndex['revoked'][string];

/** `keep` bounds the number of versions, and with it the size of the document. */
export const indexKind: DocumentKind<StoreIndex> = { schema: indexSchema, version: 1, limit: 4 * 1024 ** 2 };

/** The index of an image before its first version. */
export function createIndex(image: string): StoreIndex {
  return {
    schema: 1,
    image,
    generation: 0,
    nonce: '',
    highest: 0,
    live: [],
    retiring: [],
    abandoned: [],
    revoked: {},
    channels: {},
  };
}

/** @throws Failure if the number is in use for something else */
export function addVersion(index: StoreIndex, added: LiveVersion): StoreIndex {
  const known = index.live.find((live) => live.version === added.version);
  if (known?.manifestSha256 === added.manifestSha256) return index;
  if (known !== undefined || index.retiring.some((retiring) => retiring.version === added.version)) {
    throw new Failure(`version ${added.version} of ${index.image} is already published with different content`);
  }
  if (index.abandoned.includes(added.version)) {
    throw new Failure(
      `version ${added.version} of ${index.image} was abandoned by ch-golden prune, and its files were removed`,
      { fix: 'build again to get a new number, and run ch-golden prune with a longer --grace' },
    );
  }
  const live = [...index.live, added].sort((one, other) => one.version - other.version);
  return { ...index, live, highest: Math.max(index.highest, added.version) };
}

/** Undefined if there is no such channel. @throws UsageError for an invalid name */
export function tryGetChannel(index: StoreIndex, channel: string): Channel | undefined {
  return Object.hasOwn(index.channels, parseChannelName(channel)) ? index.channels[channel] : undefined;
}

/** Moves a channel when a version is published: a slow, older build must not move it back. */
export function moveChannelForward(index: StoreIndex, channel: string, version: number): StoreIndex {
  const current = tryGetChannel(index, channel);
  return current !== undefined && current.version >= version ? index : moveChannelTo(index, channel, version);
}

/** Promotion and rollback: an explicit move to a live version. @throws Failure if it is not live, or is revoked */
export function moveChannelTo(index: StoreIndex, channel: string, version: number): StoreIndex {
  const target = getLive(index, version);
  const revocation = index.revoked[version];
  if (revocation !== undefined) {
    throw new Failure(`version ${version} of ${index.image} is revoked: ${revocation.reason}`, {
      fix:
        revocation.replacement === undefined
          ? 'choose a different version: ch-golden list'
          : `use its replacement: version ${revocation.replacement}`,
    });
  }
  const current = tryGetChannel(index, channel);
  if (current?.version === version) return index;
  const previous = tryGetPrevious(index, current);
  const moved = withoutUndefined({ ...target, previous: previous === version ? undefined : previous });
  return { ...index, channels: { ...index.channels, [channel]: moved } };
}

/** @throws Failure if the version is not live */
export function getLive(index: StoreIndex, version: number): LiveVersion {
  const found = index.live.find((live) => live.version === version);
  if (found !== undefined) return found;
  const known = index.live.map((live) => live.version).join(', ');
  throw new Failure(`version ${version} of ${index.image} is not live`, {
    fix: known === '' ? 'publish a version first' : `use one of the live versions: ${known}`,
  });
}

/** The version that a moving channel remembers. It skips a revoked version: a rollback must not go there. */
function tryGetPrevious(index: StoreIndex, left: Channel | undefined): number | undefined {
  return [left?.version, left?.previous].find(
    (version) => version !== undefined && index.revoked[version] === undefined,
  );
}

export interface RetentionRow {
  readonly version: number;
  readonly stays: boolean;
  readonly why: string;
}

/**
 * What retention does to each live version, newest first. The newest `keep` usable versions stay, and whatever a
 * channel names or named before. Revoked versions do not count towards `keep`, and go once they are older than those.
 */
export function listRetention(index: StoreIndex, keep: number): readonly RetentionRow[] {
  if (!Number.isSafeInteger(keep) || keep < 2) {
    throw new UsageError(`invalid keep ${keep} (must be a whole number of at least 2)`, {
      fix: 'keep at least 2 versions: a rollback needs the previous one',
    });
  }
  const versions = index.live.map((live) => live.version).sort((one, other) => other - one);
  const oldestKept = versions.filter((version) => index.revoked[version] === undefined)[keep - 1] ?? 0;
  return versions.map((version) => {
    const uses = listUses(index, version);
    if (uses.length > 0) return { version, stays: true, why: uses.join(', ') };
    return version >= oldestKept
      ? { version, stays: true, why: `among the newest ${keep}` }
      : { version, stays: false, why: `older than the newest ${keep}` };
  });
}

function listUses(index: StoreIndex, version: number): readonly string[] {
  return Object.entries(index.channels).flatMap(([name, channel]) => [
    ...(channel.version === version ? [`channel ${name}`] : []),
    ...(channel.previous === version ? [`previous version of channel ${name}`] : []),
  ]);
}

/** The live versions that retention removes. */
export function planRetention(index: StoreIndex, keep: number): readonly number[] {
  return listRetention(index, keep)
    .filter(({ stays }) => !stays)
    .map(({ version }) => version);
}

/** Hides from readers what retention will remove. @param now ISO 8601 */
export function startRetiring(index: StoreIndex, keep: number, now: string): StoreIndex {
  const leaving = planRetention(index, keep);
  if (leaving.length === 0) return index;
  return {
    ...index,
    live: index.live.filter((live) => !leaving.includes(live.version)),
    retiring: [...index.retiring, ...leaving.map((version) => ({ version, since: now }))],
  };
}

/** Drops retiring versions whose objects are removed. */
export function finishRetiring(index: StoreIndex, removed: readonly number[]): StoreIndex {
  const retiring = index.retiring.filter(({ version }) => !removed.includes(version));
  return retiring.length === index.retiring.length ? index : { ...index, retiring };
}

/** Abandons versions of runs that went silent: such a run can no longer publish, so its files can be removed. */
export function abandonVersions(index: StoreIndex, versions: readonly number[]): StoreIndex {
  const known = new Set([...index.live, ...index.retiring].map(({ version }) => version).concat(index.abandoned));
  const added = versions.filter((version) => !known.has(version));
  if (added.length === 0) return index;
  return { ...index, abandoned: [...index.abandoned, ...added], highest: Math.max(index.highest, ...added) };
}
