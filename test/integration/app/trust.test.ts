import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { changeTrust, type TrustReport } from '../../../src/app/change-trust.js';
import { createKeyFiles } from '../../../src/app/create-key.js';
import type { TrustCommand } from '../../../src/inputs/commands/trust.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { parseSigningKey } from '../../../src/trust/keys.js';
import { gitHubIssuer } from '../../../src/trust/github-identity.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createSigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeEach(async () => {
  directory = await makeTestDirectory('trust');
});
afterEach(async () => directory.remove());

const at = (name: string): string => join(directory.path, name);
type Given = TrustCommand extends infer T ? (T extends TrustCommand ? Omit<T, 'group' | 'root'> : never) : never;
const run = async (command: Given): Promise<TrustReport> =>
  changeTrust({ ...command, group: 'trust', root: at('host') }, { processes: createTestProcesses(), log: silentLog });

test('a key pair is created once, for its user alone', async () => {
  const created = await createKeyFiles(at('golden'));
  expect(created).toMatchObject({ privateKey: at('golden.key'), publicKey: at('golden.pub') });
  const pem = await readFile(created.privateKey, 'utf8');
  const key = parseSigningKey(pem, 'k');
  expect(key.id).toBe(created.id);
  expect(await readFile(created.publicKey, 'utf8')).toBe(key.publicKey.pem);
  expect((await stat(created.privateKey)).mode & 0o777).toBe(0o600);
  await expect(createKeyFiles(at('golden'))).rejects.toThrow(
    `${at('golden.key')} already exists; keys are never overwritten`,
  );
  expect(await readFile(created.privateKey, 'utf8')).toBe(pem);
});

test('no half of a key pair is left', async () => {
  await writeFile(at('half.pub'), 'mine');
  await expect(createKeyFiles(at('half'))).rejects.toThrow(
    `${at('half.pub')} already exists; keys are never overwritten`,
  );
  await expect(stat(at('half.key'))).rejects.toThrow('ENOENT');
  expect(await readFile(at('half.pub'), 'utf8')).toBe('mine');
  await expect(createKeyFiles(at('no/where'))).rejects.toThrow(`${at('no/where.key')} cannot be created`);
});

test('keys and workflows come and go', async () => {
  expect(await run({ command: 'list' })).toEqual({ path: at('host/trust.json'), policy: undefined, changed: false });
  expect(await run({ command: 'remove', id: 'ab'.repeat(8) })).toMatchObject({ policy: undefined, changed: false });
  const { id, publicKey } = await createKeyFiles(at('golden'));
  const add = { command: 'add-key', file: publicKey, uses: ['versions'], comment: 'CI' } as const;
  expect(await run(add)).toMatchObject({
    changed: true,
    policy: { keys: [{ key: { id }, uses: ['versions'], comment: 'CI' }] },
  });
  expect(await run(add)).toMatchObject({ changed: false });
  await writeFile(at('root.jsonl'), `${JSON.stringify((await createSigstoreAuthority('private')).rootJson)}\n`);
  const identity = { issuer: gitHubIssuer, repository: 'https://github.com/acme/images', ref: 'refs/heads/main' };
  expect(await run({ command: 'add-github', identity, trustedRootFile: at('root.jsonl') })).toMatchObject({
    changed: true,
    policy: { identities: [{ ...identity, trustedRoots: [{}] }] },
  });
  expect(await run({ command: 'remove', id: id.slice(0, 8) })).toMatchObject({
    changed: true,
    policy: { keys: [], identities: [identity] },
  });
  expect(await run({ command: 'list' })).toMatchObject({ policy: { keys: [], identities: [identity] } });
});

test('the last one that goes leaves a policy that accepts nobody', async () => {
  const { id, publicKey } = await createKeyFiles(at('golden'));
  await run({ command: 'add-key', file: publicKey, uses: ['versions'] });
  expect(await run({ command: 'remove', id })).toMatchObject({ changed: true, policy: { keys: [], identities: [] } });
});

test.each<[string, Given, string]>([
  [
    'a key that is missing',
    { command: 'add-key', file: '/nowhere/a.pub', uses: ['index'] },
    'key "/nowhere/a.pub" cannot be read: ENOENT',
  ],
  ['a directory', { command: 'add-key', file: '/', uses: ['index'] }, 'key "/" cannot be read: EISDIR'],
  ['what never ends', { command: 'add-key', file: '/dev/zero', uses: ['index'] }, '/dev/zero is not a key in PEM'],
  [
    'a root that is none',
    {
      command: 'add-github',
      identity: { issuer: gitHubIssuer, repository: 'https://github.com/a/b', ref: 'refs/heads/main' },
      trustedRootFile: '/etc/hostname',
    },
    '/etc/hostname is not a Sigstore trusted root: line 1 is not JSON',
  ],
])('%s is not trusted', async (_, command, message) => {
  await expect(run(command)).rejects.toThrow(message);
  expect(await run({ command: 'list' })).toMatchObject({ policy: undefined });
});
