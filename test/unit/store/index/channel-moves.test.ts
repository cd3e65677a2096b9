import { describe, expect, test } from '@jest/globals';
import { Failure, UsageError } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { promote, revoke, rollBackChannel } from '../../../../src/store/index/channel-moves.js';
import {
  addVersion,
  createIndex,
  moveChannelForward,
  moveChannelTo,
  type StoreIndex,
} from '../../../../src/store/index/store-index.js';

const now = '2026-11-23T06:00:00.000Z';

function publish(index: StoreIndex, version: number): StoreIndex {
  return moveChannelForward(
    addVersion(index, { version, manifestSha256: sha256Of(String(version)) }),
    'latest',
    version,
  );
}

/** Published one after the other, all by `latest`. */
const makeIndex = (...versions: readonly number[]): StoreIndex => versions.reduce(publish, createIndex('a'));
const revoked = (index: StoreIndex, ...versions: readonly number[]): StoreIndex =>
  revoke(index, { versions, reason: 'bad', now });

/** `version`, or `version<previous`. */
function at(index: StoreIndex, channel = 'latest'): string | undefined {
  const found = index.channels[channel];
  return found === undefined
    ? undefined
    : `${found.version}${found.previous === undefined ? '' : `<${found.previous}`}`;
}

describe('promote', () => {
  test('makes a channel, and moves it to a number or to what another channel names', () => {
    const first = promote(makeIndex(1, 2, 3), { channel: 'stable', wanted: 2 });
    expect(at(first, 'stable')).toBe('2');
    const second = promote(first, { channel: 'stable', wanted: 'latest' });
    expect([at(second, 'stable'), at(second)]).toEqual(['3<2', '3<2']);
    expect(promote(second, { channel: 'stable', wanted: 3 })).toBe(second);
    expect(at(promote(second, { channel: 'stable', wanted: 1 }), 'stable')).toBe('1<3');
  });

  test('refuses what is not there, not live, or revoked', () => {
    const index = revoke(makeIndex(1, 2, 3), { versions: [2], reason: 'bad', replacement: 3, now });
    expect(() => promote(index, { channel: 'stable', wanted: 9 })).toThrow('version 9 of a is not live');
    expect(() => promote(index, { channel: 'stable', wanted: 2 })).toThrow(
      expect.objectContaining({ message: 'version 2 of a is revoked: bad', fix: 'use its replacement: version 3' }),
    );
    expect(() => promote(index, { channel: 'stable', wanted: 'canary' })).toThrow(
      expect.objectContaining({ message: 'a has no channel "canary"', fix: 'use one of its channels: latest' }),
    );
    expect(() => promote(createIndex('a'), { channel: 'stable', wanted: 'latest' })).toThrow(
      expect.objectContaining({ fix: 'publish a version first' }),
    );
    expect(() => promote(index, { channel: '__proto__', wanted: 1 })).toThrow(UsageError);
    expect(() => promote(index, { channel: 'stable', wanted: 'constructor' })).toThrow(
      'a has no channel "constructor"',
    );
  });
});

describe('rollback', () => {
  test('goes to what the channel named before, though a version between was never in it', () => {
    const index = [3, 5].reduce(
      (current, wanted) => promote(current, { channel: 'stable', wanted }),
      makeIndex(1, 2, 3, 4, 5),
    );
    expect(at(rollBackChannel(index, { channel: 'stable' }), 'stable')).toBe('3<5');
  });

  test('again goes further back, never forward to what was left', () => {
    const once = rollBackChannel(makeIndex(1, 2, 4, 5), { channel: 'latest' });
    expect(at(once)).toBe('4<5');
    const twice = rollBackChannel(once, { channel: 'latest' });
    expect(at(twice)).toBe('2<4');
    const thrice = rollBackChannel(twice, { channel: 'latest' });
    expect(at(thrice)).toBe('1<2');
    expect(() => rollBackChannel(thrice, { channel: 'latest' })).toThrow(
      'channel latest of a points to 1, and no older version is usable',
    );
  });

  test('leaves out what is revoked or gone', () => {
    expect(at(rollBackChannel(revoked(makeIndex(1, 2, 3), 2), { channel: 'latest' }))).toBe('1<3');
    const index = makeIndex(1, 2, 3);
    expect(
      at(rollBackChannel({ ...index, live: index.live.filter(({ version }) => version !== 2) }, { channel: 'latest' })),
    ).toBe('1<3');
    expect(() => rollBackChannel(revoked(makeIndex(1, 2), 1), { channel: 'latest' })).toThrow(Failure);
  });

  test('to a number, which is not newer', () => {
    const index = makeIndex(1, 2, 3);
    expect(at(rollBackChannel(index, { channel: 'latest', to: 1 }))).toBe('1<3');
    expect(rollBackChannel(index, { channel: 'latest', to: 3 })).toBe(index);
    const back = rollBackChannel(index, { channel: 'latest', to: 1 });
    expect(() => rollBackChannel(back, { channel: 'latest', to: 2 })).toThrow(
      expect.objectContaining({
        message: 'version 2 is newer than 1, to which channel latest of a points',
        fix: 'ch-golden promote 2 --channel latest',
      }),
    );
    expect(() => rollBackChannel(revoked(index, 1), { channel: 'latest', to: 1 })).toThrow(
      'version 1 of a is revoked: bad',
    );
    expect(() => rollBackChannel(index, { channel: 'stable' })).toThrow('a has no channel "stable"');
  });

  test('the next build moves on from it, and a slower older one does so no further than itself', () => {
    const index = rollBackChannel(makeIndex(1, 2, 4), { channel: 'latest' });
    expect(at(publish(index, 5))).toBe('5<2');
    expect(at(publish(index, 3))).toBe('3<2');
  });
});

