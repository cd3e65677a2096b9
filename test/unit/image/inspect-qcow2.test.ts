import { expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import type { Qcow2Header } from '../../../src/disk/qcow2-header.js';
import { decideCloudHypervisorNeeds } from '../../../src/image/inspect-qcow2.js';

const plain: Qcow2Header = {
  version: 3, clusterSize: 65536, virtualSize: 1024 ** 3, encrypted: false, compressionType: 'zlib',
  externalDataFile: false, extendedL2: false, corrupt: false, unknownFeatures: 0n,
};

test.each<readonly [what: string, header: Qcow2Header, compressed: number, min: string, options: readonly string[]]>([
  ['a plain image', plain, 0, '39.0', ['image_type=qcow2']],
  ['zstd that compresses nothing', { ...plain, compressionType: 'zstd' }, 0, '39.0', ['image_type=qcow2']],
  ['compressed clusters', plain, 1, '50.0', ['image_type=qcow2']],
  ['a backing file', { ...plain, backingFile: '../images/x.qcow2' }, 0, '51.0', ['image_type=qcow2', 'backing_files=on']],
  ['both', { ...plain, backingFile: '../images/x.qcow2' }, 9, '51.0', ['image_type=qcow2', 'backing_files=on']],
])('%s', (_, header, compressed, min, diskOptions) => {
  expect(decideCloudHypervisorNeeds(header, compressed)).toEqual({ min, diskOptions });
});

test.each<readonly [what: string, header: Qcow2Header]>([
  ['extended L2 entries', { ...plain, extendedL2: true }],
  ['an external data file', { ...plain, externalDataFile: true }],
  ['an unknown feature', { ...plain, unknownFeatures: 32n }],
])('%s are refused', (_, header) => {
  expect(() => decideCloudHypervisorNeeds(header, 0)).toThrow(Failure);
});
