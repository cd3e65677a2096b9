import { describe, expect, test } from '@jest/globals';
import { Failure, UsageError } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { formatDocument, parseDocument } from '../../../../src/platform/document.js';
import {
  abandonVersions,
  addVersion,
  createIndex,
  listRetention,
  finishRetiring,
  indexKind,
  moveChannelForward,
  moveChannelTo,
  planRetention,
  startRetiring,
  tryGetChannel,
  type StoreIndex,
} from '../../../../src/store/index/store-index.js';

const live = (version: number): { version: number; manifestSha256: string } => ({
  version,
  manifestSha256: sha256Of(String(version)),
});

/** An index with these live versions; `latest` went through them in this order. */
function makeIndex(...versions: readonly number[]): StoreIndex {
  return versions.reduce(
    (index, version) => moveChannelForward(addVersion(index, live(version)), 'latest', version),
    createIndex('a'),
  );
}

const versionsOf = (index: StoreIndex): readonly number[] => index.live.map(({ version }) => version);

describe('addVersion', () => {
  test('keeps the order and the highest, whatever comes first', () => {
    const index = makeIndex(2, 10, 3);
    expect(versionsOf(index)).toEqual([2, 3, 10]);
    expect(index.highest).toBe(10);
  });

  test('the same again changes nothing', () => {
    const index = makeIndex(1);
    expect(addVersion(index, live(1))).toBe(index);
  });

  test('refuses a number that is in use', () => {
    expect(() => addVersion(makeIndex(1), { ...live(1), manifestSha256: sha256Of('other') })).toThrow(
      'version 1 of a is already published',
    );
    const retiring = startRetiring(makeIndex(1, 2, 3, 4), 2, '2026-11-23T06:00:00.000Z');
    expect(() => addVersion(retiring, live(1))).toThrow(Failure);
  });
});

describe('channels', () => {
  test('publishing moves forward, and remembers what was before', () => {
    expect(makeIndex(1).channels['latest']).toEqual(live(1));
    expect(makeIndex(1, 2).channels['latest']).toEqual({ ...live(2), previous: 1 });
  });

  test('a slow older build does not move it back', () => {
    const index = makeIndex(1, 3);
    expect(moveChannelForward(addVersion(index, live(2)), 'latest', 2).channels['latest']).toEqual({
      ...live(3),
      previous: 1,
    });
  });

  test('publishing the same version again changes nothing', () => {
    const index = makeIndex(1, 2);
    expect(moveChannelForward(index, 'latest', 2)).toBe(index);
  });

  test('rollback moves back, and the way forward is remembered', () => {
    const rolledBack = moveChannelTo(makeIndex(1, 2, 3), 'latest', 1);
    expect(rolledBack.channels['latest']).toEqual({ ...live(1), previous: 3 });
    expect(moveChannelForward(addVersion(rolledBack, live(4)), 'latest', 4).channels['latest']).toEqual({
      ...live(4),
      previous: 1,
    });
  });

  test('a move to where it is changes nothing, and keeps the way back', () => {
    const index = makeIndex(1, 2);
    expect(moveChannelTo(index, 'latest', 2)).toBe(index);
  });

  test('refuses what is not live, and names what is', () => {
    expect(() => moveChannelTo(makeIndex(1, 2), 'latest', 7)).toThrow(
      expect.objectContaining({ fix: 'use one of the live versions: 1, 2' }),
    );
    expect(() => moveChannelTo(createIndex('a'), 'latest', 1)).toThrow(
      expect.objectContaining({ fix: 'publish a version first' }),
    );
    const retiring = startRetiring(makeIndex(1, 2, 3, 4), 2, '2026-11-23T06:00:00.000Z');
    expect(() => moveChannelTo(retiring, 'latest', 1)).toThrow('version 1 of a is not live');
  });

  test('refuses what is revoked, with the reason', () => {
    const revoked = { ...makeIndex(1, 2), revoked: { 1: { reason: 'CVE-2026-1', at: '2026-11-23T06:00:00Z' } } };
    expect(() => moveChannelTo(revoked, 'latest', 1)).toThrow('version 1 of a is revoked: CVE-2026-1');
  });

  test.each(['constructor', 'tostring'])('a channel may be called %s', (name) => {
    const index = makeIndex(1);
    expect(tryGetChannel(index, name)).toBeUndefined();
    expect(tryGetChannel(moveChannelForward(index, name, 1), name)).toEqual(live(1));
  });

  test('refuses a channel name that the index could not be read with', () => {
    expect(() => moveChannelForward(makeIndex(1), '__proto__', 1)).toThrow(UsageError);
  });
});