describe('revoke', () => {
  test('marks a version, with a reason and a time, and moves no channel that does not name it', () => {
    const index = makeIndex(1, 2);
    expect(revoked(index, 1)).toEqual({ ...index, revoked: { 1: { reason: 'bad', at: now } } });
  });

  test('moves every channel that names it back, each on its own way; no channel remembers it', () => {
    const index = [2, 4].reduce(
      (current, wanted) => promote(current, { channel: 'stable', wanted }),
      makeIndex(1, 2, 3, 4),
    );
    const after = revoked(index, 4);
    expect([at(after), at(after, 'stable')]).toEqual(['3', '2']);
  });

  test('moves them to the replacement, and keeps the way back from before', () => {
    const index = moveChannelTo(makeIndex(1, 2, 3), 'latest', 2);
    expect(at(index)).toBe('2<3');
    const after = revoke(promote(makeIndex(1, 2, 3), { channel: 'stable', wanted: 2 }), {
      versions: [2],
      reason: 'bad',
      replacement: 3,
      now,
    });
    expect([at(after, 'stable'), after.revoked[2]]).toEqual(['3', { reason: 'bad', at: now, replacement: 3 }]);
    const wayBack = revoke(makeIndex(1, 2), { versions: [2], reason: 'bad', now });
    expect(at(publish(wayBack, 3))).toBe('3<1');
    const between = revoke(
      promote(promote(makeIndex(1, 2, 3), { channel: 'stable', wanted: 1 }), { channel: 'stable', wanted: 2 }),
      { versions: [2], reason: 'bad', replacement: 3, now },
    );
    expect(at(between, 'stable')).toBe('3<1');
  });

  test('of several at once: none of them is a way back', () => {
    expect(at(revoked(makeIndex(1, 2, 3, 4), 3, 4))).toBe('2');
    expect(() => revoked(makeIndex(1, 2), 1, 2)).toThrow(
      expect.objectContaining({
        message: 'channel latest of a points to 2, and no older version is usable',
        fix: expect.stringContaining('publish a newer version'),
      }),
    );
  });

  test('of the only version is refused as long as a channel names it', () => {
    expect(() => revoked(makeIndex(1), 1)).toThrow('no older version is usable');
  });

  test('the same again changes nothing; another reason is refused; a replacement can be named later, once', () => {
    const once = revoked(makeIndex(1, 2, 3), 1);
    expect(revoked(once, 1)).toBe(once);
    expect(() => revoke(once, { versions: [1], reason: 'other', now })).toThrow(
      'version 1 of a is already revoked: bad',
    );
    const later = revoke(once, { versions: [1], reason: 'bad', replacement: 3, now: '2026-12-01T00:00:00.000Z' });
    expect(later.revoked[1]).toEqual({ reason: 'bad', at: now, replacement: 3 });
    expect(revoke(later, { versions: [1], reason: 'bad', replacement: 3, now })).toBe(later);
    expect(revoked(later, 1)).toBe(later);
    expect(() => revoke(later, { versions: [1], reason: 'bad', replacement: 2, now })).toThrow(
      'already revoked, with 3 as its replacement',
    );
  });

  test.each<[string, StoreIndex, { versions: readonly number[]; replacement?: number }, string]>([
    ['what is not live', makeIndex(1, 2), { versions: [9] }, 'version 9 of a is not live'],
    [
      'a replacement that is not live',
      makeIndex(1, 2),
      { versions: [1], replacement: 9 },
      'version 9 of a is not live',
    ],
    [
      'a replacement that is revoked',
      revoked(makeIndex(1, 2, 3), 1),
      { versions: [2], replacement: 1 },
      'version 1 of a cannot be the replacement: bad',
    ],
    [
      'itself as a replacement',
      makeIndex(1, 2),
      { versions: [1, 2], replacement: 2 },
      'version 2 of a cannot be the replacement: it is being revoked too',
    ],
  ])('refuses %s', (_, index, request, message) => {
    expect(() => revoke(index, { ...request, reason: 'bad', now })).toThrow(message);
  });
});
