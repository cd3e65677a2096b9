import { beforeEach, describe, expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Manifest } from '../../../src/store/documents/manifest.js';
import type { ObjectReader } from '../../../src/objects/object-store.js';
import { verifyVersionFiles, type VerifiedFile } from '../../../src/store/verify-version.js';
import { forgeManifest, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';

const mebibyte = 1024 ** 2;
const keyOf = (suffix: string): string => `snapshots/ubuntu-base.1.${suffix}`;
let state: MemoryState;
let store: ObjectReader;
let manifest: Manifest;

beforeEach(async () => {
  state = createMemoryState();
  const publishedTo = createMemoryStore(state);
  store = publishedTo;
  ({ manifest } = await publishTestVersion(publishedTo, { image: makeImage(3), layout: 'layered' }));
});

const verify = async (from = store): Promise<readonly VerifiedFile[]> =>
  verifyVersionFiles(manifest, { store: from, log: silentLog, signal: new AbortController().signal });
const problems = async (): Promise<readonly (readonly [string, string])[]> =>
  (await verify()).flatMap(({ key, problem }) => (problem === undefined ? [] : [[key, problem] as const]));

function damage(key: string, change: (bytes: Buffer) => Buffer): void {
  state.objects.set(key, change(Buffer.from(state.objects.get(key)!)));
}

test('a whole version: every file, its base, its documents and its checksums', async () => {
  const files = await verify();
  expect(files.map(({ key }) => key)).toEqual(
    expect.arrayContaining([
      keyOf('qcow2'),
      keyOf('vmlinuz'),
      keyOf('initramfs'),
      expect.stringMatching(/^images\//),
      keyOf('spdx.json'),
      keyOf('SHA256SUMS'),
    ]),
  );
  expect(files.filter(({ problem }) => problem !== undefined)).toEqual([]);
  expect(files[0]).toEqual({ key: keyOf('qcow2'), size: 3 * mebibyte + 12_345 });
});

test('bytes come in any pieces', async () => {
  const inPieces: ObjectReader = {
    ...store,
    open: async (key) => {
      const bytes = state.objects.get(key) ?? Buffer.alloc(0);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 700_001) }, (_, piece) =>
        bytes.subarray(piece * 700_001, (piece + 1) * 700_001),
      );
      return Promise.resolve(Readable.from(pieces));
    },
  };
  expect((await verify(inPieces)).filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test('a manifest that says a document is empty is contradicted, and does not hold up the check', async () => {
  manifest = { ...manifest, documents: { ...manifest.documents!, sbom: { ...manifest.documents!.sbom!, size: 0 } } };
  expect(await problems()).toContainEqual([keyOf('spdx.json'), expect.stringMatching(/^size is \d+ bytes, not 0/)]);
});

describe('damage is found, and where it begins', () => {
  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    [
      'one bit',
      (bytes) => {
        bytes[2 * mebibyte + 5]! ^= 1;
        return bytes;
      },
      `SHA-256 differs from the manifest; first difference in the chunk at offset ${2 * mebibyte}`,
    ],
    [
      'the last byte',
      (bytes) => {
        bytes[bytes.length - 1]! ^= 1;
        return bytes;
      },
      `SHA-256 differs from the manifest; first difference in the chunk at offset ${3 * mebibyte}`,
    ],
    [
      'a missing end',
      (bytes) => bytes.subarray(0, mebibyte + 1),
      `size is ${mebibyte + 1} bytes, not ${3 * mebibyte + 12_345}; first difference in the chunk at offset ` +
        `${mebibyte}`,
    ],
    [
      'more at the end',
      (bytes) => Buffer.concat([bytes, Buffer.alloc(2 * mebibyte)]),
      `size is ${5 * mebibyte + 12_345} bytes, not ${3 * mebibyte + 12_345}; first difference in the chunk ` +
        `at offset ${3 * mebibyte}`,
    ],
    [
      'nothing left',
      () => Buffer.alloc(0),
      `size is 0 bytes, not ${3 * mebibyte + 12_345}; first difference in the chunk at offset 0`,
    ],
  ])('%s', async (_, change, problem) => {
    damage(keyOf('qcow2'), change);
    expect(await problems()).toEqual([[keyOf('qcow2'), problem]]);
  });

  test('of several files at once, and none of the others', async () => {
    state.objects.delete(keyOf('vmlinuz'));
    damage(keyOf('initramfs'), (bytes) => bytes.fill(0));
    damage(keyOf('spdx.json'), (bytes) => Buffer.concat([bytes, Buffer.from(' ')]));
    expect(await problems()).toEqual([
      [keyOf('vmlinuz'), 'missing'],
      [keyOf('initramfs'), expect.stringContaining('at offset 0')],
      [keyOf('spdx.json'), expect.stringMatching(/^size is \d+ bytes, not \d+$/)],
    ]);
  });

  test('of the checksums', async () => {
    damage(keyOf('SHA256SUMS'), (bytes) =>
      Buffer.from(String(bytes).replace(/^./, (digit) => (digit === '0' ? '1' : '0'))),
    );
    expect(await problems()).toEqual([[keyOf('SHA256SUMS'), 'differs from the checksums in the manifest']]);
    state.objects.delete(keyOf('SHA256SUMS'));
    expect(await problems()).toEqual([[keyOf('SHA256SUMS'), 'missing']]);
  });

  test("of a chunk's digest in the manifest", async () => {
    forgeManifest(state, 1, ({ files }) => (files[0]!['chunks'] as string[]).splice(1, 1, '0'.repeat(64)));
    manifest = JSON.parse(String(state.objects.get(keyOf('manifest.json')))) as Manifest;
    expect(await problems()).toEqual([
      [
        keyOf('qcow2'),
        `the manifest's digest of the chunk at offset ${mebibyte} is wrong, but the file's SHA-256 is right`,
      ],
    ]);
  });
});

test('a store that breaks off ends it, with the other files left alone', async () => {
  const broken: ObjectReader = {
    ...store,
    open: async (key) =>
      key === keyOf('qcow2')
        ? Promise.resolve(
            new Readable({
              read() {
                this.destroy(new Error('connection reset'));
              },
            }),
          )
        : store.open(key),
  };
  await expect(verify(broken)).rejects.toThrow('connection reset');
});

test('a cancelled run ends it', async () => {
  await expect(
    verifyVersionFiles(manifest, { store, log: silentLog, signal: AbortSignal.abort(new Error('cancelled')) }),
  ).rejects.toThrow('cancelled');
});
