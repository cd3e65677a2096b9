import { expect, test } from '@jest/globals';
import { tryParseOsRelease, tryReadDistribution } from '../../../src/image/distribution.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';

test.each([
  ['NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n', { id: 'ubuntu', version: '24.04' }],
  ["ID='debian'\nVERSION_ID=12\n", { id: 'debian', version: '12' }],
  ['ID=debian\nVERSION_CODENAME=forky\n', { id: 'debian' }],
  ['', undefined],
  ['XID=debian', undefined],
  ['ID="debian', undefined],
  ['ID=$(reboot)', undefined],
  ['VERSION_ID=12', undefined],
])('%j', (text, distribution) => {
  expect(tryParseOsRelease(text)).toEqual(distribution);
});

test('is read through the link that most images have, or from where it leads', async () => {
  const files = { 'usr/lib/os-release': 'ID=debian\n' };
  expect(
    await tryReadDistribution(openFakeFiles({ ...files, 'etc/os-release': { link: '../usr/lib/os-release' } })),
  ).toEqual({ id: 'debian' });
  expect(await tryReadDistribution(openFakeFiles(files))).toEqual({ id: 'debian' });
  expect(await tryReadDistribution(openFakeFiles({}))).toBeUndefined();
});
