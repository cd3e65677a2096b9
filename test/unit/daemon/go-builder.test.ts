import { describe, expect, test } from '@jest/globals';
import {
  checkPackagePath,
  checkVersion,
  checkVersionVariable,
  goBuildCommand,
} from '../../../src/daemon/go-builder.js';
import { UsageError } from '../../../src/platform/errors.js';

const build = { source: '/src', packagePath: './cmd/daemon' };

describe('the command for Go', () => {
  test('is static, for Linux on x86-64, and reproducible', () => {
    expect(goBuildCommand(build, '/out/x')).toMatchObject({
      argv: ['go', 'build', '-trimpath', '-buildvcs=false', '-o', '/out/x/', './cmd/daemon'],
      cwd: '/src',
      env: { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' },
    });
  });

  test('stamps the version', () => {
    const { argv } = goBuildCommand(
      { ...build, version: 'v0.190.0', versionVariable: 'github.com/daytonaio/daemon/internal.Version' },
      '/out/x',
    );
    expect(argv).toContain('-ldflags=-X github.com/daytonaio/daemon/internal.Version=v0.190.0');
  });

  test.each([{ version: 'v1' }, { versionVariable: 'main.version' }])(
    'stamps nothing if one half is missing: %j',
    (half) => {
      expect(goBuildCommand({ ...build, ...half }, '/out/x').argv.join()).not.toContain('ldflags');
    },
  );
});

/** Values that could end an argument, start a flag, or have several lines. */
const hostile = [
  '',
  ' ',
  '-',
  '-toolexec=sh',
  'a b',
  "a'b",
  'a"b',
  'a\nb',
  'a\0b',
  'a`b',
  '$(b)',
  'a;b',
  'a\\b',
  'ä',
  'x'.repeat(2000),
];

describe('a version', () => {
  test.each(['1', 'v1.2.3', '1.2.3-rc.1+build_5', '2026~1'])('can be %s', (version) => {
    expect(checkVersion(version)).toBe(version);
  });
  test.each([...hostile, '.1', '+1'])('cannot be %j', (version) => {
    expect(() => checkVersion(version)).toThrow(UsageError);
    expect(() => goBuildCommand({ ...build, version, versionVariable: 'main.version' }, '/out/x')).toThrow(UsageError);
  });
});

describe('a version variable', () => {
  test.each([
    'main.version',
    'github.com/daytonaio/daemon/internal.Version',
    'gopkg.in/yaml.v3.Version',
    'example.com/~me/x-y._v',
  ])('can be %s', (variable) => {
    expect(checkVersionVariable(variable)).toBe(variable);
  });
  test.each([...hostile, 'version', 'main.', 'main.1', 'main.version=x', '/main.version'])(
    'cannot be %j',
    (variable) => {
      expect(() => checkVersionVariable(variable)).toThrow(UsageError);
    },
  );
});

describe('a package', () => {
  test.each(['.', './cmd/daemon', './apps/daemon/cmd/daemon', './x.y/_z'])('can be %s', (path) => {
    expect(checkPackagePath(path)).toBe(path);
  });
  test.each([...hostile, 'cmd/daemon', '/cmd', '..', './..', './a/../../b', './...', './cmd/...', './a//b', './a/'])(
    'cannot be %j',
    (path) => {
      expect(() => checkPackagePath(path)).toThrow(UsageError);
    },
  );
});
