import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/log.js';
import { createS3Store } from '../../../src/store/s3/s3-store.js';
import { image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';
import { makeTestFolder } from '../../fixtures/small-image.js';

let server: S3Server;

beforeAll(async () => { server = await startS3Server('versitygw'); }, testServerWithinMs);
afterAll(async () => server.stop());

test('a real S3 server gives a version, and then what changed in the next', async () => {
  const folder = await makeTestFolder('s3 host');
  const root = join(folder.path, 'host');
  const store = createS3Store(await server.makeBucket(), { clock: systemClock, credentials: server.credentials });
  const ports = { store, processes: createTestProcesses(), log: silentLog, clock: systemClock, signal: new AbortController().signal };
  const pull = async (): Promise<Pulled> => pullVersion({ root, image, wanted: 'latest', verify: false }, ports);
  try {
    await publishTestVersion(store, { image: makeImage(20) });
    expect((await pull()).transfer).toEqual({ fetched: 20 * 1024 ** 2 + 12_345 + 7000, reused: 0 });
    await publishTestVersion(store, { image: makeImage(20, [5, 17]) });
    expect((await pull()).transfer.fetched).toBe(2 * 1024 ** 2 + 7000);
    expect(await verifyHost({ root, image }, ports)).toEqual([{ version: 2, problems: [] }, { version: 1, problems: [] }]);
  } finally {
    await folder.remove();
  }
}, 120_000);
