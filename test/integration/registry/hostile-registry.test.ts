import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectReader } from '../../../src/objects/object-store.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { openBlob, openBlobRange, readBlob } from '../../../src/registry/blobs.js';
import { mediaTypes } from '../../../src/registry/documents.js';
import { listReferrers, listTags, tryFetchManifest, writeReferrer } from '../../../src/registry/manifests.js';
import { parseRegistryAddress } from '../../../src/registry/reference.js';
import { createRegistryClient, digestOf, type RegistryClient } from '../../../src/registry/registry-client.js';
import { uploadBlob, uploadStream } from '../../../src/registry/upload.js';
import { createRegistryReader } from '../../../src/store/oci/registry-reader.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import {
  startScriptedServer,
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
} from '../../fixtures/scripted-server.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';

/** A registry, or what pretends to be one, that does what real ones do not do on demand. */
let server: ScriptedServer;
let other: ScriptedServer;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let clock: ReturnType<typeof createTestClock>;
const signal = new AbortController().signal;
const processes = createTestProcesses();

beforeEach(async () => {
  [server, other] = [await startScriptedServer(), await startScriptedServer()];
  directory = await makeTestDirectory('hostile');
  clock = createTestClock();
});
afterEach(async () => {
  await Promise.all([server.close(), other.close()]);
  await directory.remove();
});

const ports = () => ({ processes, clock, signal, log: silentLog });
const hostOf = ({ url }: ScriptedServer): string => url.replace('http://', '');
const clientOf = (access: 'pull' | 'push' = 'push'): RegistryClient =>
  createRegistryClient(
    parseRegistryAddress(`oci://${hostOf(server)}/a`),
    { access, configPath: join(directory.path, 'config.json') },
    ports(),
  );
const saveAuth = async (auth: object): Promise<void> => {
  await mkdir(directory.path, { recursive: true });
  await writeFile(join(directory.path, 'config.json'), JSON.stringify({ auths: { [hostOf(server)]: auth } }));
};
const always = (reply: (request: ScriptedRequest) => ScriptedReply): void => server.reply(reply);

const content = Buffer.from('content of a blob');
const blob = { digest: digestOf(content), size: content.length };
const ok = (body: string | Buffer, headers = {}): ScriptedReply => ({ status: 200, body, headers });

describe('reading', () => {
  test('rejects different content, whatever its length', async () => {
    for (const body of ['content of a blub', 'short', 'x'.repeat(1000)]) {
      server.reply(ok(body));
      await expect(readBlob(clientOf(), blob, 1000)).rejects.toThrow(/different content|larger than 17 bytes/);
      await expect(openBlob(clientOf(), blob).then(buffer)).rejects.toThrow(/different content|17 bytes/);
    }
  });

  test('rejects a blob that is cut off', async () => {
    server.reply({ status: 200, body: content, cutAfter: 5 });
    await expect(openBlob(clientOf(), blob).then(buffer)).rejects.toThrow(/cannot be read|ended after/);
  });

  test('reads no more of an endless body than it expects', async () => {
    const endless = Buffer.alloc(64 * 1024 ** 2, 1);
    server.reply({ status: 200, body: endless });
    await expect(readBlob(clientOf(), blob, 1000)).rejects.toThrow('larger than 17 bytes');
    server.reply({ status: 200, body: endless });
    await expect(tryFetchManifest(clientOf(), 'latest')).rejects.toThrow('larger than 4194304 bytes');
    server.reply({ status: 206, body: endless, headers: { 'content-range': 'bytes 0-4/17' } });
    const opened = await openBlobRange(clientOf(), blob, { start: 0, length: 5 });
    await expect(buffer('range' in opened ? opened.range : Readable.from([]))).rejects.toThrow(
      'sent more than 5 bytes',
    );
  });

  test('rejects a range that was not requested', async () => {
    server.reply({ status: 206, body: 'onten', headers: { 'content-range': 'bytes 1-5/17' } });
    await expect(openBlobRange(clientOf(), blob, { start: 0, length: 5 })).rejects.toThrow('a different range');
  });

  test('rejects a manifest that is not the one of its digest', async () => {
    const bytes = JSON.stringify({ schemaVersion: 2, config: { mediaType: 'a/b', ...blob }, layers: [] });
    server.reply(ok(bytes));
    await expect(tryFetchManifest(clientOf(), blob.digest)).rejects.toThrow('different content');
    server.reply(ok(bytes, { 'docker-content-digest': blob.digest }));
    await expect(tryFetchManifest(clientOf(), 'latest')).rejects.toThrow('different content');
    server.reply(ok(bytes));
    const digest = digestOf(Buffer.from(bytes));
    expect((await tryFetchManifest(clientOf(), digest))?.digest).toBe(digest);
  });

  test('ends a list of tags that has no end', async () => {
    always(() => ok('{"tags":["1"]}', { link: '</v2/a/tags/list?last=1>; rel="next"' }));
    await expect(listTags(clientOf())).rejects.toThrow('has no end');
    always(() => ok('{"tags":["1"]}', { link: `<${other.url}/v2/a/tags/list>; rel="next"` }));
    await expect(listTags(clientOf())).rejects.toThrow('unusable URL');
    expect(other.seen).toHaveLength(0);
  });

  test('fetches a layer once, if the registry ignores Range', async () => {
    const bytes = Buffer.alloc(1000, 'golden');
    const layer = {
      mediaType: 'a/b',
      digest: digestOf(bytes),
      size: bytes.length,
      annotations: { 'vnd.ch-golden.file.name': 'a.1.qcow2', 'vnd.ch-golden.file.offset': '0' },
    };
    const manifest = JSON.stringify({ schemaVersion: 2, config: { mediaType: 'a/b', ...blob }, layers: [layer] });
    always(({ url }) => ok(url.includes('/manifests/') ? manifest : bytes));
    const reader: ObjectReader = createRegistryReader(clientOf('pull'));
    const read = async (start: number, length: number): Promise<Buffer> =>
      buffer((await reader.open('snapshots/a.1.qcow2', { start, length }))!);
    const [one, two, three] = await Promise.all([read(0, 10), read(500, 10), read(990, 10)]);
    expect([one, two, three]).toEqual([bytes.subarray(0, 10), bytes.subarray(500, 510), bytes.subarray(990)]);
    expect(await read(7, 900)).toEqual(bytes.subarray(7, 907));
    expect(server.seen.filter(({ url }) => url.includes('/blobs/')).length).toBeLessThanOrEqual(3);
    expect(server.seen.filter(({ url }) => url.includes('/manifests/'))).toHaveLength(1);
    await expect(read(995, 10)).rejects.toThrow('shorter than its manifest says');
  });
});

