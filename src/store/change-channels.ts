import { Failure } from '../platform/errors.js';
import { promote, revoke, rollBackChannel } from './index/channel-moves.js';
import { parseChannelName, parseImageName } from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { readLive } from './read-versions.js';
import { createIndex, tryGetChannel, type StoreIndex } from './index/store-index.js';
import { updateIndex, type IndexPorts } from './index/update-index.js';

/** What can be done to channels and versions that are there. */
export type ChannelOperation =
  | { readonly operation: 'promote'; readonly channel: string; readonly wanted: number | string }
  | { readonly operation: 'rollback'; readonly channel: string; readonly to?: number | undefined }
  | {
      readonly operation: 'revoke';
      readonly which: { readonly version: number } | { readonly baseSerial: string };
      readonly reason: string;
      readonly replacement?: number | undefined;
    };

export interface ChannelMove {
  readonly channel: string;
  /** Undefined for a channel that is new. */
  readonly from?: number;
  readonly to: number;
}

/** What was, and what is. */
export interface ChannelChange {
  readonly changed: boolean;
  readonly moves: readonly ChannelMove[];
  /** What is revoked now and was not before, or without its replacement. */
  readonly revoked: readonly number[];
  readonly index: StoreIndex;
}

/**
 * Carries out an operation as one compare-and-swap. Of two that would move one channel at once, the second is refused:
 * it was asked for when the channel named something else.
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
  throw new Failure(
    `${channel} of ${index.image} was moved by another at the same moment: ${was ?? 'nothing'} → ${is ?? 'nothing'}`,
    {
      fix: 'look at it (ch-golden list), and ask again if you still want to',
    },
  );
}

interface SelectPorts {
  readonly store: ObjectStore;
  /** Of the versions whose manifests are read. */
  readonly serials: Map<number, string | undefined>;
}

/** @throws Failure where no live version was made from that base */
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
    const known = [...new Set(index.live.flatMap(({ version }) => serials.get(version) ?? []))];
    throw new Failure(`no live version of ${index.image} was made from a base with the serial ${which.baseSerial}`, {
      fix: `serials: ${known.length === 0 ? 'none' : known.join(', ')}`,
    });
  }
  // What is revoked already keeps its reason.
  return found.filter((version) => index.revoked[version] === undefined);
}

function compare(before: StoreIndex, after: StoreIndex): ChannelChange {
  const moves = Object.entries(after.channels).flatMap(([channel, { version: to }]) => {
    const from = tryGetChannel(before, channel)?.version;
    return from === to ? [] : [{ channel, ...(from === undefined ? {} : { from }), to }];
  });
  const revoked = Object.keys(after.revoked)
    .map(Number)
    .filter((version) => before.revoked[version] !== after.revoked[version]);
  return { changed: after !== before, moves, revoked, index: after };
}
