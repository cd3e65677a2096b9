import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import {
  indexAddressOf,
  createSeen,
  forgetStore,
  recordIndex,
  tryGetRevocation,
  type SeenState,
} from '../../../src/host/seen-state.js';
import { createIndex, type StoreIndex } from '../../../src/store/index/store-index.js';

const image = 'ubuntu-base';
const uri = 's3://bucket/team/snapshots/ubuntu-base.index.json';
const mirror = 'https://mirror.example/snapshots/ubuntu-base.index.json';
const [one, other] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
const at = '2026-11-23T06:00:00Z';

const makeIndex = (generation: number, changes: Partial<StoreIndex> = {}): StoreIndex => ({
  ...createIndex(image),
  generation,
  ...changes,
});
const record = (
  seen: SeenState,
  generation: number,
  changes: Partial<StoreIndex> = {},
  sha256 = one,
  store = uri,
): SeenState => recordIndex(seen, { index: makeIndex(generation, changes), sha256, uri: store });

const fresh = createSeen(image);
const seen41 = record(fresh, 41);

describe('the generations of a store', () => {
  test.each<readonly [string, () => SeenState, readonly [string, number][]]>([
    ['the first that is seen', () => record(fresh, 41), [[uri, 41]]],
    ['generation 0, which a store can have', () => record(fresh, 0), [[uri, 0]]],
    ['a newer one', () => record(seen41, 42, {}, other), [[uri, 42]]],
    ['a much newer one', () => record(seen41, 2 ** 40, {}, other), [[uri, 2 ** 40]]],
    [
      'a lower one of another store',
      () => record(seen41, 12, {}, other, mirror),
      [
        [uri, 41],
        [mirror, 12],
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(change().stores.map((store) => [store.uri, store.generation])).toEqual(expected);
  });

  test('nothing new is nothing to write', () => {
    expect(record(seen41, 41)).toBe(seen41);
    for (const seen of [fresh, seen41])
      expect(recordIndex(seen, { index: makeIndex(0), sha256: undefined, uri: mirror })).toBe(seen);
  });

  test.each<readonly [string, number, string | undefined, string]>([
    [
      'a lower one',
      12,
      other,
      `${uri} went back from generation 41 to 12: an old copy of the index, or a restored bucket`,
    ],
    ['a lower one with the same bytes', 40, one, `${uri} went back from generation 41 to 40`],
    ['generation 0', 0, other, `${uri} went back from generation 41 to 0`],
    [
      'the same one with other bytes',
      41,
      other,
      `${uri} differs from the index of generation 41 that this host has seen`,
    ],
    ['none at all', 0, undefined, `${uri} is missing, but this host has seen generation 41 of it`],
  ])('%s is rejected, with the way out', (_, generation, sha256, message) => {
    const attempt = (): SeenState => recordIndex(seen41, { index: makeIndex(generation), sha256, uri });
    expect(attempt).toThrow(Failure);
    expect(attempt).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        fix: expect.stringContaining('ch-golden host forget --store s3://bucket/team'),
      }),
    );
  });

  test('the address of a store is that of its index without the key', () => {
    expect(indexAddressOf(image, uri)).toBe('s3://bucket/team');
    expect(indexAddressOf(image, 'elsewhere')).toBe('elsewhere');
  });
});

describe('revocations', () => {
  const live = [{ version: 3, manifestSha256: one }];
  const revoked = { 3: { reason: 'leaks a key', at, replacement: 4 } };
  const withDigest = record(fresh, 41, { live, revoked });
  const withoutDigest = record(fresh, 41, { revoked });

  test('keep the digest of a version that is live, and the store', () => {
    expect(withDigest.revoked).toEqual([
      { version: 3, manifestSha256: one, reason: 'leaks a key', at, replacement: 4, store: uri },
    ]);
    expect(withoutDigest.revoked).toEqual([{ version: 3, reason: 'leaks a key', at, replacement: 4, store: uri }]);
  });

  test('stay, though newer indexes do not have them', () => {
    const later = record(record(withDigest, 42, { live }, other), 43, {}, one);
    expect(tryGetRevocation(later, { version: 3, manifestSha256: one })?.reason).toBe('leaks a key');
    expect(later.revoked).toEqual(withDigest.revoked);
  });

  test.each<readonly [string, SeenState, number, string | undefined, boolean]>([
    ['the version with that digest', withDigest, 3, one, true],
    ['that number with another digest', withDigest, 3, other, false],
    ['that number, if its digest is not known', withDigest, 3, undefined, true],
    ['that number with any digest, if the index did not tell which', withoutDigest, 3, other, true],
    ['another number', withoutDigest, 4, one, false],
    ['that version from a mirror', record(withDigest, 1, { live }, other, mirror), 3, one, true],
    ['nothing', fresh, 3, one, false],
  ])('count for %s', (_, seen, version, manifestSha256, expected) => {
    const wanted = { version, ...(manifestSha256 === undefined ? {} : { manifestSha256 }) };
    expect(tryGetRevocation(seen, wanted) !== undefined).toBe(expected);
  });

  test('are not narrowed by an index that gives the number another digest', () => {
    const narrowed = record(withoutDigest, 42, { live, revoked }, other);
    expect(tryGetRevocation(narrowed, { version: 3, manifestSha256: other })?.reason).toBe('leaks a key');
  });

  test('keep their first reason; a replacement can come later', () => {
    const first = record(fresh, 1, { live, revoked: { 3: { reason: 'first', at } } });
    const later = record(first, 2, { live, revoked: { 3: { reason: 'second', at, replacement: 5 } } }, other);
    expect(later.revoked).toEqual([
      { version: 3, manifestSha256: one, reason: 'first', at, replacement: 5, store: uri },
    ]);
    expect(record(later, 3, { live, revoked: { 3: { reason: 'third', at, replacement: 6 } } }, one).revoked).toEqual(
      later.revoked,
    );
  });

  test('are cut, and their reasons cannot turn a text around', () => {
    const {
      revoked: [hostile],
    } = record(fresh, 1, { revoked: { 3: { reason: `a\u202eb${'x'.repeat(4000)}`, at } } });
    expect(hostile!.reason).toMatch(/^a bx{297}…$/);
  });

  test('that are too many are rejected', () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [index + 1, { reason: 'x', at }]));
    expect(() => record(fresh, 1, { revoked: many })).toThrow(
      `${uri} revokes too many versions: a host remembers at most 10000`,
    );
  });

  test('are forgotten with their store, and with no other', () => {
    const both = record(withDigest, 7, { live, revoked: { 3: { reason: 'also here', at } } }, other, mirror);
    const left = forgetStore(both, uri);
    expect(left.stores).toEqual([{ uri: mirror, generation: 7, sha256: other }]);
    expect(left.revoked).toEqual([{ version: 3, manifestSha256: one, reason: 'also here', at, store: mirror }]);
    expect(record(left, 12, {}, other).stores).toHaveLength(2);
  });
});
