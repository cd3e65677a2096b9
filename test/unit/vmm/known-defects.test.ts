import { describe, expect, test } from '@jest/globals';
import type { Failure } from '../../../src/platform/errors.js';
import { assertNoDefect } from '../../../src/vmm/assert-no-defect.js';
import { parseRelease } from '../../../src/vmm/cloud-hypervisor-release.js';
import {
  findCorrupting,
  findDefects,
  formatReleases,
  knownDefects,
  overlayUse,
  rawUse,
  type DiskUse,
} from '../../../src/vmm/known-defects.js';

const idsOf = (release: string, change: Partial<DiskUse> = {}): readonly string[] =>
  findDefects(parseRelease(release), { ...overlayUse, ...change }).map(({ id }) => id);
const corruptingOf = (release: string, change: Partial<DiskUse> = {}): readonly string[] =>
  findCorrupting(parseRelease(release), { ...overlayUse, ...change }).map(({ id }) => id);

test('every defect has an identity, a source upstream and a condition that can be false', () => {
  expect(new Set(knownDefects.map(({ id }) => id)).size).toBe(knownDefects.length);
  for (const { id, link, condition, before, from } of knownDefects) {
    expect(link).toMatch(/^https:\/\/github\.com\/cloud-hypervisor\/cloud-hypervisor\//);
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(condition).toMatchObject({ format: 'qcow2', writable: true });
    for (const release of [before, from]) if (release !== undefined) expect(release).toMatch(/^\d+\.\d+$/);
  }
});

describe('an overlay with one queue', () => {
  test.each([
    ['50.1', ['8358']],
    ['50.2', ['8358']],
    ['51.0', ['8358', '8245']],
    ['51.2', ['8358', '8245']],
    ['52.0', ['8245']],
    ['52.0-117-g1a2b3c4', ['8245']],
    ['53.0', []],
    ['54.0', []],
    ['nightly', []],
  ])('is corrupted by %s: %j', (release, expected) => expect(corruptingOf(release)).toEqual(expected));

  test('grows on 53.0, but no longer on 54.0', () => {
    expect(idsOf('53.0')).toEqual(['8597', 'backing-format']);
    expect(idsOf('54.0')).toEqual(['backing-format']);
  });
});

test.each<readonly [string, Partial<DiskUse>, readonly string[]]>([
  ['50.0', { severalQueues: true, backingFiles: false }, ['7660', '8358']],
  ['50.1', { severalQueues: true }, ['8358']],
  ['53.0', { severalQueues: true }, ['8624', '8621']],
  ['53.0', { severalQueues: true, discards: false }, ['8621']],
  ['53.0', { severalQueues: true, backingFiles: false }, ['8624']],
  // Not fixed in any release.
  ['60.0', { severalQueues: true }, ['8621']],
  ['nightly', { severalQueues: true }, ['8621']],
  ['53.0', { compressedWrites: true }, ['8606']],
  ['52.0', { compressedWrites: true, backingFiles: false }, ['8558', '8606']],
  ['49.0', { compressedWrites: true }, []],
  ['53.0', { copiedWhilePaused: true }, ['8607']],
  ['53.0', { fillsDisk: true }, ['8748']],
])('%s corrupts an overlay with %j by %j', (release, change, expected) =>
  expect(corruptingOf(release, change)).toEqual(expected),
);

test.each(['39.0', '50.2', '51.0', '52.0', '53.0', '54.0', 'nightly'])('%s has no defect with raw disks', (release) =>
  expect(
    findDefects(parseRelease(release), { ...rawUse, severalQueues: true, fillsDisk: true, copiedWhilePaused: true }),
  ).toEqual([]),
);

test('what is only read is not corrupted', () => {
  for (const { condition } of knownDefects) expect(idsOf('50.2', { ...condition, writable: false })).toEqual([]);
});

describe('assertNoDefect', () => {
  const check = (release: string, allowed: readonly string[] = []): readonly string[] =>
    assertNoDefect({ subject: 'the disk of vm-001', release: parseRelease(release), use: overlayUse, allowed });

  test('accepts what is not corrupted', () => expect(check('53.0')).toEqual([]));

  test('names the defect, the way out and how to accept it', () => {
    let failure: Failure | undefined;
    try {
      check('51.0');
    } catch (error) {
      failure = error as Failure;
    }
    expect(failure?.message).toBe(
      "cloud-hypervisor 51.0 corrupts the disk of vm-001: #8358: the guest's data overwrites the first 64 KiB of " +
        'the file (50.0 to before 52.0)',
    );
    expect(failure?.fix).toBe(
      'a raw disk, or Cloud Hypervisor 53.0; or accept it: --allow-known-defect 8358 --allow-known-defect 8245',
    );
    expect(failure?.evidence).toEqual([expect.stringMatching(/^#8245: blocks that the guest zeroed/)]);
  });

  test('needs each defect to be allowed, and warns of it', () => {
    expect(() => check('51.0', ['8245'])).toThrow('#8358');
    expect(() => check('52.0', ['8358'])).toThrow('#8245');
    expect(check('51.0', ['8245', '8358'])).toEqual([
      expect.stringMatching(/#8358: .*\. Used because of --allow-known-defect 8358$/),
      expect.stringMatching(/#8245: .*\. Used because of --allow-known-defect 8245$/),
    ]);
  });
});

test.each([
  [{ from: '50.0', before: '52.0' }, '50.0 to before 52.0'],
  [{ before: '54.0' }, 'before 54.0'],
  [{ from: '52.0' }, 'since 52.0, not fixed'],
  [{}, 'all releases'],
])('%j reads %j', (releases, text) => expect(formatReleases(releases)).toBe(text));
