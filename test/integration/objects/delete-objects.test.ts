import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import {
  startScriptedServer,
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
} from '../../fixtures/scripted-server.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const keys = Array.from({ length: 40 }, (_, index) => `snapshots/a.${index + 1}.qcow2`);
let server: ScriptedServer;
let store: ObjectStore;
beforeEach(async () => {
  server = await startScriptedServer();
  store = createS3Store(
    { bucket: 'images', prefix: 'team/', endpoint: server.url, region: 'eu-central-1', forcePathStyle: true },
    { clock: createTestClock(), credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } },
  );
});
afterEach(async () => server.close());

function reject(status: number, code: string): ScriptedReply {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>` };
}

/** A server that has no DeleteObjects. What it returns for the deletion of one object is up to `deleteOne`. */
function withoutBatches(rejection: ScriptedReply, deleteOne: (request: ScriptedRequest) => ScriptedReply): void {
  server.reply((request) => (request.method === 'POST' ? rejection : deleteOne(request)));
}

const deleted: ScriptedReply = { status: 204 };
const listDeleted = (): readonly string[] =>
  server.seen
    .filter(({ method }) => method === 'DELETE')
    .map(({ url }) => new URL(url, server.url).pathname.replace('/images/team/', ''))
    .sort();

describe('a server without DeleteObjects', () => {
  test.each([
    [501, 'NotImplemented'],
    [405, 'MethodNotAllowed'],
    [400, 'InvalidArgument'],
  ])('deletes each object on its own after %i %s', async (status, code) => {
    withoutBatches(reject(status, code), () => deleted);
    await store.deleteMany(keys);
    expect(listDeleted()).toEqual([...keys].sort());
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('reports an object that it does not delete', async () => {
    withoutBatches(reject(501, 'NotImplemented'), ({ url }) =>
      url.includes('a.7.') ? reject(403, 'AccessDenied') : deleted,
    );
    await expect(store.deleteMany(keys)).rejects.toThrow(
      's3:DeleteObject on s3://images/team/snapshots/a.7.qcow2 is denied',
    );
  });

  test('does not mind an object that is gone', async () => {
    withoutBatches(reject(501, 'NotImplemented'), () => reject(404, 'NoSuchKey'));
    await expect(store.deleteMany(keys)).resolves.toBeUndefined();
  });
});

describe('a server with DeleteObjects', () => {
  test('gets all keys in one request', async () => {
    server.reply({ status: 200, body: '<DeleteResult/>' });
    await store.deleteMany(keys);
    expect(server.seen.map(({ method }) => method)).toEqual(['POST']);
    for (const key of keys) expect(server.seen[0]!.body.toString()).toContain(`<Key>team/${key}</Key>`);
  });

  test('is an error if it rejects the request, or one of the objects', async () => {
    server.reply(reject(403, 'AccessDenied'));
    await expect(store.deleteMany(keys)).rejects.toThrow('s3:DeleteObject');
    server.reply({
      status: 200,
      body:
        '<DeleteResult><Error><Key>team/a</Key><Code>AccessDenied</Code>' +
        '<Message>no</Message></Error></DeleteResult>',
    });
    await expect(store.deleteMany(keys)).rejects.toThrow('could not delete "team/a": AccessDenied no');
    expect(listDeleted()).toEqual([]);
  });
});
