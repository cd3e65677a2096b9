import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GoldenImage } from '../../src/image/golden-image.js';
import { systemClock } from '../../src/platform/clock.js';
import { formatBytes } from '../../src/platform/format.js';
import { silentLog } from '../../src/platform/log.js';
import { claimVersion } from '../../src/store/claim-version.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { commitVersion, stageVersion, type PublishedVersion } from '../../src/store/publish-version.js';
import { createS3Store } from '../../src/store/s3/s3-store.js';
import { describeVersion } from '../../src/store/version-facts.js';
import { getTestBase, testBaseWithinMs } from '../fixtures/base.js';
import { findBrokenVersions } from '../fixtures/check-store.js';
import { startFaultProxy, type FaultProxy } from '../fixtures/fault-proxy.js';
import { makeGolden } from '../fixtures/golden.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../fixtures/s3-server.js';
import { builder, makeVersionParts } from '../fixtures/version-parts.js';

/** Bytes: S3 counts in parts. */
const partSize = 8 * 1024 ** 2;

describe('publishing an image whose daemon alone has changed', () => {
  let folder: string;
  let server: S3Server;
  let proxy: FaultProxy;
  let store: ObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ch-golden-delta-'));
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint, () => undefined);
    store = createS3Store({ ...await server.makeBucket(), endpoint: proxy.endpoint }, { clock: systemClock, credentials: server.credentials });
  }, testServerWithinMs + testBaseWithinMs);
  afterAll(async () => {
    await proxy.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function publish(golden: GoldenImage, previous?: PublishedVersion): Promise<PublishedVersion> {
    const ports = { store, clock: systemClock, log: silentLog };
    const parts = await makeVersionParts(join(folder, randomUUID()));
    const base = await getTestBase();
    const claim = await claimVersion({ image: 'ubuntu-base', owner: randomUUID(), builder }, ports);
    const staged = await stageVersion({ claim, golden, base, ...(previous === undefined ? {} : { previous: previous.manifest }) }, ports);
    return commitVersion({ staged, facts: describeVersion({ ...parts, golden, base }), channel: 'latest' }, ports);
  }

  test('sends no more than the parts that have changed', async () => {
    const before = await makeGolden(folder);
    const after = await makeGolden(folder, { daemonVersion: 'v9.8.7' });
    const first = await publish(before);
    const sentFirst = proxy.receivedBytes();
    await publish(after, first);
    const sent = proxy.receivedBytes() - sentFirst;
    const changed = await countChangedBytes(before.image.path, after.image.path);
    console.log(`${formatBytes(after.image.size)}, of which ${formatBytes(changed)} stand in parts that have changed: sent ${formatBytes(sent)}, the first version ${formatBytes(sentFirst)}`);
    expect(changed).toBeGreaterThan(0);
    expect(sent).toBeLessThan(1.3 * changed);
    expect(await findBrokenVersions('ubuntu-base', store)).toEqual([]);
  }, testBaseWithinMs);
});

/** Bytes of the parts of a file in which another file has anything else. */
async function countChangedBytes(before: string, after: string): Promise<number> {
  const [one, other] = [await open(before), await open(after)];
  try {
    let changed = 0;
    for (let offset = 0; ; offset += partSize) {
      const [old, now] = await Promise.all([one, other].map(async (file) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(partSize), 0, partSize, offset);
        return buffer.subarray(0, bytesRead);
      })) as [Buffer, Buffer];
      if (now.length === 0) return changed;
      if (!old.equals(now)) changed += now.length;
    }
  } finally {
    await one.close();
    await other.close();
  }
}
