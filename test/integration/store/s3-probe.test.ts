import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { probeStore } from '../../../src/store/probe-store.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { isStagedKey } from '../../../src/store/names.js';
import { startCarelessServer, type CarelessServer } from '../../fixtures/careless-server.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';

describe('the probe', () => {
  let server: S3Server;
  let careless: CarelessServer | undefined;

  beforeAll(async () => {
    server = await startS3Server();
  }, testServerWithinMs);
  afterEach(async () => {
    await careless?.close();
    careless = undefined;
  });
  afterAll(async () => server.stop());

  test('finds nothing wrong with a real server, again and again, and leaves nothing there', async () => {
    const store = createS3Store(await server.makeBucket(), { clock: systemClock, credentials: server.credentials });
    for (let round = 0; round < 5; round += 1) {
      expect(
        await probeStore(
          { image: 'ubuntu-base', owner: `run-${round}` },
          { store, clock: systemClock, log: silentLog },
        ),
      ).toEqual([]);
    }
    for await (const { key } of store.list('')) throw new Error(`${key} is left`);
    for await (const { key } of store.listStaged(isStagedKey)) throw new Error(`${key} is still staged`);
  });

  test.each([
    [
      'ignores conditions',
      [
        'a create-only write replaces an existing object',
        'a swap that expects no object replaces an existing one',
        'a swap from outdated content succeeds',
        '16 of 16 concurrent swaps from the same content succeed, instead of 1',
        '16 of 16 concurrent create-only writes succeed, instead of 1',
        'completing an upload replaces an existing object',
      ],
    ],
    ['checks early', ['16 of 16 concurrent create-only writes succeed, instead of 1']],
    ['completes over', ['completing an upload replaces an existing object']],
  ] as const)('finds a server that %s', async (behaviour, defects) => {
    careless = await startCarelessServer(behaviour);
    const address = {
      bucket: 'bucket',
      prefix: '',
      endpoint: careless.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
    };
    const store = createS3Store(address, { clock: systemClock, credentials: server.credentials });
    expect(
      await probeStore({ image: 'ubuntu-base', owner: 'me' }, { store, clock: systemClock, log: silentLog }),
    ).toEqual(defects);
  });
});
