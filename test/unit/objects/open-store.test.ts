import { expect, test } from '@jest/globals';
import { resolve } from 'node:path';
import { systemClock } from '../../../src/platform/clock.js';
import { UsageError } from '../../../src/platform/errors.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { openStore } from '../../../src/objects/open-store.js';
import { formatAddress } from '../../../src/objects/store-address.js';

const never = async (): Promise<never> => Promise.reject(new Error('no program is to be started'));
const processes: Processes = { run: never, start: never, stream: never, tryFind: never };

test.each([
  ['file:///srv/images', 'file:///srv/images/snapshots/a.1.claim'],
  ['file:///srv/with%20space', 'file:///srv/with%20space/snapshots/a.1.claim'],
  ['/srv/images', 'file:///srv/images/snapshots/a.1.claim'],
  ['s3://images', 's3://images/snapshots/a.1.claim'],
  ['S3://images/team/blue/', 's3://images/team/blue/snapshots/a.1.claim'],
  ['out/store', `file://${resolve('out/store')}/snapshots/a.1.claim`],
])('%s is a store', (address, uri) => {
  expect(openStore({ address }, { processes, clock: systemClock }).uri('snapshots/a.1.claim')).toBe(uri);
});

test.each(['', 'ftp://host/path', 'https://host/path', 'file://host/path', 'file:///a%2Fb'])(
  '%j is refused, and the message names what is supported',
  (address) => {
    expect(() => openStore({ address }, { processes, clock: systemClock })).toThrow(UsageError);
    expect(() => openStore({ address }, { processes, clock: systemClock })).toThrow(
      expect.objectContaining({
        fix: 'use s3://BUCKET/PREFIX, the path of a directory, or file:///path/of/a/directory',
      }),
    );
  },
);

test.each([
  's3://',
  's3://Images',
  's3://images//team',
  's3://images/../team',
  's3://images/.team',
  's3://images/team?region=x',
  's3://key:secret@images',
  's3://a b',
])('%j is rejected as an S3 address', (address) => {
  expect(() => openStore({ address }, { processes, clock: systemClock })).toThrow(/: invalid S3 address$/);
});

test.each(['s3.example', 'ftp://s3.example', 'https://key:secret@s3.example', 'https://s3.example/?x=y'])(
  '%j is refused as an endpoint, and not repeated',
  (endpoint) => {
    expect(() => openStore({ address: 's3://images', endpoint }, { processes, clock: systemClock })).toThrow(
      /^endpoint is not the URL of a server$/,
    );
  },
);

test.each([{ endpoint: 'https://s3.example' }, { region: 'eu-central-1' }, { anonymous: true }])(
  '%j is refused for a directory',
  (server) => {
    expect(() => openStore({ address: 'out', ...server }, { processes, clock: systemClock })).toThrow(
      'endpoint, region or anonymous is given, but store "out" is a directory',
    );
  },
);

test.each([
  'https://key:secret@host/path',
  'ftp://host/path?token=secret',
  's3://key:secret@images',
  's3://key:se/cret@images',
  's3://images/team?token=secret',
  'file://key:secret@host/path',
  'ftp://a b/#secret',
])('%j is refused, and no secret in it is repeated', (address) => {
  expect(() => openStore({ address }, { processes, clock: systemClock })).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/se\/?cret/) }),
  );
});

test.each([
  ['https://mirror.example/path', 'https://mirror.example/path'],
  ['https://key:secret@mirror.example/path?token=secret#secret', 'https://mirror.example/path'],
  ['s3://images/../team', 's3://images/../team'],
  ['s3://key:se/cret@images', 's3://…'],
  ['out/what?#@', 'out/what?#@'],
])('%s is shown as %s', (address, shown) => {
  expect(formatAddress(address)).toBe(shown);
});
