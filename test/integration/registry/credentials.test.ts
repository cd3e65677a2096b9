import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRegistryCredentials, type RegistryCredentials } from '../../../src/registry/credentials.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let configPath: string;

beforeEach(async () => {
  directory = await makeTestDirectory('docker');
  configPath = join(directory.path, 'config.json');
});
afterEach(async () => directory.remove());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const save = async (config: object | string): Promise<void> =>
  writeFile(configPath, typeof config === 'string' ? config : JSON.stringify(config));
const find = async (host = 'ghcr.io'): Promise<RegistryCredentials | undefined> =>
  findRegistryCredentials(
    { host, configPath },
    createTestProcesses(undefined, { PATH: `${directory.path}:${process.env['PATH'] ?? ''}` }),
  );
const install = async (name: string, script: string): Promise<void> => {
  const path = join(directory.path, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
};
const me = { kind: 'password', user: 'me', password: 'pass:word' } as const;

test('there are none without a file, or without an entry', async () => {
  expect(await find()).toBeUndefined();
  await save({});
  expect(await find()).toBeUndefined();
  await save({ auths: { 'other.example': { auth: base64('me:pass') } } });
  expect(await find()).toBeUndefined();
  await save({ auths: { 'ghcr.io': {} } });
  expect(await find()).toBeUndefined();
});

test.each(['ghcr.io', 'https://ghcr.io', 'https://ghcr.io/v2/', 'GHCR.IO'])('they are saved as %s', async (key) => {
  await save({ auths: { [key]: { auth: base64('me:pass:word') } } });
  expect(await find()).toEqual(me);
});

test('Docker Hub has a name of its own', async () => {
  await save({ auths: { 'https://index.docker.io/v1/': { auth: base64('me:pass:word') } } });
  expect(await find('docker.io')).toEqual(me);
});

test('an identity token comes first', async () => {
  await save({ auths: { 'ghcr.io': { auth: base64('me:pass'), identitytoken: 'token' } } });
  expect(await find()).toEqual({ kind: 'identity', token: 'token' });
});

test('a helper gets the host on standard input, and credHelpers come before auths and credsStore', async () => {
  await install('right', 'read host; echo "{\\"Username\\":\\"$host\\",\\"Secret\\":\\"$1\\"}"');
  await save({
    auths: { 'ghcr.io': { auth: base64('me:x') } },
    credsStore: 'wrong',
    credHelpers: { 'ghcr.io': 'right' },
  });
  expect(await find()).toEqual({ kind: 'password', user: 'ghcr.io', password: 'get' });
  await save({ credsStore: 'right' });
  expect(await find('docker.io')).toMatchObject({ user: 'https://index.docker.io/v1/' });
});

test('a helper can return an identity token, or have nothing', async () => {
  await save({ credsStore: 'test' });
  await install('test', `echo '{"Username":"<token>","Secret":"identity"}'`);
  expect(await find()).toEqual({ kind: 'identity', token: 'identity' });
  await install('test', 'echo credentials not found in native keychain; exit 1');
  expect(await find()).toBeUndefined();
});

test.each(['../x', '/bin/sh', 'a b', '-x', '', 'a;b', '__proto__/x'])(
  'a helper called %j is not started',
  async (name) => {
    await save({ credHelpers: { 'ghcr.io': name } });
    await expect(find()).rejects.toThrow(/invalid name of a credential helper/);
  },
);

test('a missing helper is named', async () => {
  await save({ credsStore: 'missing' });
  await expect(find()).rejects.toThrow('docker-credential-missing, which is not installed');
});

test.each([
  ['fails', 'echo s3cret; echo cannot unlock >&2; exit 2', 'docker-credential-test failed with exit code 2'],
  ['prints no JSON', 'echo s3cret', 'unexpected output from docker-credential-test get'],
  ['prints too much', 'while :; do echo s3crets3crets3cret; done', 'printed more than expected'],
])('a helper that %s is an error without what it printed', async (_, script, message) => {
  await install('test', script);
  await save({ credsStore: 'test' });
  const error = await find().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: expect.stringContaining(message) });
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s3cret');
});

test.each([
  ['not JSON', '{"auths": {"ghcr.io": {"auth": "czNjcmV0'],
  ['of another shape', '{"auths": {"ghcr.io": "czNjcmV0"}}'],
  ['without a colon', JSON.stringify({ auths: { 'ghcr.io': { auth: base64('s3cret') } } })],
])('a configuration that is %s is an error that does not quote it', async (_, text) => {
  await save(text);
  const error = await find().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'Failure', fix: expect.any(String) });
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/s3cret|czNj/);
});
