import { describe, expect, test } from '@jest/globals';
import { aptStateSchema, holdsPublicKeys, readAptState, type AptState } from '../../../src/apt/apt-state.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const status =
  'Package: curl\nStatus: install ok installed\nArchitecture: i386\nVersion: 8\n\n' +
  'Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n';
const key = Buffer.from([0x99, 0x01, 0x0d, 0x04]);
const armored = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\n';
const bare: Tree = { '/var/lib/dpkg/status': status, '/etc/apt/sources.list': 'deb http://a.example x y\n' };

const read = async (tree: Tree): Promise<AptState | undefined> => readAptState(openFakeFiles({ ...bare, ...tree }));

test('has everything that apt bases its decisions on, but no commands and passwords', async () => {
  const state = await read({
    '/var/lib/dpkg/arch': 'amd64\ni386\n',
    '/var/lib/apt/extended_states': 'Package: curl\nAuto-Installed: 1\n',
    '/etc/apt/sources.list.d/b.sources':
      'Types: deb\nURIs: http://b.example\nSuites: ./\nSigned-By: /usr/share/keyrings/b.gpg, /opt/c.asc\n',
    '/etc/apt/sources.list.d/a.list': 'deb [signed-by=/usr/share/keyrings/b.gpg] http://c.example x y\n',
    '/etc/apt/sources.list.d/a.list.save': 'deb http://old.example x y\n',
    '/etc/apt/sources.list.d/a b.list': 'x',
    '/etc/apt/sources.list.d/d.list': { directory: true },
    '/etc/apt/preferences': 'main',
    '/etc/apt/preferences.d/10-a': 'a',
    '/etc/apt/preferences.d/b.pref': 'b',
    '/etc/apt/preferences.d/c.bak': 'c',
    '/etc/apt/trusted.gpg': key,
    '/etc/apt/trusted.gpg.d/t.asc': armored,
    '/etc/apt/trusted.gpg.d/u.kbx': key,
    '/usr/share/keyrings/b.gpg': key,
    '/opt/c.asc': armored,
    '/usr/share/keyrings/unused.gpg': key,
    '/etc/apt/apt.conf': 'evil',
    '/etc/apt/apt.conf.d/x': 'evil',
    '/etc/apt/auth.conf': 'machine x password evil',
  });
  expect(state).toEqual({
    schema: 1,
    architectures: ['amd64', 'i386'],
    status,
    extendedStates: 'Package: curl\nAuto-Installed: 1\n',
    sources: [
      { name: 'sources.list', text: 'deb http://a.example x y\n' },
      { name: 'sources.list.d/a.list', text: 'deb [signed-by=/usr/share/keyrings/b.gpg] http://c.example x y\n' },
      expect.objectContaining({ name: 'sources.list.d/b.sources' }),
    ],
    preferences: [
      { name: 'preferences', text: 'main' },
      { name: 'preferences.d/10-a', text: 'a' },
      { name: 'preferences.d/b.pref', text: 'b' },
    ],
    keyrings: [
      { path: '/etc/apt/trusted.gpg', trusted: true, content: key.toString('base64') },
      { path: '/etc/apt/trusted.gpg.d/t.asc', trusted: true, content: Buffer.from(armored).toString('base64') },
      { path: '/usr/share/keyrings/b.gpg', trusted: false, content: key.toString('base64') },
      { path: '/opt/c.asc', trusted: false, content: Buffer.from(armored).toString('base64') },
    ],
  });
  expect(JSON.stringify(state)).not.toContain('evil');
  expect(aptStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
});

test.each<[string, Tree]>([
  ['dpkg', { '/etc/apt/sources.list': '' }],
  [
    'an installed dpkg',
    { '/var/lib/dpkg/status': 'Package: curl\nArchitecture: amd64\n', '/etc/apt/sources.list': '' },
  ],
  ['apt', { '/var/lib/dpkg/status': status }],
])('is undefined without %s', async (_, tree) => {
  expect(await readAptState(openFakeFiles(tree))).toBeUndefined();
});

test('reads only public keys, whatever a source names', async () => {
  const signers = [
    '/etc/shadow',
    '/root/.ssh/id',
    '/secret.gpg',
    '/secret.asc',
    '/directory',
    '/link',
    '/gone',
    '/../etc/shadow',
  ];
  const state = await read({
    '/etc/apt/sources.list': `deb [signed-by=${signers.join(',')}] http://a.example x y\n`,
    '/etc/shadow': 'root:*:1::::::\n',
    '/root/.ssh/id': '-----BEGIN OPENSSH PRIVATE KEY-----\n',
    '/secret.gpg': Buffer.from([0x95, 0x01]),
    '/secret.asc': `${armored}-----BEGIN PGP PRIVATE KEY BLOCK-----\n`,
    '/directory': { directory: true },
    '/link': { link: '/etc/shadow' },
  });
  expect(state?.keyrings).toEqual([]);
});

test.each<[string, Tree]>([
  ['a file', { '/etc/apt/sources.list': `#${'x'.repeat(1024 ** 2)}` }],
  [
    'a directory',
    Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`/etc/apt/preferences.d/p${String(index)}`, 'x'])),
  ],
])('rejects %s that is too large', async (_, tree) => {
  await expect(read(tree)).rejects.toThrow(/too large|too many files: 101 \(limit: 100\)/);
});

describe('public keys', () => {
  test.each([
    ['old format', [0x98, 0x33], true],
    ['new format', [0xc6, 0x33], true],
    ['a secret key', [0x94, 0x33], false],
    ['a new secret key', [0xc5, 0x33], false],
    ['nothing', [], false],
    ['text', [0x72], false],
  ])('%s', (_, bytes, expected) => {
    expect(holdsPublicKeys(Buffer.from(bytes))).toBe(expected);
  });
});
