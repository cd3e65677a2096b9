import { expect, test } from '@jest/globals';
import { resolve } from 'node:path';
import { UsageError } from '../../../src/platform/errors.js';
import type { Processes } from '../../../src/platform/processes.js';
import { openStore } from '../../../src/store/open-store.js';

const never = async (): Promise<never> => Promise.reject(new Error('no program is to be started'));
const processes: Processes = { run: never, start: never, stream: never, tryFind: never };

test.each([
  ['file:///srv/images', 'file:///srv/images/snapshots/a.1.claim'],
  ['file:///srv/with%20space', 'file:///srv/with%20space/snapshots/a.1.claim'],
  ['/srv/images', 'file:///srv/images/snapshots/a.1.claim'],
  ['out/store', `file://${resolve('out/store')}/snapshots/a.1.claim`],
])('%s is a folder', (address, uri) => {
  expect(openStore(address, { processes }).uri('snapshots/a.1.claim')).toBe(uri);
});

test.each(['', 'ftp://host/path', 'https://host/path', 'file://host/path', 'file:///a%2Fb'])('%j is refused, and the message names what is supported', (address) => {
  expect(() => openStore(address, { processes })).toThrow(UsageError);
  expect(() => openStore(address, { processes })).toThrow(expect.objectContaining({ mend: 'use the path of a folder, or file:///path/of/a/folder' }));
});
