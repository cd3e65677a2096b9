import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { createKeyPair, parsePublicKey } from '../../../src/trust/keys.js';
import { verifyDocument } from '../../../src/trust/signed-document.js';
import { attestSubjects, testWorkflow } from '../../fixtures/attest-manifest.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createSigstoreAuthority } from '../../fixtures/sigstore-authority.js';

let compiled: string;
let directory: string;
let store: ObjectStore;

beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'store-commands-'));
  await compileSources(['src'], compiled);
});
afterAll(async () => rm(compiled, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'));
  store = createDirectoryStore(join(directory, 'store'), { processes: createTestProcesses() });
});
afterEach(async () => rm(directory, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  entry: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--', join(compiled, `src/entry/${entry}.js`), ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  const [stdout, stderr, closed] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: closed[0] as number, stdout, stderr };
}

const cli = async (...words: readonly string[]): Promise<Ended> =>
  run('cli', [...words, '--store', join(directory, 'store')]);

test('the life of channels', async () => {
  for (const baseSerial of ['20261001', '20261101', '20261115']) await publishTestVersion(store, { baseSerial });
  expect(await cli('promote', 'latest')).toMatchObject({ code: 0, stdout: 'stable: 3\n' });
  expect(await cli('promote', '3')).toMatchObject({
    code: 3,
    stdout: 'Nothing to do: channel stable already points to 3\n',
  });
  expect(await cli('rollback', '--channel', 'stable')).toMatchObject({ code: 0, stdout: 'stable: 3 → 2\n' });
  const again = await cli('rollback', '--channel', 'stable', '--json');
  expect(JSON.parse(again.stdout)).toEqual({
    operation: 'rollback',
    image: 'ubuntu-base',
    changed: true,
    versions: [1],
    moves: [{ channel: 'stable', from: 2, to: 1 }],
    lines: ['stable: 2 → 1'],
  });
  expect(await cli('rollback', '--channel', 'stable')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no older version is usable'),
  });
  expect(await cli('promote', 'latest')).toMatchObject({ code: 0 });
  expect(await cli('revoke', '3', '--reason', 'CVE-2026-1')).toMatchObject({
    code: 0,
    stdout: 'Revoked ubuntu-base.3: CVE-2026-1\nlatest: 3 → 2\nstable: 3 → 1\n',
  });
  expect(await cli('revoke', '3', '--reason', 'CVE-2026-1')).toMatchObject({
    code: 3,
    stdout: 'Nothing to do: already revoked\n',
  });
  expect(await cli('promote', '3')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('version 3 of ubuntu-base is revoked: CVE-2026-1'),
  });
  expect((await cli('list')).stdout).toMatch(
    new RegExp(
      '^VERSION +CHANNELS +CREATED +AGE .*\nubuntu-base\\.3 +REVOKED +\\d{4}-.*\nubuntu-base\\.2 +latest .*\n' +
        'ubuntu-base\\.1 +stable .*\n\nubuntu-base\\.3 is revoked: CVE-2026-1\n$',
    ),
  );
  expect((await cli('show', '3')).stdout).toMatch(/^revoked +CVE-2026-1, at /m);
  expect(
    await cli('revoke', '--base-serial', '20261101', '--reason', 'bad openssl', '--replacement', '1'),
  ).toMatchObject({
    code: 0,
    stdout: 'Revoked ubuntu-base.2: bad openssl; use 1\nlatest: 2 → 1\n',
  });
});

test('two commands at once, as processes: one step back', async () => {
  for (let version = 1; version <= 4; version += 1) await publishTestVersion(store);
  const ended = await Promise.all([cli('rollback'), cli('rollback')]);
  const done = ended.filter(({ code }) => code === 0);
  // One after the other they make two steps; at once the second is refused. Neither says what was not so.
  expect(done.map(({ stdout }) => stdout).sort()).toEqual(
    done.length === 1 ? ['latest: 4 → 3\n'] : ['latest: 3 → 2\n', 'latest: 4 → 3\n'],
  );
  for (const { code, stderr } of ended)
    if (code !== 0) expect(stderr).toContain('moved by someone else in the meantime: 4 → 3');
});

