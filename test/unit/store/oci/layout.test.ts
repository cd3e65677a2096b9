import { expect, test } from '@jest/globals';
import { formatTarHeader } from '../../../../src/store/oci/container-disk.js';
import { identifyLayer, listFileLayers, planLayers } from '../../../../src/store/oci/layout.js';
import { findNewest, tryFindPlace } from '../../../../src/store/oci/registry-reader.js';

const mebibyte = 1024 ** 2;

function makeFile(size: number, chunkSize = mebibyte) {
  const chunks = Array.from({ length: Math.ceil(size / chunkSize) }, (_, chunk) => String(chunk).padStart(64, '0'));
  return { role: 'image' as const, name: 'a.1.qcow2', size, sha256: 'f'.repeat(64), chunkSize, chunks };
}

test.each([
  [1, mebibyte, [1]],
  [64 * mebibyte, mebibyte, [64 * mebibyte]],
  [64 * mebibyte + 1, mebibyte, [64 * mebibyte, 1]],
  [130 * mebibyte + 5, mebibyte, [64 * mebibyte, 64 * mebibyte, 2 * mebibyte + 5]],
  // At borders of chunks, whatever their size.
  [100 * mebibyte, 3 * mebibyte, [63 * mebibyte, 37 * mebibyte]],
  [0, mebibyte, []],
])('a file of %d bytes with chunks of %d', (size, chunkSize, lengths) => {
  const file = makeFile(size, chunkSize);
  const layers = planLayers(file);
  expect(layers.map(({ length }) => length)).toEqual(lengths);
  expect(layers.flatMap(({ chunks }) => chunks)).toEqual(file.chunks);
  expect(layers.map(({ start }) => start)).toEqual(
    lengths.map((_, at) => lengths.slice(0, at).reduce((a, b) => a + b, 0)),
  );
  expect(layers.map(({ title }) => title)).toEqual(
    lengths.length === 1 ? ['a.1.qcow2'] : lengths.map((_, at) => `a.1.qcow2.part-000${at}`),
  );
});

test('layers with equal chunks are equal, and only those', () => {
  const [first, second] = planLayers(makeFile(65 * mebibyte));
  const [same] = planLayers({ ...makeFile(64 * mebibyte), name: 'a.2.qcow2' });
  const [shorter] = planLayers(makeFile(64 * mebibyte - 1));
  expect(identifyLayer(same!)).toBe(identifyLayer(first!));
  expect(new Set([first, second, shorter].map((layer) => identifyLayer(layer!))).size).toBe(3);
});

const layer = (name: string, offset: string, size: number) => ({
  mediaType: 'application/vnd.ch-golden.file.v1',
  digest: `sha256:${'a'.repeat(64)}`,
  size,
  annotations: { 'vnd.ch-golden.file.name': name, 'vnd.ch-golden.file.offset': offset },
});
const config = { mediaType: 'a/b', digest: `sha256:${'b'.repeat(64)}`, size: 2 };
const manifestOf = (...layers: ReturnType<typeof layer>[]) => ({ schemaVersion: 2 as const, config, layers });

test('the layers of each file are found, and others ignored', () => {
  const found = listFileLayers(
    manifestOf(layer('a', '0', 5), layer('b', '0', 1), layer('a', '5', 2), layer('c', 'x', 1)),
    'm',
  );
  expect([...found.keys()]).toEqual(['a', 'b']);
  expect(found.get('a')?.map(({ start, length }) => [start, length])).toEqual([
    [0, 5],
    [5, 2],
  ]);
});

test.each([
  ['a gap', manifestOf(layer('a', '0', 5), layer('a', '6', 2))],
  ['an overlap', manifestOf(layer('a', '0', 5), layer('a', '4', 2))],
  ['no start', manifestOf(layer('a', '1', 5))],
  ['the wrong order', manifestOf(layer('a', '5', 5), layer('a', '0', 5))],
])('rejects a file with %s', (_, manifest) => {
  expect(() => listFileLayers(manifest, 'm')).toThrow('m: the layers of "a" are not in order');
});

test.each([
  ['snapshots/ubuntu-base.index.json', { kind: 'document', tag: 'ch-golden.index' }],
  ['snapshots/ubuntu-base.heartbeat.json', { kind: 'document', tag: 'ch-golden.heartbeat' }],
  ['snapshots/ubuntu-base.gpu.12.manifest.json', { kind: 'config', tag: '12' }],
  ['snapshots/ubuntu-base.3.dsse.json', { kind: 'referrer', tag: '3', suffix: 'dsse.json' }],
  ['snapshots/ubuntu-base.3.SHA256SUMS', { kind: 'referrer', tag: '3', suffix: 'SHA256SUMS' }],
  ['snapshots/ubuntu-base.3.qcow2', { kind: 'file', tag: '3', name: 'ubuntu-base.3.qcow2' }],
  ['images/ab.qcow2', { kind: 'file', tag: 'ch-golden.base.ab.qcow2', name: 'ab.qcow2' }],
  ['hosts/ab.json', undefined],
  ['snapshots/other', undefined],
  ['snapshots/a/b', undefined],
])('%s', (key, place) => {
  expect(tryFindPlace(key)).toEqual(place);
});

test('a key outside of a store is rejected', () => {
  expect(() => tryFindPlace('../x')).toThrow('invalid store key');
});

test('the newest referrer wins, and one without a date is the oldest', () => {
  const dated = (created?: string) => ({
    ...config,
    ...(created === undefined ? {} : { annotations: { 'org.opencontainers.image.created': created } }),
  });
  const newest = dated('2026-11-23T06:00:00Z');
  expect(findNewest([dated(), dated('2026-11-22T06:00:00Z'), newest, dated('nonsense')])).toBe(newest);
  expect(findNewest([])).toBeUndefined();
});

test('a tar header has its checksum, and sizes beyond eleven octal digits', () => {
  const entry = { name: 'disk/a.qcow2', mode: 0o440, type: '0' as const, seconds: 1 };
  const small = formatTarHeader({ ...entry, size: 8 * 1024 ** 3 - 1 });
  expect(small.subarray(124, 136).toString()).toBe('77777777777\0');
  const large = formatTarHeader({ ...entry, size: 9 * 1024 ** 3 });
  expect(large[124]).toBe(0x80);
  expect(large.readBigUInt64BE(128)).toBe(BigInt(9 * 1024 ** 3));
  for (const header of [small, large]) {
    const stored = Number.parseInt(header.subarray(148, 154).toString(), 8);
    const blank = Buffer.from(header).fill(' ', 148, 156);
    expect(stored).toBe(blank.reduce((sum, byte) => sum + byte, 0));
  }
  expect(() => formatTarHeader({ ...entry, name: 'a'.repeat(101), size: 0 })).toThrow('too long');
});
