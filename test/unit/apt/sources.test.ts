import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/platform/progress/log.js';
import { Failure } from '../../../src/platform/errors.js';
import { formatSources, listSigners, parseSources, type AptSource } from '../../../src/apt/sources.js';
import { selectSources } from '../../../src/updates/scratch-root.js';

const inLines = (text: string): readonly AptSource[] => parseSources([{ name: 'sources.list', text }]);
const inStanzas = (text: string): readonly AptSource[] => parseSources([{ name: 'sources.list.d/a.sources', text }]);
const source = {
  types: ['deb'],
  uris: ['http://a.example/debian'],
  suites: ['stable'],
  components: ['main'],
  options: {},
};

describe('one line', () => {
  test.each<[string, readonly Partial<AptSource>[]]>([
    ['deb http://a.example/debian stable main', [{}]],
    ['  deb\thttp://a.example/debian   stable main contrib # why', [{ components: ['main', 'contrib'] }]],
    [
      'deb [arch=amd64,i386 signed-by=/a.gpg] http://a.example/debian stable main',
      [{ options: { Architectures: 'amd64 i386', 'Signed-By': '/a.gpg' } }],
    ],
    [
      'deb [ signed-by="/a.gpg" trusted=yes arch-=i386 x-other=1 ]  http://a.example/debian stable main',
      [{ options: { 'Architectures-Remove': 'i386', Trusted: 'yes', 'Signed-By': '/a.gpg' } }],
    ],
    [
      'deb cdrom:[Debian 12 _Bookworm_ - Official]/ stable main',
      [{ uris: ['cdrom:[Debian 12 _Bookworm_ - Official]/'] }],
    ],
    ['deb http://a.example/debian ./', [{ suites: ['./'], components: [] }]],
    ['deb-src http://a.example/debian stable main\n# deb http://b.example/ x y\n\n', []],
  ])('%s', (line, expected) => {
    expect(inLines(line)).toEqual(expected.map((one) => ({ ...source, ...one })));
  });

  test.each([
    'deb',
    'deb http://a.example',
    'rpm http://a.example x y',
    'deb [arch=amd64 http://a.example x y',
    '<html>',
  ])('rejects %s', (line) => {
    expect(() => inLines(line)).toThrow(Failure);
  });
});

describe('a stanza', () => {
  test('can have several values in a field, and continued lines', () => {
    expect(
      inStanzas(
        '# ours\nTypes: deb deb-src\nURIs: http://a.example/debian\n# why\n http://b.example/debian\nSuites: stable\n  stable-updates\ncomponents:main\nX-Repolib-Name: x\n',
      ),
    ).toEqual([
      { ...source, uris: ['http://a.example/debian', 'http://b.example/debian'], suites: ['stable', 'stable-updates'] },
    ]);
  });

  test('is left out if it is disabled or for source packages', () => {
    const stanza = 'Types: deb\nURIs: http://a.example/debian\nSuites: stable\nComponents: main\n';
    expect(
      inStanzas(`Enabled: no\n${stanza}\n\n \t\n${stanza.replace('deb\n', 'deb-src\n')}\n${stanza}Enabled: yes\n`),
    ).toEqual([source]);
  });

  test('can contain a key, which is written unchanged', () => {
    const text =
      'Types: deb\nURIs: http://a.example/debian\nSuites: stable\nComponents: main\nSigned-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEabc=\n -----END PGP PUBLIC KEY BLOCK-----\n';
    const sources = inStanzas(text);
    expect(listSigners(sources[0]?.options['Signed-By'] ?? '')).toEqual([]);
    expect(inStanzas(formatSources(sources))).toEqual(sources);
    expect(formatSources(sources)).toContain('\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEabc=\n');
  });

  test('can have a key with whitespace around its lines', () => {
    const withKey = (begin: string): string =>
      `Types: deb\nURIs: http://a.example/debian\nSuites: stable\nSigned-By:\n ${begin}\n mDMEabc=\n`;
    expect(inStanzas(withKey('  -----BEGIN PGP PUBLIC KEY BLOCK-----\t '))).toEqual(
      inStanzas(withKey('-----BEGIN PGP PUBLIC KEY BLOCK-----')),
    );
    const cut = inStanzas(withKey('-----BEGIN '));
    expect(inStanzas(formatSources(cut))).toEqual(cut);
  });

  test.each(['Types: deb\nSuites: stable\n', 'Types: deb\nURIs: http://a.example\nSuites:\n', 'hello\n'])(
    'rejects %j',
    (text) => {
      expect(() => inStanzas(text)).toThrow(Failure);
    },
  );
});

test('merges both styles into one file, in order', () => {
  const sources = parseSources([
    { name: 'sources.list', text: 'deb [check-valid-until=no] http://a.example x y' },
    { name: 'sources.list.d/b.sources', text: 'Types: deb\nURIs: http://b.example\nSuites: ./\n' },
  ]);
  expect(formatSources(sources)).toBe(
    'Types: deb\nURIs: http://a.example\nSuites: x\nComponents: y\nCheck-Valid-Until: no\n\nTypes: deb\nURIs: http://b.example\nSuites: ./\n',
  );
});

test('the signers of a source', () => {
  expect(listSigners('/a.gpg, /b.asc  0123456789ABCDEF0123456789ABCDEF01234567!')).toEqual([
    '/a.gpg',
    '/b.asc',
    '0123456789ABCDEF0123456789ABCDEF01234567!',
  ]);
});

describe("selecting an image's sources", () => {
  test('keeps those on the network, and drops options that allow unsigned ones', () => {
    const options = { Trusted: 'yes', 'Allow-Insecure': 'yes', 'Signed-By': '/a.gpg', 'InRelease-Path': '../../x' };
    expect(
      selectSources(
        [
          { ...source, uris: ['HTTPS://a.example', 'file:/x', 'http://b.example'], options },
          { ...source, uris: ['cdrom:[x]/'] },
        ],
        silentLog,
      ),
    ).toEqual([{ ...source, uris: ['HTTPS://a.example', 'http://b.example'], options: { 'Signed-By': '/a.gpg' } }]);
  });

  test.each(['mirror+file:/x', 'mirror://x', 'tor+http://x', 'ssh:x', 's3://x', '/x', '-o', 'http:'.slice(0, 4)])(
    'rejects %s',
    (uri) => {
      expect(() => selectSources([source, { ...source, uris: [uri] }], silentLog)).toThrow(
        /unsupported package source: ".*" \(supported: http, https\)$/,
      );
    },
  );

  test('fails without one', () => {
    expect(() => selectSources([{ ...source, uris: ['file:/x'] }], silentLog)).toThrow(
      'the image has no package source on the network',
    );
  });
});