test('verify reads every byte, and names what is damaged and where', async () => {
  await publishTestVersion(store, { image: makeImage(2) });
  const whole = await cli('verify');
  expect(whole).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(
        '^file://.*ubuntu-base\\.1\\.qcow2: 2\\.0 MiB, matches the manifest\\n' +
          '(.*matches the manifest\\n)+ubuntu-base\\.1 is intact\\n$',
      ),
    ),
  });
  const path = join(directory, 'store/snapshots/ubuntu-base.1.qcow2');
  await chmod(path, 0o644);
  const file = await open(path, 'r+');
  await file.write('!', 1024 ** 2 + 7);
  await file.close();
  const damaged = await cli('verify', '1');
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toContain(
    'ubuntu-base.1.qcow2: BAD: SHA-256 differs from the manifest; first difference in the chunk at offset 1048576\n',
  );
  expect(damaged.stdout).toMatch(/ubuntu-base\.1 is damaged: 1 file of \d\n$/);
  const { files } = JSON.parse((await cli('verify', '--json')).stdout) as {
    readonly files: readonly { readonly problem?: string }[];
  };
  expect(files.filter(({ problem }) => problem !== undefined)).toHaveLength(1);
});

test('prune prints what it would remove and why, and removes it with --yes', async () => {
  for (let version = 1; version <= 3; version += 1) await publishTestVersion(store);
  const claim = {
    schema: 1,
    image: 'ubuntu-base',
    version: 4,
    owner: 'o',
    created: '2026-01-01T00:00:00.000Z',
    builder: { tool: 't', run: 'a run' },
  };
  await writeFile(join(directory, 'store/snapshots/ubuntu-base.4.claim'), JSON.stringify(claim));
  await writeFile(join(directory, 'store/snapshots/ubuntu-base.4.qcow2'), 'half');
  await writeFile(join(directory, 'store/snapshots/ubuntu-base.9.qcow2'), 'by hand');
  const plan = await cli('prune', '--keep', '2');
  expect(plan.code).toBe(0);
  expect(plan.stdout.split('\n')).toEqual([
    'keep   ubuntu-base.3: channel latest',
    'keep   ubuntu-base.2: previous version of channel latest',
    'remove ubuntu-base.1: older than the newest 2; its files are removed after the grace period',
    'keep   1 object (7 B) of ubuntu-base.9, which is not published: has no claim, so a different program wrote it',
    'remove 1 object (4 B) of ubuntu-base.4, which is not published: claimed by a run at ' +
      '2026-01-01T00:00:00.000Z, not published since',
    'nothing removed yet (remove it with "ch-golden prune --yes")',
    '',
  ]);
  expect(await store.head('snapshots/ubuntu-base.4.qcow2')).toBeDefined();
  const done = await cli('prune', '--keep', '2', '--yes', '--json');
  expect(JSON.parse(done.stdout)).toMatchObject({
    applied: true,
    outcome: { retired: [1], removed: [], staged: [], unlisted: [4] },
  });
  expect(await store.head('snapshots/ubuntu-base.4.qcow2')).toBeUndefined();
  expect(await store.head('snapshots/ubuntu-base.4.claim')).toBeDefined();
  const after = await cli('prune', '--keep', '2');
  expect(after).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(
      /keep {3}files of ubuntu-base\.1: retired at .*; the grace period is not over\n(.*\n)*nothing to remove\n$/,
    ),
  });
});

test(
  'the life of a key: it signs what was published before, then nobody else changes the index, until it ' + 'ends',
  async () => {
    const { privatePem, publicPem } = createKeyPair();
    const id = parsePublicKey(publicPem, 'it').id.slice(0, 16);
    const key = join(directory, 'key.pem');
    await writeFile(key, privatePem, { mode: 0o600 });
    const withKey = async (...words: readonly string[]): Promise<Ended> => cli(...words, '--sign-key', key);
    const isSigned = async (): Promise<void> => {
      verifyDocument(
        'index',
        await readFile(join(directory, 'store/snapshots/ubuntu-base.index.json')),
        [parsePublicKey(publicPem, 'it')],
        'the index',
      );
    };
    for (let version = 1; version <= 3; version += 1) await publishTestVersion(store);
    expect((await cli('show', '3')).stdout).toMatch(/^signatures +none$/m);
    const early = await withKey('promote', '3');
    expect(early).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`index.json is not signed; expected: signed by key ${id}`),
    });
    expect(early.stderr).toContain('ch-golden sign --all --sign-key FILE');
    expect(await cli('sign', '--all')).toMatchObject({ code: 2, stderr: expect.stringContaining('sign needs a key') });

    const signed = await withKey('sign', '2');
    expect(signed.code).toBe(0);
    expect(signed.stdout).toMatch(
      new RegExp(
        `^ubuntu-base\\.2: signed by key ${id}\nindex: signed by key ${id}\nindex: latest → 3; revoked: none; ` +
          `valid until 20\\S+Z\n$`,
      ),
    );
    expect(await withKey('sign', '2')).toMatchObject({
      code: 3,
      stdout: `ubuntu-base.2: already signed by key ${id}\nindex: already signed by key ${id}\n`,
    });
    expect((await withKey('sign', '--all')).stdout).toContain(
      `ubuntu-base.3: signed by key ${id}\nubuntu-base.2: already signed by key ${id}\n`,
    );
    await isSigned();
    expect((await cli('show', '3')).stdout).toMatch(new RegExp(`^signatures +signed by key ${id}$`, 'm'));
    expect((await cli('verify', '3')).stdout).toMatch(
      new RegExp(`ubuntu-base\\.3\\.dsse\\.json: signed by key ${id}\nubuntu-base\\.3 is intact\n$`),
    );

    for (const words of [
      ['promote', '3'],
      ['rollback'],
      ['revoke', '1', '--reason', 'r'],
      ['prune', '--keep', '2', '--yes'],
    ]) {
      const refused = await cli(...words);
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`index.json is signed by key ${id}, but no key is set to sign the change with`),
      });
      expect(refused.stderr).toContain('set sign-key');
      expect((await withKey(...words)).code).toBe(0);
      await isSigned();
    }
    expect(await cli('sign', '--remove-signatures')).toMatchObject({
      code: 0,
      stdout: 'index: no longer signed; hosts that require its signature reject it\n',
    });
    expect((await cli('sign', '--remove-signatures')).code).toBe(3);
    expect((await cli('promote', '2')).code).toBe(0);
  },
);

