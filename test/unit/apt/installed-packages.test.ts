import { expect, test } from '@jest/globals';
import { parseDpkgStatus, readPackages, type InstalledPackage } from '../../../src/apt/installed-packages.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';

const status = `Package: zlib1g
Status: install ok installed
Priority: required
Architecture: amd64
Multi-Arch: same
Version: 1:1.3.dfsg-3.1ubuntu2
Description: compression library - runtime
 Package: not-a-field
 .
 Version: 9

Package: libc6
Status: hold ok installed
Architecture: i386
Version: 2.39


Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.39
Conffiles:
 /etc/ld.so.conf.d/x.conf 0123 obsolete

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: broken
Status: install ok half-installed
Architecture: amd64
Version: 1

Package: gone
Status: purge ok not-installed
Architecture: amd64
Version: 1

Package: leaving
Status: deinstall ok installed
Architecture: all
Version: 1

Status: install ok installed
Version: 1

Package: versionless
Status: install ok installed
`;

test('returns only installed packages, sorted by name and architecture', () => {
  expect(parseDpkgStatus(status)).toEqual([
    { name: 'leaving', version: '1', architecture: 'all' },
    { name: 'libc6', version: '2.39', architecture: 'amd64' },
    { name: 'libc6', version: '2.39', architecture: 'i386' },
    { name: 'zlib1g', version: '1:1.3.dfsg-3.1ubuntu2', architecture: 'amd64' },
  ]);
});

test.each<[string, InstalledPackage['source']]>([
  ['Source: gcc-14', { name: 'gcc-14', version: '1' }],
  ['Source: gcc-14 (14.2.0-4)', { name: 'gcc-14', version: '14.2.0-4' }],
  ['Source: ', undefined],
  ['Source: not a name', undefined],
  ['Section: libs', undefined],
])('the source package: %s', (line, source) => {
  expect(
    parseDpkgStatus(`Package: libstdc++6\nStatus: install ok installed\n${line}\nArchitecture: amd64\nVersion: 1`)[0],
  ).toEqual({
    name: 'libstdc++6',
    version: '1',
    architecture: 'amd64',
    ...(source === undefined ? {} : { source }),
  });
});

test.each([
  '',
  '\n\n\n',
  'no fields at all',
  ':',
  'Package',
  'Status: install ok installed',
  '\0\u00ff\n\nPackage: \nVersion: 1\nStatus: x installed',
])('%j has none', (text) => {
  expect(parseDpkgStatus(text)).toEqual([]);
});

test('an image without dpkg has none', async () => {
  expect(await readPackages(openFakeFiles({ 'etc/x': 'y' }))).toEqual([]);
  expect(
    await readPackages(
      openFakeFiles({
        'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all',
      }),
    ),
  ).toHaveLength(1);
});
