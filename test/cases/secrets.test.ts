import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync, deflateRawSync } from 'node:zlib';
import { auditImage } from '../../src/image/audit.js';
import { rootOwned } from '../../src/image/plan.js';
import { Failure } from '../../src/platform/errors.js';
import { findSecrets, maxStepsPerCharacter } from '../../src/platform/secrets/find-secrets.js';
import { sha256Of } from '../../src/platform/fs/files.js';
import { createRedactor } from '../../src/platform/secrets/redact.js';
import { assemble, planTestDaemon } from '../fixtures/assemble.js';
import { openFakeFiles } from '../fixtures/fake-filesystem.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { createRandom, makeBytes } from '../fixtures/random.js';
import { makeTestDirectory, type Tree } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk } from './guest.js';
import { pem, sampleTokens } from './secrets.js';

const mebibyte = 1024 ** 2;
const wireGuardKey = `${'aB3dE5fG7hI9'.repeat(3)}aB3dE5f=`;

async function audit(tree: Tree): Promise<readonly string[]> {
  try {
    await auditImage(openFakeFiles({ 'etc/machine-id': '', ...tree }), { edits: [], forbiddenTexts: [] });
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.evidence;
    throw error;
  }
}

/** A tar file: a header and the content. */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write('ustar', 257);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc(1536 - (content.length % 512))]);
}

/** A zip file with one entry. */
function zip(name: string, content: string): Buffer {
  const data = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(local.length + name.length + data.length, 16);
  return Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), end]);
}

