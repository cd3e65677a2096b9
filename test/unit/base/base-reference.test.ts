import { describe, expect, test } from '@jest/globals';
import { parseReference } from '../../../src/base/base-reference.js';
import { UsageError } from '../../../src/platform/errors.js';

describe('parseReference', () => {
  test.each([
    ['noble', { kind: 'ubuntu', suite: 'noble' }],
    ['jammy', { kind: 'ubuntu', suite: 'jammy' }],
    ['./noble', { kind: 'path', path: './noble' }],
    ['noble.img', { kind: 'path', path: 'noble.img' }],
    ['/srv/images/base', { kind: 'path', path: '/srv/images/base' }],
    ['file:///srv/a%20b.img', { kind: 'path', path: '/srv/a b.img' }],
    ['https://example.org/a.img', { kind: 'url', url: 'https://example.org/a.img' }],
    ['HTTP://example.org/a.img', { kind: 'url', url: 'HTTP://example.org/a.img' }],
    ['bootstrap:bookworm', { kind: 'bootstrap', suite: 'bookworm' }],
    ['bootstrap:noble', { kind: 'bootstrap', suite: 'noble' }],
  ])('%s', (reference, expected) => {
    expect(parseReference(reference)).toEqual(expected);
  });

  test.each([
    ['', /neither a suite nor a path/],
    ['Noble', /neither a suite nor a path/],
    ['--help', /neither a suite nor a path/],
    ['bookworm', /is a Debian suite/],
    ['bootstrap:', /unsupported suite/],
    ['bootstrap:../../etc', /unsupported suite/],
    ['bootstrap:hardy', /unsupported suite/],
    ['ftp://example.org/a.img', /unsupported scheme "ftp:"/],
    ['nbd:unix:/run/x.sock', /unsupported scheme "nbd:"/],
    ['json:{"driver":"file"}', /unsupported scheme "json:"/],
    ['file://other-host/a.img', /is not the URL of a local file/],
    ['https://user:secret@', /not a well-formed URL/],
  ])('rejects %p with a fix', (reference, message) => {
    expect(() => parseReference(reference)).toThrow(message);
    try {
      parseReference(reference);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).fix).toMatch(/base-image|use (one of|a URL)/);
      expect((error as UsageError).message).not.toContain('secret');
    }
  });
});
