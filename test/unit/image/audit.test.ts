import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { auditImage } from '../../../src/image/audit.js';
import { findSecret } from '../../../src/image/scan-file.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const clean: Tree = { 'etc/machine-id': '', 'etc/hostname': 'ubuntu' };

describe('findSecret', () => {
  test.each([
    ['-----BEGIN PRIVATE KEY-----\nMIIE', 'a private key'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'a private key'],
    ['x\n  -----BEGIN ENCRYPTED PRIVATE KEY-----', 'a private key'],
    ['aws_access_key_id = AKIAIOSFODNN7EXAMPLE', 'an AWS access key'],
    ['"ASIAIOSFODNN7EXAMPLE"', 'an AWS access key'],
    [`token ghp_${'a1B2'.repeat(9)}`, 'a GitHub token'],
    [`ghs_${'x'.repeat(40)}`, 'a GitHub token'],
    [`github_pat_${'A_1'.repeat(10)}`, 'a GitHub token'],
    ['http_proxy=http://proxy:3128', 'a proxy of the build machine'],
    ['PATH=/bin\nexport HTTPS_PROXY=http://proxy', 'a proxy of the build machine'],
    ['ALL_PROXY=socks5://x', 'a proxy of the build machine'],
    ['Acquire::http::Proxy "http://proxy:3142";', 'a proxy of the build machine'],
    ['x\nAcquire::https::proxy  "DIRECT";', 'a proxy of the build machine'],
  ])('%j', (text, what) => {
    expect(findSecret(text)).toBe(what);
  });

  test.each([
    '',
    'plain text',
    '-----BEGIN PUBLIC KEY-----',
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN OPENSSH PUBLIC KEY-----',
    'AKIA',
    'AKIAIOSFODNN7EXAMPL',
    'XAKIAIOSFODNN7EXAMPLE',
    'akiaiosfodnn7example',
    'ghp_short',
    'ghx_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '#https_proxy = http://proxy.yoyodyne.com:18023/',
    '# http_proxy=http://x',
    'http_proxy=',
    'http_proxy =',
    '#Acquire::http::Proxy "x";',
  ])('%j is harmless', (text) => {
    expect(findSecret(text)).toBeUndefined();
  });

  test('a megabyte that nearly matches is quick', () => {
    const started = Date.now();
    for (const text of [
      '-----BEGIN ',
      'A '.repeat(500_000),
      `-----BEGIN ${'A '.repeat(500_000)}`,
      'http'.repeat(250_000),
      `${'x'.repeat(1_000_000)}_proxy`,
    ])
      findSecret(text);
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe('auditImage', () => {
  async function audit(
    tree: Tree,
    forbiddenTexts: readonly string[] = [],
    edits: readonly Edit[] = [],
  ): Promise<Failure | undefined> {
    try {
      await auditImage(openFakeFiles({ ...clean, ...tree }), { edits, forbiddenTexts });
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }

  test('a clean image passes', async () => {
    expect(
      await audit({
        'etc/ssl/private/ssl-cert-snakeoil.key': '-----BEGIN PRIVATE KEY-----',
        'usr/share/doc/key': '-----BEGIN PRIVATE KEY-----',
        'var/lib/dpkg/info/doc.list': '/usr/share/doc/key\n',
      }),
    ).toBeUndefined();
  });

  test('every finding is a line, and what to do is said', async () => {
    const failure = await audit({
      'root/.aws/credentials': 'AKIAIOSFODNN7EXAMPLE',
      'home/u/k': '-----BEGIN PRIVATE KEY-----',
      'etc/ssh/ssh_host_x': 'x',
    });
    expect(failure?.message).toBe('the audit of the finished image found 3 problems');
    expect(failure?.evidence).toEqual([
      '/etc/ssh/ssh_host_x: an SSH host key: every VM would have the same',
      '/home/u/k: a private key',
      '/root/.aws/credentials: an AWS access key',
    ]);
    expect(failure?.fix).toMatch(/remove these files/);
  });

  test.each<readonly [what: string, tree: Tree]>([
    ['with content', { 'etc/machine-id': 'abc' }],
    ['that is a link', { 'etc/machine-id': { link: '/var/lib/dbus/machine-id' } }],
  ])('a machine-id %s', async (_, tree) => {
    expect((await audit(tree))?.evidence[0]).toMatch(/^\/etc\/machine-id: must exist and be empty/);
  });

  test('a machine-id that is missing', async () => {
    await expect(auditImage(openFakeFiles({ 'etc/hostname': 'x' }), { edits: [], forbiddenTexts: [] })).rejects.toThrow(
      /1 problem$/,
    );
  });

  test('names of the build machine, letters outside of ASCII too', async () => {
    expect((await audit({ 'etc/x': 'in /home/jürgen/work' }, ['/home/jürgen']))?.evidence).toEqual([
      '/etc/x: names the build machine: /home/jürgen',
    ]);
  });

  test('bytes that are no text do not hide a key', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0, 0x80]),
      Buffer.from('-----BEGIN RSA PRIVATE KEY-----'),
      Buffer.from([0xc3]),
    ]);
    expect((await audit({ 'root/keystore': bytes }))?.evidence).toEqual(['/root/keystore: a private key']);
  });

  test('a large file does not hide a key, wherever it lies in it', async () => {
    const key = Buffer.from('-----BEGIN PRIVATE KEY-----');
    const large = Buffer.alloc(3 * 1024 ** 2);
    expect(
      (await audit({ 'root/large': Buffer.concat([key, large]), 'srv/large': Buffer.concat([large, key]) }))?.evidence,
    ).toEqual(['/root/large: a private key', '/srv/large: a private key']);
  });

  describe('what the plan has written', () => {
    const key = '-----BEGIN PRIVATE KEY-----';
    const proxy = 'Acquire::http::Proxy "http://proxy:3142";';
    const edits: readonly Edit[] = [
      {
        kind: 'write',
        path: '/etc/tls.key',
        content: { file: '/build/tls.key', sha256: sha256Of(key) },
        attributes: rootOwned(0o600),
      },
      { kind: 'write', path: '/opt/apt.conf.d/90proxy', content: { text: proxy }, attributes: rootOwned(0o644) },
    ];
    const written: Tree = { 'etc/tls.key': key, 'etc/apt/apt.conf.d/90proxy': proxy, opt: { link: '/etc/apt' } };

    test('is there on purpose, also where its path leads through a link', async () => {
      expect(await audit(written, [], edits)).toBeUndefined();
    });

    test('is found where a program has changed it, and so is the same elsewhere', async () => {
      const failure = await audit({ ...written, 'etc/tls.key': `${key}\n`, 'etc/copy.key': key }, [], edits);
      expect(failure?.evidence).toEqual(['/etc/copy.key: a private key', '/etc/tls.key: a private key']);
    });

    test('does not name the build machine either', async () => {
      expect((await audit(written, ['proxy:3142'], edits))?.evidence).toEqual([
        '/etc/apt/apt.conf.d/90proxy: names the build machine: proxy:3142',
      ]);
    });

    test('is no identity', async () => {
      const left: Edit = { kind: 'write', path: '/var/log/x', content: { text: 'x' }, attributes: rootOwned(0o644) };
      expect((await audit({ 'var/log/x': 'x' }, [], [left]))?.evidence).toEqual([
        '/var/log/x: a log of another machine',
      ]);
    });
  });

  test('a thousand findings make 40 lines', async () => {
    const failure = await audit(
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`var/log/${index}`, 'x'])),
    );
    expect(failure?.message).toMatch(/1000 problems/);
    expect(failure?.evidence).toHaveLength(40);
  });
});