/** Row 25: what was planted, and where. */
const planted: readonly (readonly [path: string, content: string | Buffer, what: string])[] = [
  ['opt/app/tls.key', pem(), 'a private key'],
  ['srv/site/tls.key', pem('RSA PRIVATE KEY'), 'a private key'],
  ['var/lib/app/key.pem', pem('EC PRIVATE KEY'), 'a private key'],
  ['usr/local/etc/key', pem('OPENSSH PRIVATE KEY'), 'a private key'],
  ['opt/large', Buffer.concat([makeBytes(1, 2 * mebibyte), Buffer.from(pem())]), 'a private key'],
  ['opt/at-a-seam', Buffer.concat([Buffer.alloc(4 * mebibyte - 10, 'x'), Buffer.from(` ${pem()}`)]), 'a private key'],
  ['root/.netrc', 'machine example.org login me password hunter2\n', 'passwords for servers'],
  [
    'home/u/.docker/config.json',
    '{"auths": {"registry.example": {"auth": "dXNlcjpwYXNz"}}}',
    'a login of a container registry',
  ],
  ['root/.git-credentials', 'https://me:hunter2@example.org\n', 'passwords for Git'],
  ['root/.npmrc', '//registry.example/:_authToken=00000000-1111-2222-3333-444444444444\n', 'an npm token'],
  ['srv/env', `AWS_SECRET_ACCESS_KEY=${'wJalrXUtnFEMI/K7MDENG+'.repeat(2).slice(0, 40)}\n`, 'an AWS secret key'],
  ['root/.kube/config', 'users:\n- user:\n    token: abc\n', 'credentials of a Kubernetes cluster'],
  [
    'opt/kubeconfig.yaml',
    `client-key-data: ${Buffer.from(pem('RSA PRIVATE KEY')).toString('base64')}\n`,
    'a private key',
  ],
  ['root/.vault-token', 's.abcdefghijklmnop\n', 'a Vault token'],
  ['etc/app.env', 'VAULT_TOKEN=s.abcdefghijklmnopqrstuvwx\n', 'a Vault token'],
  ['etc/wireguard/wg0.conf', `[Interface]\nPrivateKey = ${wireGuardKey}\n`, 'a WireGuard key'],
  ['opt/wg.conf', `PrivateKey = ${wireGuardKey}\n`, 'a WireGuard key'],
  ['root/key.asc', pem('PGP PRIVATE KEY BLOCK'), 'a private key'],
  ['root/wide-le.pem', Buffer.from(`\ufeff${pem()}`, 'utf16le'), 'a private key'],
  ['root/wide-be.pem', Buffer.from(`\ufeff${pem()}`, 'utf16le').swap16(), 'a private key'],
  ['opt/backup.tar', tar('home/me/key', pem()), 'a private key'],
  ['opt/backup.tar.gz', gzipSync(tar('home/me/key', pem())), 'a private key in the archive'],
  ['opt/backup.zip', zip('key', pem()), 'a private key in the archive'],
  [
    'opt/cut-off.gz',
    gzipSync(Buffer.concat([Buffer.from(pem()), makeBytes(2, 100_000)])).subarray(0, 60_000),
    'a private key in the archive',
  ],
  ['root/.ssh/authorized_keys', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI somebody\n', 'an SSH key that opens every VM'],
  ['home/u/.ssh/authorized_keys', 'from="10.0.0.1" ssh-rsa AAAAB3Nza somebody\n', 'an SSH key that opens every VM'],
  ['home/u/.pgpass', 'db:5432:app:me:hunter2\n', 'a database password'],
  ['root/.config/gh/hosts.yml', 'github.com:\n    oauth_token: abc\n', 'a login of GitHub or GitLab'],
  [
    'etc/NetworkManager/system-connections/home.nmconnection',
    '[wifi-security]\npsk=hunter22\n',
    'a key of a network connection',
  ],
  ['opt/app/store.p12', makeBytes(3, 100), 'a store of keys'],
];

describe('row 25: secrets that were planted', () => {
  test.each(planted)('/%s', async (path, content, what) => {
    expect(await audit({ [path]: content })).toEqual([`/${path}: ${what}`]);
  });

  test.each(sampleTokens.filter(({ onlyMasked }) => !onlyMasked))(
    '$what that begins with $prefix',
    async ({ token, what }) => {
      expect(await audit({ 'srv/x': `some text "${token}" and more\n` })).toEqual([`/srv/x: ${what}`]);
    },
  );

  test.each<readonly [what: string, tree: Tree]>([
    [
      'a file of a package',
      { 'usr/share/x/key': pem(), 'var/lib/dpkg/info/x.list': '/usr/share/x\n/usr/share/x/key\n' },
    ],
    [
      'the same below a directory that is a link',
      { lib: { link: 'usr/lib' }, 'usr/lib/x/key': pem(), 'var/lib/dpkg/info/x.list': '/lib/x/key\n' },
    ],
    [
      'credential files without credentials',
      {
        'root/.netrc': '# nothing\n',
        'root/.ssh/authorized_keys': '',
        'root/.docker/config.json': '{"auths": {}}',
        'root/.npmrc': '_authToken=${NPM_TOKEN}\n',
        'etc/ppp/chap-secrets': '# client server secret\n',
        'root/.aws/config': '[default]\nregion = eu-central-1\n',
        'etc/mysql/debian.cnf': '# moved\n',
      },
    ],
    [
      'certificates and public keys',
      { 'etc/x.pem': pem('CERTIFICATE'), 'opt/x.pub': pem('PUBLIC KEY'), 'opt/x.asc': pem('PGP PUBLIC KEY BLOCK') },
    ],
    [
      'an archive that is not one',
      {
        'opt/x.gz': Buffer.concat([Buffer.from('1f8b08', 'hex'), makeBytes(4, 1000)]),
        'opt/x.zip': Buffer.concat([Buffer.from('504b0304', 'hex'), makeBytes(5, 1000)]),
      },
    ],
    // The limits, as docs/security.md states them.
    ['an archive in an archive', { 'opt/x.gz': gzipSync(gzipSync(pem())) }],
    [
      'a token of a form that documentation is full of',
      { 'opt/README': sampleTokens.find(({ onlyMasked }) => onlyMasked)!.token },
    ],
  ])('%s is not a secret', async (_, tree) => {
    expect(await audit(tree)).toEqual([]);
  });

  describe('in an image', () => {
    const processes = createTestProcesses();
    let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
    beforeAll(async () => {
      directory = await makeTestDirectory('secrets');
    });
    afterAll(async () => directory.remove());

    test('stop it, unless the plan contains them', async () => {
      const base = await makeCaseBase(
        directory.path,
        oneDisk(guestFilesystem({ 'opt/app/tls.key': pem(), 'srv/backup.tar.gz': gzipSync(tar('key', pem())) }), 16),
        processes,
      );
      const daemon = await planTestDaemon(directory.path);
      const write = {
        kind: 'write',
        path: '/opt/own.key',
        content: { text: pem() },
        attributes: rootOwned(0o600),
      } as const;
      await expect(
        assemble(
          base,
          { directory: directory.path, name: 'stopped' },
          { edits: [write, ...daemon], compression: 'none' },
          processes,
        ),
      ).rejects.toMatchObject({
        message: 'the audit of the finished image found 2 problems',
        evidence: ['/opt/app/tls.key: a private key', '/srv/backup.tar.gz: a private key in the archive'],
      });
    });
  });

  test('a file of the plan is intended, but a copy of it is not', async () => {
    const edits = [
      {
        kind: 'write',
        path: '/opt/own.key',
        content: { file: 'x', sha256: sha256Of(pem()) },
        attributes: rootOwned(0o600),
      } as const,
    ];
    const failure: unknown = await auditImage(
      openFakeFiles({ 'etc/machine-id': '', 'opt/own.key': pem(), 'opt/copy.key': pem() }),
      { edits, forbiddenTexts: [] },
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ evidence: ['/opt/copy.key: a private key'] });
  });
});

