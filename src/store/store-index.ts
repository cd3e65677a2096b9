import { z } from 'zod';
import { Failure, UsageError } from '../platform/errors.js';
import type { DocumentKind } from './document.js';
import { channelName, checkChannelName } from './names.js';
import { count, fields, hexDigest, list, text, versionNumber } from './schema-parts.js';

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
  /** The highest version that was ever published. */
  highest: count,
  live: list(liveVersionSchema),
  /** On their way out since then (ISO 8601): no longer to be taken, not yet removed. */
  retiring: list(fields({ version: versionNumber, since: z.iso.datetime() })),
  revoked: z.record(z.string().regex(/^[1-9]\d{0,8}$/), fields({ reason: text, at: z.iso.datetime(), replacement: versionNumber.exactOptional() }))
    .readonly(),
  channels: z.record(z.string().regex(channelName), channelSchema).readonly(),
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

/** Bytes: `keep` bounds the versions, and with them the document. */
export const indexKind: DocumentKind<StoreIndex> = { schema: indexSchema, version: 1, limit: 4 * 1024 ** 2 };

/** What an image has before its first version. */
export function createIndex(image: string): StoreIndex {
  return { schema: 1, image, generation: 0, nonce: '', highest: 0, live: [], retiring: [], revoked: {}, channels: {} };
}

/** Makes a version exist. @throws Failure where the number is in use for something else. */
export function addVersion(index: StoreIndex, added: LiveVersion): StoreIndex {
  const known = index.live.find((live) => live.version === added.version);
  if (known?.manifestSha256 === added.manifestSha256) return index;
  if (known !== undefined || index.retiring.some((retiring) => retiring.version === added.version)) {
    throw new Failure(`version ${added.version} of ${index.image} is published already, with other content`);
  }
  const live = [...index.live, added].sort((one, other) => one.version - other.version);
  return { ...index, live, highest: Math.max(index.highest, added.version) };
}

/** What a channel names; undefined where there is no such channel. @throws UsageError where none can have that name */
export function tryGetChannel(index: StoreIndex, channel: string): Channel | undefined {
  return Object.hasOwn(index.channels, checkChannelName(channel)) ? index.channels[channel] : undefined;
}

/** What publishing does to a channel: a slow older build must not move it back. */
export function moveChannelForward(index: StoreIndex, channel: string, version: number): StoreIndex {
  const current = tryGetChannel(index, channel);
  return current !== undefined && current.version >= version ? index : moveChannelTo(index, channel, version);
}

/** Promotion and rollback: an explicit move to a live version. @throws Failure where it is not live, or is revoked. */
export function moveChannelTo(index: StoreIndex, channel: string, version: number): StoreIndex {
  const target = index.live.find((live) => live.version === version);
  if (target === undefined) {
    const known = index.live.map((live) => live.version).join(', ');
    throw new Failure(`version ${version} of ${index.image} is not live`, { mend: `live versions: ${known === '' ? 'none' : known}` });
  }
  const revocation = index.revoked[version];
  if (revocation !== undefined) throw new Failure(`version ${version} of ${index.image} is revoked: ${revocation.reason}`);
  const current = tryGetChannel(index, channel);
  if (current?.version === version) return index;
  const moved = { ...target, ...(current === undefined ? {} : { previous: current.version }) };
  return { ...index, channels: { ...index.channels, [channel]: moved } };
}

/** The live versions that may go: all but the newest `keep`, and never one that a channel names, or named before. */
export function planRetention(index: StoreIndex, keep: number): readonly number[] {
  if (!Number.isSafeInteger(keep) || keep < 2) {
    throw new UsageError(`keep must be a whole number of at least 2, not ${keep}`, { mend: 'the version before the latest is the way back' });
  }
  const named = new Set(Object.values(index.channels).flatMap(({ version, previous }) => [version, previous]));
  return index.live.map((live) => live.version).sort((one, other) => other - one).slice(keep).filter((version) => !named.has(version));
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