test('the channel action signs with a key from a secret, which it masks and no output has', async () => {
  const { privatePem, publicPem } = createKeyPair();
  const body = privatePem.split('\n')[1]!;
  await publishTestVersion(store);
  const files = await Promise.all(
    ['output', 'summary'].map(async (name) => {
      const path = join(directory, name);
      await writeFile(path, '');
      return path;
    }),
  );
  const environment = {
    INPUT_STORE: join(directory, 'store'),
    'INPUT_SIGN-KEY': privatePem,
    GITHUB_OUTPUT: files[0]!,
    GITHUB_STEP_SUMMARY: files[1]!,
  };
  const { code, stdout, stderr } = await run('channel', [], { ...environment, INPUT_OPERATION: 'sign' });
  expect([code, stderr]).toEqual([0, '']);
  const mask = `::add-mask::${body}\n`;
  expect(stdout).toContain(mask);
  const shown = [
    stdout.replace(mask, ''),
    ...(await Promise.all(files.map(async (path) => readFile(path, 'utf8')))),
  ].join('\n');
  expect(shown).toContain(`signed by key ${parsePublicKey(publicPem, 'it').id.slice(0, 16)}`);
  for (let start = 0; start + 12 <= body.length; start += 1) expect(shown).not.toContain(body.slice(start, start + 12));
  const promoted = await run('channel', [], { ...environment, INPUT_OPERATION: 'promote', INPUT_VERSION: '1' });
  expect(promoted.code).toBe(0);
  verifyDocument(
    'index',
    await readFile(join(directory, 'store/snapshots/ubuntu-base.index.json')),
    [parsePublicKey(publicPem, 'it')],
    'the index',
  );
  const broken = await run('channel', [], {
    ...environment,
    INPUT_OPERATION: 'rollback',
    'INPUT_SIGN-KEY': privatePem.replace(body, body.slice(1)),
  });
  expect(broken).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('::error::sign-key is not a key in PEM%0A'),
  });
});

test('attest stores a bundle that a trusted Sigstore instance vouches for, once', async () => {
  const authority = await createSigstoreAuthority('private');
  const [root, bundle, wrong] = ['root.json', 'bundle.json', 'wrong.json'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const { manifestSha256 } = await publishTestVersion(store);
  await writeFile(root, JSON.stringify(authority.rootJson));
  await writeFile(
    bundle,
    await attestSubjects(authority, [{ name: 'ubuntu-base.1.manifest.json', sha256: manifestSha256 }]),
  );
  await writeFile(
    wrong,
    await attestSubjects(authority, [{ name: 'ubuntu-base.1.manifest.json', sha256: 'ab'.repeat(32) }]),
  );
  const attest = async (path: string, ...words: readonly string[]): Promise<Ended> =>
    cli('attest', '1', '--bundle', path, ...words);
  expect(await attest(bundle)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a valid Sigstore bundle'),
  });
  expect(await attest(wrong, '--trusted-root', root)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is for "ubuntu-base.1.manifest.json", with SHA-256 abababababababab'),
  });
  expect(await attest(join(directory, 'none'), '--trusted-root', root)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no such file'),
  });
  expect(await store.head('snapshots/ubuntu-base.1.sigstore.json')).toBeUndefined();
  const by = `by ${testWorkflow.workflow} for ${testWorkflow.repository} at refs/heads/main`;
  expect(await attest(bundle, '--trusted-root', root)).toMatchObject({
    code: 0,
    stdout: `ubuntu-base.1: attested ${by}\n`,
  });
  expect(await attest(bundle, '--trusted-root', root)).toMatchObject({
    code: 3,
    stdout: `ubuntu-base.1: already attested ${by}\n`,
  });
  expect((await cli('verify', '1')).stdout).toContain('ubuntu-base.1.sigstore.json: attested with a Sigstore bundle\n');
});

