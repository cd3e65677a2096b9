import { Failure } from '../../platform/errors.js';
import {
  getLive,
  moveChannelTo,
  tryGetChannel,
  type Channel,
  type Revocation,
  type StoreIndex,
} from './store-index.js';

/** Moves a channel to a version, or to the one that another channel names. @throws Failure where it cannot be used */
export function promote(
  index: StoreIndex,
  request: { readonly channel: string; readonly wanted: number | string },
): StoreIndex {
  const { channel, wanted } = request;
  return moveChannelTo(index, channel, typeof wanted === 'number' ? wanted : getChannel(index, wanted).version);
}

/**
 * Moves a channel back: to the given version, or to the one that it named before. It never moves forward: where that
 * one is newer, as after a rollback, the newest usable version below the current one is taken.
 */
export function rollBackChannel(
  index: StoreIndex,
  request: { readonly channel: string; readonly to?: number | undefined },
): StoreIndex {
  const { channel, to } = request;
  const { version } = getChannel(index, channel);
  if (to !== undefined && to > version) {
    throw new Failure(`${channel} of ${index.image} names ${version}: going to ${to} is no rollback`, {
      fix: `ch-golden promote ${to} --channel ${channel}`,
    });
  }
  return moveChannelTo(index, channel, to ?? getWayBack(index, channel));
}

export interface RevokeRequest {
  readonly versions: readonly number[];
  readonly reason: string;
  /** What is to be used instead. */
  readonly replacement?: number | undefined;
  /** ISO 8601. */
  readonly now: string;
}

/** Marks versions as not to be used, and moves every channel off them: to the replacement, or back. @throws Failure where a channel has nowhere to go */
export function revoke(index: StoreIndex, request: RevokeRequest): StoreIndex {
  const { versions, replacement } = request;
  if (replacement !== undefined) assertReplacement(index, replacement, versions);
  const marked = versions.reduce((current, version) => markRevoked(current, version, request), index);
  return Object.keys(marked.channels)
    .filter((channel) => versions.includes(getChannel(marked, channel).version))
    .reduce((current, channel) => moveChannelTo(current, channel, replacement ?? getWayBack(current, channel)), marked);
}

/** @throws Failure where there is no such channel */
export function getChannel(index: StoreIndex, channel: string): Channel {
  const found = tryGetChannel(index, channel);
  if (found !== undefined) return found;
  const known = Object.keys(index.channels).join(', ');
  throw new Failure(`there is no channel ${channel} of ${index.image}`, {
    fix: `channels: ${known === '' ? 'none' : known}`,
  });
}

function getWayBack(index: StoreIndex, channel: string): number {
  const { version, previous } = getChannel(index, channel);
  const older = index.live
    .map((live) => live.version)
    .filter((other) => other < version && index.revoked[other] === undefined);
  if (previous !== undefined && older.includes(previous)) return previous;
  if (older.length > 0) return Math.max(...older);
  throw new Failure(`${channel} of ${index.image} names ${version}, and no older version is live and not revoked`, {
    fix: 'build a newer version, and move the channel there',
  });
}

function assertReplacement(index: StoreIndex, replacement: number, revoked: readonly number[]): void {
  getLive(index, replacement);
  const why = revoked.includes(replacement) ? 'it is to be revoked itself' : index.revoked[replacement]?.reason;
  if (why !== undefined) throw new Failure(`version ${replacement} of ${index.image} cannot be a replacement: ${why}`);
}

/** What is revoked stays so, for the reason that was given first; a replacement can be named later. */
function markRevoked(index: StoreIndex, version: number, { reason, replacement, now }: RevokeRequest): StoreIndex {
  const known = index.revoked[version];
  if (known === undefined) getLive(index, version);
  else if (known.reason !== reason)
    throw new Failure(`version ${version} of ${index.image} is revoked already: ${known.reason}`);
  else if (replacement === undefined || replacement === known.replacement) return index;
  else if (known.replacement !== undefined)
    throw new Failure(
      `version ${version} of ${index.image} is revoked already, with the replacement ${known.replacement}`,
    );
  const revocation: Revocation = {
    reason,
    at: known?.at ?? now,
    ...(replacement === undefined ? {} : { replacement }),
  };
  return { ...index, revoked: { ...index.revoked, [version]: revocation } };
}
