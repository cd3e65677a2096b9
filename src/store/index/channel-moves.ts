import { Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import {
  getLive,
  moveChannelTo,
  tryGetChannel,
  type Channel,
  type Revocation,
  type StoreIndex,
} from './store-index.js';

/** Moves a channel to a version, or to the one that another channel names. @throws Failure if it cannot be used */
export function promote(
  index: StoreIndex,
  request: {
    readonly channel: string;
    readonly wanted: number | string;
    /** If given, the version must have this manifest. */
    readonly manifestSha256?: string | undefined;
  },
): StoreIndex {
  const { channel, wanted, manifestSha256 } = request;
  const version = typeof wanted === 'number' ? wanted : getChannel(index, wanted).version;
  const live = index.live.find((one) => one.version === version);
  if (manifestSha256 !== undefined && live?.manifestSha256 !== manifestSha256) {
    throw new Failure(`version ${version} of ${index.image} was replaced after its signatures were verified`, {
      fix: 'find out who writes to the store, and compare the versions: ch-golden verify',
    });
  }
  return moveChannelTo(index, channel, version);
}

/**
 * Moves a channel back: to the given version, or to the one that it named before. Never moves forward: if that one is
 * newer, as after a rollback, it takes the newest usable version below the current one.
 */
export function rollBackChannel(
  index: StoreIndex,
  request: { readonly channel: string; readonly to?: number | undefined },
): StoreIndex {
  const { channel, to } = request;
  const { version } = getChannel(index, channel);
  if (to !== undefined && to > version) {
    throw new Failure(`version ${to} is newer than ${version}, to which channel ${channel} of ${index.image} points`, {
      fix: `ch-golden promote ${to} --channel ${channel}`,
    });
  }
  return moveChannelTo(index, channel, to ?? getWayBack(index, channel));
}

export interface RevokeRequest {
  readonly versions: readonly number[];
  readonly reason: string;
  /** The version to use instead. */
  readonly replacement?: number | undefined;
  /** ISO 8601. */
  readonly now: string;
}

/**
 * Marks versions as not to be used, and moves every channel off them: to the replacement, or back.
 * @throws Failure if a channel has nowhere to go
 */
export function revoke(index: StoreIndex, request: RevokeRequest): StoreIndex {
  const { versions, replacement } = request;
  if (replacement !== undefined) assertReplacement(index, replacement, versions);
  const marked = versions.reduce((current, version) => markRevoked(current, version, request), index);
  return Object.keys(marked.channels)
    .filter((channel) => versions.includes(getChannel(marked, channel).version))
    .reduce((current, channel) => moveChannelTo(current, channel, replacement ?? getWayBack(current, channel)), marked);
}

/** @throws Failure if there is no such channel */
export function getChannel(index: StoreIndex, channel: string): Channel {
  const found = tryGetChannel(index, channel);
  if (found !== undefined) return found;
  const known = Object.keys(index.channels).join(', ');
  throw new Failure(`${index.image} has no channel ${quoteText(channel)}`, {
    fix: known === '' ? 'publish a version first' : `use one of its channels: ${known}`,
  });
}

function getWayBack(index: StoreIndex, channel: string): number {
  const { version, previous } = getChannel(index, channel);
  const older = index.live
    .map((live) => live.version)
    .filter((other) => other < version && index.revoked[other] === undefined);
  if (previous !== undefined && older.includes(previous)) return previous;
  if (older.length > 0) return Math.max(...older);
  throw new Failure(`channel ${channel} of ${index.image} points to ${version}, and no older version is usable`, {
    fix: 'publish a newer version and move the channel to it',
  });
}

function assertReplacement(index: StoreIndex, replacement: number, revoked: readonly number[]): void {
  getLive(index, replacement);
  const why = revoked.includes(replacement) ? 'it is being revoked too' : index.revoked[replacement]?.reason;
  if (why !== undefined)
    throw new Failure(`version ${replacement} of ${index.image} cannot be the replacement: ${why}`);
}

/** A revoked version stays revoked, with its first reason. A replacement can be added later. */
function markRevoked(index: StoreIndex, version: number, { reason, replacement, now }: RevokeRequest): StoreIndex {
  const known = index.revoked[version];
  if (known === undefined) getLive(index, version);
  else if (known.reason !== reason)
    throw new Failure(`version ${version} of ${index.image} is already revoked: ${known.reason}`);
  else if (replacement === undefined || replacement === known.replacement) return index;
  else if (known.replacement !== undefined)
    throw new Failure(
      `version ${version} of ${index.image} is already revoked, with ${known.replacement} as its replacement`,
    );
  const revocation: Revocation = withoutUndefined({ reason, at: known?.at ?? now, replacement });
  return { ...index, revoked: { ...index.revoked, [version]: revocation } };
}
