import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkTrust } from '../../../../../src/app/doctor/checks/trust.js';
import type { Finding } from '../../../../../src/app/doctor/finding.js';
import { createKeyPair, parsePublicKey } from '../../../../../src/trust/keys.js';
import { formatPolicy, type TrustedKey, type TrustPolicy } from '../../../../../src/trust/policy.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doctor-trust-'));
});
afterEach(async () => rm(root, { recursive: true }));

const { privatePem, publicPem } = createKeyPair();
const key = parsePublicKey(publicPem, 'it');
const other = parsePublicKey(createKeyPair().publicPem, 'other');
const id = key.id.slice(0, 16);
const day = 86_400_000;

async function writeKey(mode: number, text = privatePem): Promise<string> {
  const path = join(root, 'sign.key');
  await writeFile(path, text, { mode });
  return path;
}

const checkKey = async (path: string): Promise<readonly Finding[]> =>
  checkTrust({ signing: { key: path, validMs: day } });

describe('the sign key', () => {
  test('is named by its id, and never shown', async () => {
    const findings = await checkKey(await writeKey(0o600));
    expect(findings).toEqual([{ name: 'sign-key', state: 'ok', text: `Ed25519 key ${id}` }]);
    expect(JSON.stringify(await checkKey(privatePem))).not.toContain(privatePem.split('\n')[1]);
  });

  test('that everybody can read is a warning', async () => {
    const path = await writeKey(0o644);
    expect(await checkKey(path)).toEqual([
      {
        name: 'sign-key',
        state: 'warning',
        text: `Ed25519 key ${id}: every user of this machine can read "${path}"`,
        fix: `chmod 600 "${path}"`,
      },
    ]);
  });

  test.each([
    ['a file that does not exist', async () => Promise.resolve(join(root, 'none')), /^sign-key is neither/],
    ['a public key', async () => writeKey(0o600, publicPem), /./],
  ])('that is %s is broken', async (_, give, text) => {
    const [finding, ...more] = await checkKey(await give());
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ name: 'sign-key', state: 'broken', text: expect.stringMatching(text) });
    expect(finding?.fix).toBeDefined();
  });
});

describe('the trust policy of a host', () => {
  const trusted = (publicKey: typeof key, uses: TrustedKey['uses']): TrustedKey => ({ key: publicKey, uses });
  const path = (): string => join(root, 'trust.json');

  test.each<readonly [string, TrustPolicy | undefined, Omit<Finding, 'name'>]>([
    ['is optional', undefined, { state: 'ok', text: 'PATH does not exist: signatures are not verified' }],
    [
      'accepts the key',
      { keys: [trusted(key, ['versions', 'index'])], identities: [] },
      { state: 'ok', text: 'PATH: 1 key, 0 identities' },
    ],
    [
      'requires no signed index, so a key for versions is enough',
      { keys: [trusted(key, ['versions']), trusted(other, ['versions'])], identities: [] },
      { state: 'ok', text: 'PATH: 2 keys, 0 identities' },
    ],
    [
      'accepts only another key',
      { keys: [trusted(other, ['versions', 'index'])], identities: [] },
      {
        state: 'warning',
        text: `PATH does not accept key ${id} for versions and index`,
        fix: 'ch-golden trust add-key <file>',
      },
    ],
    [
      'accepts the index of another key only',
      { keys: [trusted(key, ['versions']), trusted(other, ['index'])], identities: [] },
      {
        state: 'warning',
        text: `PATH does not accept key ${id} for index`,
        fix: 'ch-golden trust add-key <file>',
      },
    ],
    [
      'accepts nobody',
      { keys: [], identities: [] },
      {
        state: 'warning',
        text: 'PATH has no entries: every version is rejected',
        fix: 'ch-golden trust add-key <file>   # or remove PATH to verify no signatures',
      },
    ],
  ])('%s', async (_, policy, expected) => {
    if (policy !== undefined) await writeFile(path(), formatPolicy(policy), { mode: 0o644 });
    const [keyFinding, finding, ...more] = await checkTrust({ root, signing: { key: privatePem, validMs: day } });
    expect(more).toEqual([]);
    expect(keyFinding).toMatchObject({ name: 'sign-key', state: 'ok' });
    const filled = JSON.parse(JSON.stringify(expected).replaceAll('PATH', path())) as Omit<Finding, 'name'>;
    expect(finding).toEqual({ name: 'trust policy', ...filled });
  });

  test('is checked without a key, too', async () => {
    await writeFile(path(), formatPolicy({ keys: [trusted(other, ['versions'])], identities: [] }));
    expect(await checkTrust({ root })).toEqual([
      { name: 'trust policy', state: 'ok', text: `${path()}: 1 key, 0 identities` },
    ]);
  });

  test.each([
    ['is not valid', '{"schema":1,"keys":7}', 0o644, /trust\.json/],
    ['can be written by others', '{"schema":1}', 0o666, /can be changed by other users/],
  ])('that %s is a failure', async (_, text, mode, message) => {
    await writeFile(path(), text);
    await chmod(path(), mode);
    await expect(checkTrust({ root })).rejects.toThrow(message);
  });
});