describe('row 41: texts that others read follow the same rules', () => {
  const { text } = createRedactor([]);
  test.each(sampleTokens)('$what that begins with $prefix', ({ token }) => {
    expect(text(`[   1.2] daemon[1]: got ${token} here`)).toBe('[   1.2] daemon[1]: got *** here');
  });

  test.each(['PRIVATE KEY', 'RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK', 'ENCRYPTED PRIVATE KEY'])('%s', (label) => {
    expect(text(`a ${pem(label)}b`)).toBe('a ***\nb');
  });

  test.each(['PUBLIC KEY', 'CERTIFICATE', 'PGP PUBLIC KEY BLOCK'])('%s is not a secret', (label) => {
    expect(text(pem(label))).toBe(pem(label));
  });
});

describe('row 40: the search is linear, by its steps', () => {
  const length = 256 * 1024;
  const pieces = [
    'eyJ-',
    'eyJ.',
    'eyJ-eyJ-',
    'eyJaaaaaaaaaaaa.',
    'token',
    'token=',
    'token="',
    'token \n',
    "password: '",
    '-',
    'a.',
    'a://b',
    'a://b@',
    '://',
    '?sig=',
    '&key=',
    'authorization: ',
    'authorization: Bearer ',
    'ghp_',
    'glpat-',
    'AKIA',
    'AKIAA',
    'SG.',
    'SG.a.',
    'privatekey=',
    'privatekey = "',
    '_auth=',
    'x-amz-',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\n',
    `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`,
    '-----BEGIN PRIVATE KEY-----\n-----END CERTIFICATE-----\n',
    `-----BEGIN A B C D E F G H PRIVATE KEY-----\n${'a '.repeat(150)}\n`,
    '-----END ',
    '\\n',
    ' ',
    '\0',
    '\u20ac',
    '"',
    '=',
    ...sampleTokens.map(({ prefix }) => prefix),
  ];
  const steps = (text: string): number => findSecrets(text, { masking: true }).steps / text.length;

  test.each(pieces)('%j, over and over', (piece) => {
    const text = piece.repeat(Math.ceil(length / piece.length));
    expect(steps(text)).toBeGreaterThanOrEqual(2);
    expect(steps(text)).toBeLessThanOrEqual(maxStepsPerCharacter);
  });

  test('any mixture of them', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const few = Array.from({ length: 4 }, () => pieces[Math.floor(random() * pieces.length)]!);
      let text = '';
      while (text.length < 32 * 1024) text += few[Math.floor(random() * few.length)]!;
      expect(steps(text)).toBeLessThanOrEqual(maxStepsPerCharacter);
    }
  });

  test('a megabyte of what once took 22 s takes two passes', () => {
    expect(steps('eyJ-'.repeat(256 * 1024))).toBeLessThan(4);
  });
});