test('wrong use is one line, exit code 2, and nothing is changed', async () => {
  await publishTestVersion(store);
  const before = await readFile(join(directory, 'store/snapshots/ubuntu-base.index.json'), 'utf8');
  for (const words of [
    ['promote'],
    ['promote', '../x'],
    ['revoke', '1'],
    ['revoke', '1', '--reason', 'a\u001b[2Jb'],
    ['prune', '--keep', '1'],
    ['rollback', '--to', 'x'],
    ['list', '--image-name', '../x'],
  ]) {
    const ended = await cli(...words);
    expect({ words, code: ended.code }).toEqual({ words, code: 2 });
    expect(ended.stderr).not.toMatch(/\u001b|^ +at /m);
  }
  expect(await readFile(join(directory, 'store/snapshots/ubuntu-base.index.json'), 'utf8')).toBe(before);
});

describe('the action', () => {
  const act = async (
    inputs: Readonly<Record<string, string>>,
  ): Promise<Ended & { readonly outputs: string; readonly summary: string }> => {
    const files = { GITHUB_OUTPUT: join(directory, 'outputs'), GITHUB_STEP_SUMMARY: join(directory, 'summary') };
    for (const path of Object.values(files)) await writeFile(path, '');
    const given = Object.fromEntries(
      Object.entries({ store: join(directory, 'store'), ...inputs }).map(([name, value]) => [
        `INPUT_${name.toUpperCase()}`,
        value,
      ]),
    );
    const ended = await run('channel', [], { ...given, ...files });
    return {
      ...ended,
      outputs: await readFile(files.GITHUB_OUTPUT, 'utf8'),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  };
  /** `name=value` for each output. */
  const parseOutputs = (outputs: string): readonly string[] =>
    [...outputs.matchAll(/^(\S+)<<(\S+)\n(.*)\n\2$/gm)].map(([, name, , value]) => `${name}=${value}`);

  test('promotes, says so in the summary, and sets its outputs', async () => {
    for (let version = 1; version <= 2; version += 1) await publishTestVersion(store);
    const first = await act({ operation: 'promote', version: '1' });
    expect({ code: first.code, outputs: parseOutputs(first.outputs) }).toEqual({
      code: 0,
      outputs: ['version=1', 'previous=', 'changed=true'],
    });
    const second = await act({ operation: 'promote', version: 'latest' });
    expect(parseOutputs(second.outputs)).toEqual(['version=2', 'previous=1', 'changed=true']);
    expect(second.summary.trim()).toBe('- ubuntu-base: stable: 1 → 2');
    expect(parseOutputs((await act({ operation: 'promote', version: '2' })).outputs)).toEqual([
      'version=2',
      'previous=',
      'changed=false',
    ]);
  });

  test('revokes with a reason that is no markup', async () => {
    for (let version = 1; version <= 2; version += 1) await publishTestVersion(store);
    const { code, outputs, summary } = await act({ operation: 'revoke', version: '2', reason: '<img src=x> [x](y)' });
    expect({ code, outputs: parseOutputs(outputs) }).toEqual({
      code: 0,
      outputs: ['version=2', 'previous=', 'changed=true'],
    });
    expect(summary).toContain(
      '- ubuntu-base: Revoked ubuntu-base.2: \\<img src=x\\> \\[x\\](y)\n- ubuntu-base: latest: 2 → 1',
    );
  });

  test('fails the job with the reason and the fix', async () => {
    await publishTestVersion(store);
    expect(await act({ operation: 'rollback' })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /::error::channel latest of ubuntu-base points to 1, and no older version is usable%0A/,
      ),
      outputs: '',
    });
    expect(await act({ operation: 'promote', version: '1', reason: 'x' })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('::error::reason is set, but promote does not use it'),
    });
  });
});
