import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../../src/platform/errors.js';
import { identifyPackage, listIndexed, parseSnapshot, pinSources } from '../../../src/apt/snapshot.js';

const snapshot = '20260501T000000Z';
const pin = (line: string): string => pinSources([{ name: 'sources.list', text: line }], snapshot).text;

describe('redirects the archives of a distribution to their snapshots', () => {
  test.each([
    ['http://deb.debian.org/debian', 'http://snapshot.debian.org/archive/debian/20260501T000000Z/'],
    ['https://deb.debian.org/debian-security/', 'http://snapshot.debian.org/archive/debian-security/20260501T000000Z/'],
    [
      'http://security.debian.org/debian-security',
      'http://snapshot.debian.org/archive/debian-security/20260501T000000Z/',
    ],
    ['http://ftp.de.debian.org/debian/', 'http://snapshot.debian.org/archive/debian/20260501T000000Z/'],
    [
      'http://snapshot.debian.org/archive/debian/20250101T000000Z/',
      'http://snapshot.debian.org/archive/debian/20260501T000000Z/',
    ],
    ['http://archive.ubuntu.com/ubuntu/', 'https://snapshot.ubuntu.com/ubuntu/20260501T000000Z/'],
    ['http://eu-west-1.ec2.archive.ubuntu.com/ubuntu', 'https://snapshot.ubuntu.com/ubuntu/20260501T000000Z/'],
    ['https://security.ubuntu.com/ubuntu', 'https://snapshot.ubuntu.com/ubuntu/20260501T000000Z/'],
  ])('%s', (from, to) => {
    expect(pin(`deb ${from} suite main`)).toBe(
      `Types: deb\nURIs: ${to}\nSuites: suite\nComponents: main\nCheck-Valid-Until: no\n`,
    );
  });
});

test.each([
  'http://packages.example.org/debian',
  'http://debian.org.example.org/debian',
  'http://notdebian.org/debian',
  'http://deb.debian.org/debian-ports',
  'http://ppa.launchpadcontent.net/x/y/ubuntu',
  'file:/srv/debian',
])('%s is unchanged, and reported', (uri) => {
  expect(pinSources([{ name: 'sources.list', text: `deb ${uri} suite main` }], snapshot)).toEqual({
    text: `Types: deb\nURIs: ${uri}\nSuites: suite\nComponents: main\n`,
    pinned: [],
    unpinned: [uri],
  });
});

test('pins each URL of a stanza separately, with its key', () => {
  const text =
    'Types: deb deb-src\nURIs: http://archive.ubuntu.com/ubuntu http://mirror.example.org/ubuntu\nSuites: noble noble-updates\nComponents: main\nSnapshot: yes\nSigned-By: /usr/share/keyrings/u.gpg\n';
  expect(pinSources([{ name: 'ubuntu.sources', text }], snapshot)).toEqual({
    text: [
      'Types: deb\nURIs: https://snapshot.ubuntu.com/ubuntu/20260501T000000Z/\nSuites: noble noble-updates\nComponents: main\nSigned-By: /usr/share/keyrings/u.gpg\nCheck-Valid-Until: no\n',
      'Types: deb\nURIs: http://mirror.example.org/ubuntu\nSuites: noble noble-updates\nComponents: main\nSigned-By: /usr/share/keyrings/u.gpg\nSnapshot: yes\n',
    ].join('\n'),
    pinned: ['https://snapshot.ubuntu.com/ubuntu/20260501T000000Z/'],
    unpinned: ['http://mirror.example.org/ubuntu'],
  });
});

test.each([
  ['2026-05-01', '20260501T000000Z'],
  ['2026-05-01T06:07:08Z', '20260501T060708Z'],
  ['20260501T060708Z', '20260501T060708Z'],
  ['20260501', '20260501T000000Z'],
])('%s is a valid date', (text, id) => {
  expect(parseSnapshot(text)).toBe(id);
});

test.each([
  '',
  'yesterday',
  '2026-13-01',
  '2026-02-30',
  '2026-05-01T25:00:00Z',
  '2026-05-01T06:00:00',
  '2026-05-01 06:00',
  '$1',
])('%p is not', (text) => {
  expect(() => parseSnapshot(text)).toThrow(UsageError);
});

test('leaves out sources on discs', () => {
  expect(
    pinSources(
      [{ name: 'sources.list', text: 'deb cdrom:[Debian 12 _Bookworm_ - Official]/ bookworm main\n' }],
      snapshot,
    ),
  ).toEqual({ text: '', pinned: [], unpinned: [] });
});

test('lists the package versions of indexes', () => {
  const index = (name: string, version: string, architecture = 'amd64'): string =>
    `Package: ${name}\nSource: x (9)\nVersion: ${version}\nArchitecture: ${architecture}\nDescription: y\n`;
  const indexes = [`${index('curl', '8.1-1')}\n${index('openssl', '3.0-1')}`, index('curl', '8.2-1')];
  const listed = listIndexed(indexes);
  expect(listed).toEqual(new Set(['curl 8.1-1 amd64', 'openssl 3.0-1 amd64', 'curl 8.2-1 amd64']));
  expect(listed).toContain(identifyPackage({ name: 'curl', version: '8.2-1', architecture: 'amd64' }));
});