describe('referrers', () => {
  const subject = { mediaType: 'a/b', ...blob };
  const referrer = {
    schemaVersion: 2 as const,
    mediaType: mediaTypes.manifest,
    artifactType: 'application/x',
    config: subject,
    layers: [],
    subject,
    annotations: { 'org.opencontainers.image.created': '2026-11-23T06:00:00Z' },
  };
  const digest = digestOf(Buffer.from(JSON.stringify(referrer)));

  test.each([
    ['has no API for them', 404, {}],
    ['claims to have one', 404, { 'oci-subject': blob.digest }],
    ['redirects to a page for people', 200, { 'oci-subject': blob.digest }],
  ])('are listed under a tag if the registry %s', async (_, status, headers) => {
    const fallback = `/v2/a/manifests/${blob.digest.replace(':', '-')}`;
    let listed: Buffer | undefined;
    always(({ method, url, body }) => {
      if (url.includes('/referrers/')) return { status, body: '<html>', headers: { 'content-type': 'text/html' } };
      if (method === 'PUT' && url === fallback) listed = body;
      if (method === 'PUT') return { status: 201, headers };
      return url !== fallback || listed === undefined ? { status: 404 } : ok(listed);
    });
    const client = clientOf();
    await writeReferrer(client, referrer);
    await writeReferrer(client, referrer);
    expect(JSON.parse(String(listed))).toMatchObject({ manifests: [{ digest, artifactType: 'application/x' }] });
    expect(await listReferrers(client, blob.digest, 'application/x')).toMatchObject([
      { digest, annotations: referrer.annotations },
    ]);
    expect(await listReferrers(client, blob.digest, 'application/y')).toEqual([]);
  });

  test('are only listed by the API if there is one', async () => {
    always(({ method }) =>
      method === 'PUT'
        ? { status: 201, headers: { 'oci-subject': blob.digest } }
        : ok('{"schemaVersion":2,"manifests":[]}'),
    );
    await writeReferrer(clientOf(), referrer);
    expect(server.seen.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  });
});

describe('signing in', () => {
  const challenge = (realm: string) => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${realm}",service="registry"` },
  });

  test('gets a token for the password, once', async () => {
    await saveAuth({ auth: Buffer.from('me:secret').toString('base64') });
    other.reply(ok('{"token":"t0ken","expires_in":300}'));
    always(({ headers }) => (headers.authorization === 'Bearer t0ken' ? ok(content) : challenge(`${other.url}/token`)));
    const client = clientOf();
    await readBlob(client, blob, 1000);
    await readBlob(client, blob, 1000);
    expect(other.seen).toHaveLength(1);
    const [asked] = other.seen;
    expect(asked).toMatchObject({ url: '/token?service=registry&scope=repository%3Aa%3Apull%2Cpush' });
    expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    // The password itself never goes to the registry that wants a token.
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer t0ken',
      'Bearer t0ken',
    ]);
    clock.advance(300_000);
    await readBlob(client, blob, 1000);
    expect(other.seen).toHaveLength(2);
  });

  test('exchanges an identity token', async () => {
    await saveAuth({ identitytoken: 'identity' });
    other.reply(ok('{"access_token":"t0ken"}'));
    always(({ headers }) => (headers.authorization === 'Bearer t0ken' ? ok(content) : challenge(`${other.url}/token`)));
    await readBlob(clientOf('pull'), blob, 1000);
    expect(Object.fromEntries(new URLSearchParams(other.seen[0]!.body.toString()))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'identity',
      scope: 'repository:a:pull',
    });
  });

  test('gets a token without credentials too', async () => {
    other.reply(ok('{"token":"anonymous"}'));
    always(({ headers }) => (headers.authorization === undefined ? challenge(`${other.url}/`) : ok(content)));
    await readBlob(clientOf('pull'), blob, 1000);
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('ends if the registry rejects each token', async () => {
    other.reply(ok('{"token":"t0ken"}'));
    always(() => challenge(`${other.url}/token`));
    await expect(readBlob(clientOf(), blob, 1000)).rejects.toMatchObject({
      message: expect.stringMatching(/returned 401$/),
      fix: `check that the saved credentials may push to a: docker login ${hostOf(server)}`,
    });
    expect(server.seen).toHaveLength(2);
  });

  test.each([
    ['http elsewhere', 'http://auth.example/token'],
    ['a file', 'file:///etc/passwd'],
    ['a user', 'https://me@auth.example/token'],
    ['nothing', 'x'],
  ])('sends nothing to a token server with %s', async (_, realm) => {
    await saveAuth({ auth: Buffer.from('me:secret').toString('base64') });
    always(() => challenge(realm));
    await expect(readBlob(clientOf(), blob, 1000)).rejects.toThrow('unusable token server');
  });

  test.each([
    ['without one', '{}'],
    ['that is an array', '[]'],
    ['that is not JSON', 'x'],
    ['with a space', '{"token":"a b"}'],
    ['with a header', '{"token":"a\\r\\nx: y"}'],
    ['that is too long', `{"token":"${'x'.repeat(70_000)}"}`],
  ])('rejects a token %s without quoting it', async (_, body) => {
    other.reply(ok(body));
    always(() => challenge(`${other.url}/token`));
    await expect(readBlob(clientOf(), blob, 1000)).rejects.toMatchObject({
      message: `unexpected response from token server ${other.url}/token`,
    });
  });

  test('forwards no credentials to where a redirect leads, and believes no challenge from there', async () => {
    await saveAuth({ auth: Buffer.from('me:secret').toString('base64') });
    always(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : { status: 307, headers: { location: `${other.url}/storage` } },
    );
    other.reply(ok(content));
    await readBlob(clientOf(), blob, 1000);
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    other.reply({ status: 401, headers: { 'www-authenticate': `Bearer realm="${other.url}/steal"` } });
    await expect(readBlob(clientOf(), blob, 1000)).rejects.toThrow('returned 401');
    expect(other.seen.some(({ url }) => url.startsWith('/steal'))).toBe(false);
  });

  test('shows no secret in any message', async () => {
    await saveAuth({ auth: Buffer.from('me:s3cret').toString('base64') });
    other.reply({ status: 403, body: '{}' });
    always(() => challenge(`${other.url}/token?x=s3cret`));
    const error = await readBlob(clientOf(), blob, 1000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringContaining('it rejects the saved credentials'),
      fix: `sign in: docker login ${hostOf(server)}`,
    });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s3cret');
  });
});

