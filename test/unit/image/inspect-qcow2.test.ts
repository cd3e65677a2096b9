import { expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import type { Qcow2Header } from '../../../src/disk/qcow2-header.js';
import { decideCloudHypervisorNeeds } from '../../../src/image/inspect-qcow2.js';

type Clusters = Parameters<typeof decideCloudHypervisorNeeds>[1];
const none: Clusters = { compressedClusters: 0, hasZeroMarks: false };

const plain: Qcow2Header = {
  version: 3,
  clusterSize: 65536,
  virtualSize: 1024 ** 3,
  encrypted: false,
  compressionType: 'zlib',
  externalDataFile: false,
  extendedL2: false,
  corrupt: false,
  snapshots: 0,
  bitmaps: false,
  unknownFeatures: 0n,
};

test.each<
  readonly [what: string, header: Qcow2Header, clusters: Partial<Clusters>, min: string, options: readonly string[]]
>([
  ['a plain image', plain, {}, '39.0', ['image_type=qcow2']],
  ['zstd that compresses nothing', { ...plain, compressionType: 'zstd' }, {}, '39.0', ['image_type=qcow2']],
  ['compressed clusters', plain, { compressedClusters: 1 }, '50.0', ['image_type=qcow2']],
  [
    'clusters that are marked as zeros',
    plain,
    { compressedClusters: 1, hasZeroMarks: true },
    '51.0',
    ['image_type=qcow2'],
  ],
  [
    'a backing file',
    { ...plain, backingFile: '../images/x.qcow2' },
    {},
    '53.0',
    ['image_type=qcow2', 'backing_files=on'],
  ],
  [
    'both',
    { ...plain, backingFile: '../images/x.qcow2' },
    { compressedClusters: 9, hasZeroMarks: true },
    '53.0',
    ['image_type=qcow2', 'backing_files=on'],
  ],
])('%s', (_, header, clusters, min, diskOptions) => {
  expect(decideCloudHypervisorNeeds(header, { ...none, ...clusters })).toEqual({ min, diskOptions });
});

test.each<readonly [what: string, header: Qcow2Header]>([
  ['extended L2 entries', { ...plain, extendedL2: true }],
  ['an external data file', { ...plain, externalDataFile: true }],
  ['an unknown feature', { ...plain, unknownFeatures: 32n }],
])('%s are refused', (_, header) => {
  expect(() => decideCloudHypervisorNeeds(header, none)).toThrow(Failure);
});
