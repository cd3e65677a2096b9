import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listAllSecrets } from '../../../src/app/collect-failure.js';
import { withSigner } from '../../../src/app/load-signer.js';
import { readBuildInputs } from '../../../src/inputs/build-inputs.js';
import { buildInputDefinitions, type RawInputs } from '../../../src/inputs/definitions.js';
import { toBuildCommand } from '../../../src/inputs/build-command.js';
import { readSigning } from '../../../src/inputs/signing-inputs.js';
import { systemClock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { createRedactor } from '../../../src/platform/secrets/redact.js';
import { createSteps } from '../../../src/platform/progress/steps.js';
import { createKeyPair, parsePublicKey } from '../../../src/trust/keys.js';

const { privatePem, publicPem } = createKeyPair();
const publicKey = parsePublicKey(publicPem, 'it');
const body = privatePem.split('\n')[1]!;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load signer '));
});
afterAll(async () => rm(directory, { recursive: true }));

interface Said {
  readonly lines: string[];
  readonly masked: string[];
}

async function load(
  given: Readonly<Record<string, string>>,
  said: Said = { lines: [], masked: [] },
): ReturnType<typeof withSigner> {
  const say = (...words: readonly unknown[]): void => void said.lines.push(words.join(' '));
  const steps = createSteps(
    { started: say, info: say, detail: say, warn: say, progress: say, finished: say, close: say },
    systemClock,
  );
  return withSigner(
    readSigning((name) => given[name] ?? ''),
    { steps, secrets: ['known'] },
    (secret) => said.masked.push(secret),
  );
}

async function writeKey(name: string, text = privatePem, mode = 0o600): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('a key', () => {
  test.each<[string, () => Promise<string>]>([
    ['as the path of a file', async () => writeKey('key.pem')],
    ['as text', async () => Promise.resolve(privatePem)],
    [
      'as text without its last line break, and with those of Windows',
      async () => Promise.resolve(privatePem.trimEnd().replaceAll('\n', '\r\n')),
    ],
  ])('%s signs, and is a secret from then on', async (_, give) => {
    const said: Said = { lines: [], masked: [] };
    const { signer, secrets } = await load({ 'sign-key': await give(), 'sign-expires': '48h' }, said);
    expect(signer).toMatchObject({ key: { id: publicKey.id }, validMs: 48 * 3_600_000 });
    expect(publicKey.verify(Buffer.from('m'), signer!.key.sign(Buffer.from('m')))).toBe(true);
    expect(secrets).toEqual(['known', body]);
    expect(said.masked).toEqual([body]);
    expect(said.lines.join('\n')).toContain(`Signing with key ${publicKey.id.slice(0, 16)}`);
    expect(said.lines.join('\n')).not.toContain(body.slice(20, 36));
    expect(
      createRedactor(listAllSecrets({ daemon: { environment: [] } as never }, { secrets })).text(`x ${body} y`),
    ).toBe('x *** y');
  });

  test('is not needed', async () => {
    expect(await load({})).toEqual({ steps: expect.anything(), secrets: ['known'] });
  });

  test('is valid for 30 days, unless told otherwise', async () => {
    expect((await load({ 'sign-key': privatePem })).signer?.validMs).toBe(30 * 24 * 3_600_000);
    expect(() => readSigning((name) => (name === 'sign-expires' ? 'soon' : ''))).toThrow('invalid sign-expires "soon"');
  });

  test('that everybody can read is used, with a warning', async () => {
    const said: Said = { lines: [], masked: [] };
    const path = await writeKey('open.pem', privatePem, 0o644);
    expect((await load({ 'sign-key': path }, said)).signer).toBeDefined();
    expect(said.lines).toContainEqual(`Load signing key Every user of this machine can read "${path}": chmod 600 it`);
  });
});

describe('what cannot sign is one line', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  test.each<[string, () => Promise<string>, string]>([
    [
      'a path that does not exist',
      async () => Promise.resolve(join(directory, 'none.pem')),
      'sign-key is neither a PEM text nor the path of a file',
    ],
    [
      'a directory',
      async () => mkdir(join(directory, 'dir'), { recursive: true }).then(() => join(directory, 'dir')),
      'sign-key "/.*/dir" cannot be read: it is a directory',
    ],
    ['a file that is no key', async () => writeKey('text.pem', 'hello'), 'sign-key is not a key in PEM'],
    ['a file without an end', async () => Promise.resolve('/dev/zero'), 'sign-key is not a key in PEM'],
    ['the public key', async () => Promise.resolve(publicPem), 'sign-key is not a key in PEM'],
    ['a key of another kind', async () => Promise.resolve(rsa), 'sign-key is a key of type rsa, not Ed25519'],
    [
      'the key without its first line',
      async () => Promise.resolve(body),
      'sign-key is neither a PEM text nor the path of a file',
    ],
    [
      'the key with half of its body',
      async () => Promise.resolve(privatePem.replace(body, body.slice(0, 30))),
      'sign-key is not a key in PEM',
    ],
  ])('%s', async (_, give, message) => {
    const key = await give();
    await expect((async () => load({ 'sign-key': key }))()).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^${message}$`)),
      fix: expect.stringContaining('ch-golden key create'),
    });
  });
});

test('no part of a key is in a message, a log or a command, however it was mangled', async () => {
  const chunk = fc.constantFrom(
    privatePem,
    body,
    body.slice(10),
    `${body}\n`,
    'x',
    '\0',
    '/',
    '"',
    '-----BEGIN PRIVATE KEY-----',
    '\n',
    '\\n',
    publicPem,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { minLength: 1, maxLength: 4 }), async (chunks) => {
      const said: Said = { lines: [], masked: [] };
      const given = { 'sign-key': chunks.join(''), store: '/srv' };
      const raw: RawInputs = (name) =>
        (given as Record<string, string>)[name] ??
        buildInputDefinitions.find((definition) => definition.name === name)?.default ??
        '';
      const thrown: unknown = await (async () => {
        readBuildInputs(raw, { cache: '/c', work: '/w' });
        await load(given, said);
      })().catch((error: unknown) => error);
      const texts =
        thrown instanceof Failure ? [thrown.message, thrown.fix ?? '', ...thrown.evidence, String(thrown.stack)] : [];
      expect(thrown === undefined || thrown instanceof Failure).toBe(true);
      const shown = [...said.lines, ...texts, ...toBuildCommand(raw)].join('\n');
      for (let start = 0; start + 12 <= body.length; start += 1)
        expect(shown).not.toContain(body.slice(start, start + 12));
    }),
    { numRuns: 300 },
  );
});
