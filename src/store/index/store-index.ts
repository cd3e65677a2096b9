import { z } from 'zod';
import { Failure, UsageError } from '../../platform/errors.js';
import type { DocumentKind } from '../../platform/document.js';
import { channelName, parseChannelName } from '../names.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../../platform/schema-parts.js';
import { signaturesSchema } from '../../trust/signed-document.js';

const liveVersionSchema = fields({ version: versionNumber, manifestSha256: hexDigest });

const channelSchema = fields({
  version: versionNumber,
  manifestSha256: hexDigest,
  /** What the channel named before: the way back. */
  previous: versionNumber.exactOptional(),
});

const indexSchema = fields({
  schema: z.literal(1),
  image: text,
  /** Counts the changes. */
  generation: count,
  /** Differs with every change, so that no content comes twice and a writer knows its own. */
  nonce: text,
  /** The highest version that was ever published, or given up: every number up to here is used up. */
  highest: count,
  live: list(liveVersionSchema),
  /** On their way out since then (ISO 8601): no longer to be taken, not yet removed. */
  retiring: list(fields({ version: versionNumber, since: z.iso.datetime() })),
  /** Claimed by runs that fell silent. They stay here for good: such a run may wake up at its last step, when its files are removed. */
  abandoned: list(versionNumber).default([]),
  revoked: z
    .record(
      z.string().regex(/^[1-9]\d{0,8}$/),
      fields({ reason: text, at: z.iso.datetime(), replacement: versionNumber.exactOptional() }),
    )
    .readonly(),
  channels: z.record(z.string().regex(channelName), channelSchema).readonly(),
  /** Of a signed index: hosts that require a signature reject the index from then on. */
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
 * The one mutable document of an image: which versions there are and what the channels name. Channels and retention
 * are in one document so that neither can overtake the other. All functions here are pure; `updateIndex` carries them out.
 */
export type StoreIndex = z.infer<typeof indexSchema>;
export type Channel = z.infer<typeof channelSchema>;
export type LiveVersion = StoreIndex['live'][number];
export type Revocation = StoreIndex['revoked'][string];

/** Bytes: `keep` bounds the versions, and with them the document. */
export const indexKind: DocumentKind<StoreIndex> = { schema: indexSchema, version: 1, limit: 4 * 1024 ** 2 };

/** What an image has before its first version. */
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

/** Makes a version exist. @throws Failure where the number is in use for something else. */
export function addVersion(index: StoreIndex, added: LiveVersion): StoreIndex {
  const known = index.live.find((live) => live.version === added.version);
  if (known?.manifestSha256 === added.manifestSha256) return index;
  if (known !== undefined || index.retiring.some((retiring) => retiring.version === added.version)) {
    throw new Failure(`version ${added.version} of ${index.image} is published already, with other content`);
  }
  if (index.abandoned.includes(added.version)) {
    throw new Failure(
      `version ${added.version} of ${index.image} was given up for dead by ch-golden prune, and its files removed`,
      {
        fix: 'build again: it gets another number; prune with a longer --grace',
      },
    );
  }
  const live = [...index.live, added].sort((one, other) => one.version - other.version);
  return { ...index, live, highest: Math.max(index.highest, added.version) };
}

/** What a channel names; undefined where there is no such channel. @throws UsageError where none can have that name */
export function tryGetChannel(index: StoreIndex, channel: string): Channel | undefined {
  return Object.hasOwn(index.channels, parseChannelName(channel)) ? index.channels[channel] : undefined;
}

/** What publishing does to a channel: a slow older build must not move it back. */
export function moveChannelForward(index: StoreIndex, channel: string, version: number): StoreIndex {
  const current = tryGetChannel(index, channel);
  return current !== undefined && current.version >= version ? index : moveChannelTo(index, channel, version);
}

/** Promotion and rollback: an explicit move to a live version. @throws Failure where it is not live, or is revoked. */
export function moveChannelTo(index: StoreIndex, channel: string, version: number): StoreIndex {
  const target = getLive(index, version);
  const revocation = index.revoked[version];
  if (revocation !== undefined) {
    throw new Failure(`version ${version} of ${index.image} is revoked: ${revocation.reason}`, {
      fix:
        revocation.replacement === undefined
          ? 'take another: ch-golden list'
          : `its replacement is ${revocation.replacement}`,
    });
  }
  const current = tryGetChannel(index, channel);
  if (current?.version === version) return index;
  const previous = tryGetPrevious(index, current);
  const moved = { ...target, ...(previous === undefined || previous === version ? {} : { previous }) };
  return { ...index, channels: { ...index.channels, [channel]: moved } };
}

/** @throws Failure where the version is not live */
export function getLive(index: StoreIndex, version: number): LiveVersion {
  const found = index.live.find((live) => live.version === version);
  if (found !== undefined) return found;
  const known = index.live.map((live) => live.version).join(', ');
  throw new Failure(`version ${version} of ${index.image} is not live`, {
    fix: `live versions: ${known === '' ? 'none' : known}`,
  });
}

/** What a channel that moves remembers: a revoked version is no way back, so that it keeps the one from before. */
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
 * What becomes of each live version, newest first. The newest `keep` that can be used stay, and whatever a channel
 * names, or named before. A revoked version takes nobody's place: it goes when it is older than those.
 */
export function listRetention(index: StoreIndex, keep: number): readonly RetentionRow[] {
  if (!Number.isSafeInteger(keep) || keep < 2) {
    throw new UsageError(`keep must be a whole number of at least 2, not ${keep}`, {
      fix: 'the version before the latest is the way back',
    });
  }
  const versions = index.live.map((live) => live.version).sort((one, other) => other - one);
  const oldestKept = versions.filter((version) => index.revoked[version] === undefined)[keep - 1] ?? 0;
  return versions.map((version) => {
    const uses = listUses(index, version);
    if (uses.length > 0) return { version, stays: true, why: uses.join(', ') };
    return version >= oldestKept
      ? { version, stays: true, why: `not older than the newest ${keep}` }
      : { version, stays: false, why: `older than the newest ${keep}` };
  });
}

function listUses(index: StoreIndex, version: number): readonly string[] {
  return Object.entries(index.channels).flatMap(([name, channel]) => [
    ...(channel.version === version ? [`${name} names it`] : []),
    ...(channel.previous === version ? [`${name} named it before`] : []),
  ]);
}

/** The live versions that may go. */
export function planRetention(index: StoreIndex, keep: number): readonly number[] {
  return listRetention(index, keep)
    .filter(({ stays }) => !stays)
    .map(({ version }) => version);
}

/** Takes from the readers what retention plans to remove. @param now ISO 8601 */
export function startRetiring(index: StoreIndex, keep: number, now: string): StoreIndex {
  const leaving = planRetention(index, keep);
  if (leaving.length === 0) return index;
  return {
    ...index,
    live: index.live.filter((live) => !leaving.includes(live.version)),
    retiring: [...index.retiring, ...leaving.map((version) => ({ version, since: now }))],
  };
}

/** Forgets retiring versions whose objects are removed. */
export function finishRetiring(index: StoreIndex, removed: readonly number[]): StoreIndex {
  const retiring = index.retiring.filter(({ version }) => !removed.includes(version));
  return retiring.length === index.retiring.length ? index : { ...index, retiring };
}

/** Gives up versions of runs that fell silent before they were done: such a run can no longer publish, and its files may go. */
export function abandonVersions(index: StoreIndex, versions: readonly number[]): StoreIndex {
  const known = new Set([...index.live, ...index.retiring].map(({ version }) => version).concat(index.abandoned));
  const given = versions.filter((version) => !known.has(version));
  if (given.length === 0) return index;
  return { ...index, abandoned: [...index.abandoned, ...given], highest: Math.max(index.highest, ...given) };
}