describe('retention', () => {
  test.each<[string, StoreIndex, number, readonly number[]]>([
    ['fewer than it keeps', makeIndex(1, 2), 3, []],
    ['as many as it keeps', makeIndex(1, 2, 3), 3, []],
    ['the oldest', makeIndex(1, 2, 3, 4, 5), 3, [2, 1]],
    ['by number, not by text', makeIndex(2, 9, 10, 11), 2, [9, 2]],
    ['never what the channel names', moveChannelTo(makeIndex(1, 2, 3, 4), 'latest', 1), 2, [2]],
    [
      'never what it named before',
      moveChannelTo(moveChannelTo(makeIndex(1, 2, 3, 4), 'latest', 1), 'latest', 4),
      2,
      [2],
    ],
    ['never what any channel names', moveChannelTo(makeIndex(1, 2, 3, 4), 'stable', 2), 2, [1]],
    ['holes in the numbers', makeIndex(1, 5, 20, 21), 2, [5, 1]],
  ])('%s', (_, index, keep, leaving) => {
    expect(planRetention(index, keep)).toEqual(leaving);
    const after = startRetiring(index, keep, '2026-11-23T06:00:00.000Z');
    expect(after.retiring.map(({ version }) => version)).toEqual(leaving);
    expect(versionsOf(after)).toEqual(versionsOf(index).filter((version) => !leaving.includes(version)));
    expect(after.channels).toEqual(index.channels);
    if (leaving.length === 0) expect(after).toBe(index);
  });

  test.each([1, 0, -1, 2.5, NaN, Infinity])('refuses to keep %s', (keep) => {
    expect(() => planRetention(makeIndex(1, 2, 3), keep)).toThrow(UsageError);
  });

  test('forgets what is removed, and no more', () => {
    const index = startRetiring(makeIndex(1, 2, 3, 4), 2, '2026-11-23T06:00:00.000Z');
    expect(finishRetiring(index, [1]).retiring.map(({ version }) => version)).toEqual([2]);
    expect(finishRetiring(index, [9])).toBe(index);
    expect(finishRetiring(index, [1, 2]).highest).toBe(4);
  });
});

describe('the document', () => {
  test('is read as it was written', () => {
    const index = startRetiring(moveChannelTo(makeIndex(1, 2, 3, 4, 5), 'stable', 3), 2, '2026-11-23T06:00:00.000Z');
    expect(parseDocument(indexKind, formatDocument(index), 'the index')).toEqual(index);
  });

  test.each<[string, object, RegExp]>([
    ['a channel that names what is not live', { live: [] }, /channels\.latest\.version: 2 is not live/],
    ['a channel with a strange name', { channels: { 'a b': live(1) } }, /channels/],
    ['no versions', { live: undefined }, /live/],
    ['a newer schema', { schema: 9 }, /schema 9/],
    ['an owner in place of a list', { retiring: 'me' }, /retiring/],
  ])('%s is refused', (_, fields, message) => {
    expect(() => parseDocument(indexKind, formatDocument({ ...makeIndex(1, 2), ...fields }), 'the index')).toThrow(
      message,
    );
  });
});

describe('retention and what is revoked', () => {
  const revoke = (index: StoreIndex, ...versions: readonly number[]): StoreIndex => ({
    ...index,
    revoked: Object.fromEntries(
      versions.map((version) => [version, { reason: 'bad', at: '2026-11-23T06:00:00.000Z' }]),
    ),
  });

  test("a revoked version takes nobody's place, and goes with those of its age", () => {
    const index = revoke(moveChannelTo(makeIndex(1, 2, 3, 4, 5), 'latest', 3), 4);
    expect(planRetention(index, 2)).toEqual([2, 1]);
    expect(planRetention(revoke(makeIndex(1, 2, 3, 4, 5), 2), 2)).toEqual([3, 2, 1]);
    expect(planRetention(revoke(makeIndex(1, 2, 3), 1, 2), 2)).toEqual([]);
  });

  test('says why each stays or goes', () => {
    const index = moveChannelTo(moveChannelTo(makeIndex(1, 2, 3, 4, 5), 'stable', 1), 'stable', 3);
    expect(listRetention(index, 2)).toEqual([
      { version: 5, stays: true, why: 'channel latest' },
      { version: 4, stays: true, why: 'previous version of channel latest' },
      { version: 3, stays: true, why: 'channel stable' },
      { version: 2, stays: false, why: 'older than the newest 2' },
      { version: 1, stays: true, why: 'previous version of channel stable' },
    ]);
    expect(listRetention(makeIndex(1, 2, 3), 5)[2]).toEqual({
      version: 1,
      stays: true,
      why: 'among the newest 5',
    });
  });
});

describe('versions that are given up', () => {
  test('can no longer be published, and their numbers are used up, for good', () => {
    const index = abandonVersions(makeIndex(1, 2), [4, 3]);
    expect(index).toMatchObject({ abandoned: [4, 3], highest: 4 });
    expect(() => addVersion(index, live(3))).toThrow('version 3 of a was abandoned by ch-golden prune');
    expect(versionsOf(addVersion(index, live(5)))).toEqual([1, 2, 5]);
    expect(abandonVersions(index, [3])).toBe(index);
  });

  test('are never what is live or retiring', () => {
    const index = startRetiring(makeIndex(1, 2, 3, 4), 2, '2026-11-23T06:00:00.000Z');
    expect(abandonVersions(index, [1, 2, 3, 4])).toBe(index);
  });

  test('an index from before there were any is read', () => {
    const { abandoned, ...older } = makeIndex(1, 2);
    expect(parseDocument(indexKind, formatDocument(older), 'the index')).toEqual({ ...older, abandoned });
  });
});
