import { Failure } from '../platform/errors.js';
import { promote, revoke, rollBackChannel } from './index/channel-moves.js';
import { parseChannelName, parseImageName } from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { readLive } from './read-versions.js';
import { createIndex, tryGetChannel, type StoreIndex } from './index/store-index.js';
import { updateIndex, type IndexPorts } from './index/update-index.js';

/** Operations on existing channels and versions. */
export type ChannelOperation =
  | {
      readonly operation: 'promote';
      readonly channel: string;
      readonly wanted: number | string;
      /** The manifest whose signatures were verified: the version must still have it. */
      readonly manifestSha256?: string | undefined;
    }
  | { readonly operation: 'rollback'; readonly channel: string; readonly to?: number | undefined }
  | {
      readonly operation: 'revoke';
      readonly which: { readonly version: number } | { readonly baseSerial: string };
      readonly reason: string;
      readonly replacement?: number | undefined;
    };

export interface ChannelMove {
  readonly channel: string;
  /** Undefined for a new channel. */
  readonly from?: number | undefined;
  readonly to: number;
}

export interface ChannelChange {
  readonly changed: boolean;
  readonly moves: readonly ChannelMove[];
  /** Newly revoked versions, and revoked ones that got a replacement. */
  readonly revoked: readonly number[];
  readonly index: StoreIndex;
}

/**
 * Runs an operation as one compare-and-swap. If two move the same channel at once, the second fails: it was requested
 * when the channel named something else.
 */
export async function changeChannels(
  request: { readonly image: string; readonly owner: string; readonly operation: ChannelOperation },
  ports: IndexPorts,
): Promise<ChannelChange> {
  const { owner, operation } = request;
  const image = parseImageName(request.image);
  const serials = new Map<number, string | undefined>();
  const now = new Date(ports.clock.now()).toISOString();
  let first: StoreIndex | undefined;
  let before = createIndex(image);
  const after = await updateIndex(
    {
      image,
      owner,
      change: async (index) => {
        first ??= index;
        before = index;
        if (operation.operation !== 'revoke') return moveOne(operation, index, first);
        const versions = await selectVersions(operation.which, index, { ...ports, serials });
        return revoke(index, { ...operation, versions, now });
      },
    },
    ports,
  );
  return compare(before, after);
}

function moveOne(
  operation: Exclude<ChannelOperation, { readonly operation: 'revoke' }>,
  index: StoreIndex,
  first: StoreIndex,
): StoreIndex {
  const channel = parseChannelName(operation.channel);
  const [was, is] = [first, index].map((one) => tryGetChannel(one, channel)?.version);
  const moved = operation.operation === 'promote' ? promote(index, operation) : rollBackChannel(index, operation);
  if (was === is || moved === index) return moved;
  const change = `${was ?? 'none'} → ${is ?? 'none'}`;
  throw new Failure(
    `channel ${channel} of ${index.image} was moved by someone else in the meantime: ${change}`,
    { fix: 'check ch-golden list, then run the command again if it still applies' },
  );
}

interface SelectPorts {
  readonly store: ObjectStore;
  /** Base serial of each version whose manifest was read. */
  readonly serials: Map<number, string | undefined>;
}

/** @throws Failure if no live version was built from that base */
async function selectVersions(
  which: { readonly version: number } | { readonly baseSerial: string },
  index: StoreIndex,
  { store, serials }: SelectPorts,
): Promise<readonly number[]> {
  if ('version' in which) return [which.version];
  for (const live of index.live) {
    if (!serials.has(live.version))
      serials.set(live.version, (await readLive(index.image, live, store)).manifest.base.serial);
  }
  const found = index.live.map(({ version }) => version).filter((version) => serials.get(version) === which.baseSerial);
  if (found.length === 0) {
    const known = [...new Set(index.live.flatMap(({ version }) => serials.get(version) ?? []))].join(', ');
    throw new Failure(`no live version of ${index.image} was built from base serial ${which.baseSerial}`, {
      fix: known === '' ? 'revoke by version: no live version has a base serial' : `use one of the serials: ${known}`,
    });
  }
  // A version that is already revoked keeps its reason.
  return found.filter((version) => index.revoked[version] === undefined);
}

function compare(before: StoreIndex, after: StoreIndex): ChannelChange {
  const moves = Object.entries(after.channels).flatMap(([channel, { version: to }]) => {
    const from = tryGetChannel(before, channel)?.version;
    return from === to ? [] : [{ channel, from, to }];
  });
  const revoked = Object.keys(after.revoked)
    .map(Number)
    .filter((version) => before.revoked[version] !== after.revoked[version]);
  return { changed: after !== before, moves, revoked, index: after };
}
