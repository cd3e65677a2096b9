import { describe, expect, test } from '@jest/globals';
import { securityPreferences } from '../../../src/apt/security-preferences.js';
import { Failure } from '../../../src/platform/errors.js';
import { isSecurityRelease, parseSimulation } from '../../../src/updates/parse-simulation.js';

describe('parses a line', () => {
  test.each([
    [
      'Inst openssl [3.0.15-1] (3.0.16-1 Debian-Security:12/stable-security [amd64])',
      {
        name: 'openssl',
        architecture: 'amd64',
        from: '3.0.15-1',
        to: '3.0.16-1',
        security: true,
        archive: 'Debian-Security:12/stable-security',
      },
    ],
    [
      'Inst base-files [12.4+deb12u9] (12.4+deb12u11 Debian:12.11/stable [amd64])',
      {
        name: 'base-files',
        architecture: 'amd64',
        from: '12.4+deb12u9',
        to: '12.4+deb12u11',
        security: false,
        archive: 'Debian:12.11/stable',
      },
    ],
    [
      'Inst libssl3t64:i386 [3.0.13-0ubuntu3.4] ' +
        '(3.0.13-0ubuntu3.5 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [i386]) []',
      {
        name: 'libssl3t64',
        architecture: 'i386',
        from: '3.0.13-0ubuntu3.4',
        to: '3.0.13-0ubuntu3.5',
        security: true,
        archive: 'Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security',
      },
    ],
    [
      'Inst tzdata [2024a-0+deb12u1] ' +
        '(2025b-0+deb12u1 Debian:12-updates/stable-updates, Debian:12.11/stable [all]) ' +
        '[libc6:amd64 on libgcc-s1:amd64] []',
      {
        name: 'tzdata',
        architecture: 'all',
        from: '2024a-0+deb12u1',
        to: '2025b-0+deb12u1',
        security: false,
        archive: 'Debian:12-updates/stable-updates, Debian:12.11/stable',
      },
    ],
    [
      'Inst linux-image-6.8.0-90-generic (6.8.0-90.91 Ubuntu:24.04/noble-security [amd64])',
      {
        name: 'linux-image-6.8.0-90-generic',
        architecture: 'amd64',
        to: '6.8.0-90.91',
        security: true,
        archive: 'Ubuntu:24.04/noble-security',
      },
    ],
    [
      'Inst g++ [4:12.2.0-3] (4:12.3.0-1~deb12u1 . packages.example.org [amd64])',
      {
        name: 'g++',
        architecture: 'amd64',
        from: '4:12.2.0-3',
        to: '4:12.3.0-1~deb12u1',
        security: false,
        archive: '. packages.example.org',
      },
    ],
    ['Inst x (1.0  [amd64])', { name: 'x', architecture: 'amd64', to: '1.0', security: false, archive: '' }],
    [
      'Inst x [1] (2 Acme Security, Inc (x) [y]:stable [amd64])',
      {
        name: 'x',
        architecture: 'amd64',
        from: '1',
        to: '2',
        security: true,
        archive: 'Acme Security, Inc (x) [y]:stable',
      },
    ],
    [
      'Inst x [1] (2 Debian:1/not-security-at-all [amd64])',
      {
        name: 'x',
        architecture: 'amd64',
        from: '1',
        to: '2',
        security: false,
        archive: 'Debian:1/not-security-at-all',
      },
    ],
  ])('%s', (line, expected) => {
    expect(parseSimulation(line)).toEqual([expected]);
  });
});

test('ignores other lines', () => {
  const output = [
    'Reading package lists...',
    'Building dependency tree...',
    'Calculating upgrade...',
    'The following packages will be upgraded:',
    '  openssl',
    'The following packages have been kept back:',
    '  linux-image-amd64',
    '1 upgraded, 0 newly installed, 0 to remove and 1 not upgraded.',
    'Inst openssl [1] (2 Debian:12/stable [amd64])',
    'Conf openssl (2 Debian:12/stable [amd64])',
    'Remv old [1]',
    '',
  ].join('\n');
  expect(parseSimulation(output).map(({ name }) => name)).toEqual(['openssl']);
});

test.each([
  'Inst',
  'Inst openssl',
  'Inst openssl 1 -> 2',
  'Inst ../x [1] (2 D:1/s [amd64])',
  'Inst x [1] (2; D:1/s [amd64])',
])('rejects a malformed line: %s', (line) => {
  expect(() => parseSimulation(`${line} \n`)).toThrow(Failure);
});

test.each([
  ['Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\n', true],
  ['Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-security\nCodename: noble\n', true],
  ['Label: Acme\nSuite: x\nCodename: x-security\n', true],
  ['Label: Debian\nSuite: stable\nCodename: bookworm\nDescription: Security\n', false],
])('%j', (release, expected) => {
  expect(isSecurityRelease(release)).toBe(expected);
});

test('security preferences rank security archives before installed versions, and those before other archives', () => {
  expect(securityPreferences.split('\n\n')).toEqual([
    'Package: *\nPin: release n=*-security\nPin-Priority: 990',
    'Package: *\nPin: release a=*-security\nPin-Priority: 990',
    'Package: *\nPin: release l=*Security*\nPin-Priority: 990',
    'Package: *\nPin: release a=now\nPin-Priority: 100',
    'Package: *\nPin: release *\nPin-Priority: 50\n',
  ]);
});