describe('uploading', () => {
  /** A registry that keeps uploads as it should, after the replies of `faults`. */
  const serve = (
    faults: readonly (ScriptedReply | undefined)[],
    { minLength = '0' } = {},
  ): { readonly got: () => Buffer } => {
    let received = Buffer.alloc(0);
    let isDone = false;
    const queue = [...faults];
    always(({ method, url, headers, body }) => {
      if (method === 'HEAD') return { status: isDone ? 200 : 404 };
      if (method === 'POST') {
        received = Buffer.alloc(0);
        return { status: 202, headers: { location: '/v2/a/blobs/uploads/1', 'oci-chunk-min-length': minLength } };
      }
      const range = { location: url.split('?')[0]!, range: `0-${Math.max(0, received.length - 1)}` };
      if (method === 'GET') return { status: 204, headers: range };
      const fault = queue.shift();
      if (fault !== undefined) return fault;
      if (method === 'PATCH') {
        if (Number(/^\d+/.exec(headers['content-range'] ?? '')?.[0]) !== received.length) return { status: 416 };
        received = Buffer.concat([received, body]);
        return { status: 202, headers: { ...range, range: `0-${received.length - 1}` } };
      }
      received = Buffer.concat([received, body]);
      isDone = new URL(url, 'http://x').searchParams.get('digest') === digestOf(received);
      return { status: isDone ? 201 : 400 };
    });
    return { got: () => received };
  };
  // eslint-disable-next-line @typescript-eslint/require-await -- as a file that is read
  async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const methods = (): readonly string[] => server.seen.map(({ method }) => method);

  test('sends a blob once', async () => {
    const { got } = serve([]);
    expect(await uploadBlob(clientOf(), content, ports())).toBe(true);
    expect(got()).toEqual(content);
    expect(methods()).toEqual(['HEAD', 'POST', 'PUT']);
    expect(await uploadBlob(clientOf(), content, ports())).toBe(false);
  });

  test('starts again after a failure of the server', async () => {
    const { got } = serve([{ status: 503 }, 'drop', { status: 500 }]);
    await uploadBlob(clientOf(), content, ports());
    expect(got()).toEqual(content);
    expect(methods()).toEqual(['HEAD', 'POST', 'PUT', 'POST', 'PUT', 'POST', 'PUT', 'POST', 'PUT']);
  });

  test('gives up after five attempts', async () => {
    serve(Array.from({ length: 20 }, () => ({ status: 503 })));
    await expect(uploadBlob(clientOf(), content, ports())).rejects.toThrow('gave up after 5 attempts');
  });

  test('waits as long as the registry wants', async () => {
    serve([{ status: 429, headers: { 'retry-after': '90' } }]);
    const start = clock.now();
    await uploadBlob(clientOf(), content, ports());
    expect(clock.now() - start).toBeGreaterThanOrEqual(90_000);
    // A connection that the server had closed may cost another short pause, but not a second long one.
    expect(clock.now() - start).toBeLessThan(2 * 90_000);
  });

  test('does not wait for hours', async () => {
    serve([{ status: 429, headers: { 'retry-after': '7200' } }]);
    await expect(uploadBlob(clientOf(), content, ports())).rejects.toThrow('it wants no request for 120 minutes');
  });

  test('sends parts if the registry takes no large requests', async () => {
    const { got } = serve([{ status: 413 }]);
    await uploadBlob(clientOf(), content, ports());
    expect(got()).toEqual(content);
    expect(methods()).toEqual(['HEAD', 'POST', 'PUT', 'POST', 'PATCH', 'PUT']);
  });

  test('sends a stream in parts, as large as the registry wants', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
    const { got } = serve([], { minLength: '300' });
    const onProgress: number[] = [];
    const sent = await uploadStream(clientOf(), inPieces(bytes, 7), {
      ...ports(),
      partBytes: 10,
      onProgress: (done) => void onProgress.push(done),
    });
    expect(sent).toEqual({ digest: `sha256:${sha256Of(bytes)}`, size: 1000 });
    expect(got()).toEqual(bytes);
    expect(onProgress).toEqual([300, 600, 900, 1000]);
  });

  test('resumes a stream where the registry is', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
    const { got } = serve([undefined, 'drop', { status: 502 }, undefined, 'drop']);
    const sent = await uploadStream(clientOf(), inPieces(bytes, 64), { ...ports(), partBytes: 400 });
    expect(sent.digest).toBe(digestOf(bytes));
    expect(got()).toEqual(bytes);
    // After each failure it looked where the upload was.
    expect(methods().filter((method) => method === 'GET').length).toBeGreaterThanOrEqual(3);
  });

  test('sends no credentials to where an upload goes, if that is elsewhere', async () => {
    always(({ method }) =>
      method === 'HEAD' ? { status: 404 } : { status: 202, headers: { location: `${other.url}/upload` } },
    );
    await expect(uploadBlob(clientOf(), content, ports())).rejects.toThrow('unusable URL');
    expect(other.seen).toHaveLength(0);
  });

  test('does not follow a redirect with a body to elsewhere', async () => {
    always(({ method }) =>
      method === 'HEAD'
        ? { status: 404 }
        : method === 'POST'
          ? { status: 202, headers: { location: '/v2/a/blobs/uploads/1' } }
          : { status: 307, headers: { location: `${other.url}/steal` } },
    );
    await expect(uploadBlob(clientOf(), content, ports())).rejects.toThrow('returned 307');
    expect(other.seen).toHaveLength(0);
  });
});
