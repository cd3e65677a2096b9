import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { claimVersion } from '../../../src/store/claim-version.js';
import { abandonVersion, commitVersion, stageVersion } from '../../../src/store/publish-version.js';
import { listVersions } from '../../../src/store/read-versions.js';
import { reapStaged } from '../../../src/store/cleanup/reap-staged.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { isStagedKey } from '../../../src/store/names.js';
import { findBrokenVersions } from '../../fixtures/check-store.js';
import { faults, startFaultProxy, type Fault, type FaultProxy } from '../../fixtures/fault-proxy.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';
import { builder, makeVersionParts } from '../../fixtures/version-parts.js';

const image = 'ubuntu-base';
/** A part and a piece. */
const imageSize = 9 * 1024 ** 2 + 5;
/** Pauses before another try are none of what is tested. */
const hastyClock: Clock = {
  ...systemClock,
  sleep: async (milliseconds, signal) => systemClock.sleep(milliseconds / 50, signal),
};

describe('a publisher behind a proxy that misbehaves', () => {
  let directory: string;
  let server: S3Server;
  let proxy: FaultProxy;
  let decide: () => Fault | undefined;
  let direct: ObjectStore;
  let through: () => ObjectStore;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'publish-faults-'));
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint, () => decide());
    const address = await server.makeBucket();
    const { credentials } = server;
    direct = createS3Store(address, { clock: systemClock, credentials });
    through = () =>
      createS3Store(
        { ...address, endpoint: proxy.endpoint },
        { clock: hastyClock, credentials, idleTimeoutMs: 60_000 },
      );
  }, testServerWithinMs);
  afterAll(async () => {
    await proxy.close();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  /** The number of the version that was published, or why none was. */
  async function publish(store: ObjectStore): Promise<number | Error> {
    const ports = { store, clock: hastyClock, log: silentLog };
    const scratch = join(directory, randomUUID());
    const parts = await makeVersionParts(scratch, 'flattened', imageSize);
    try {
      const claim = await claimVersion({ image, owner: randomUUID(), builder }, ports);
      const staged = await stageVersion({ claim, golden: parts.golden, base: parts.base }, ports).catch(
        async (error: unknown) => {
          await abandonVersion({ claim }, ports);
          throw error;
        },
      );
      try {
        await commitVersion(
          { staged, facts: toVersionFacts(parts), imageSha256: parts.imageSha256, channel: 'latest' },
          ports,
        );
        return claim.version;
      } catch (error) {
        await abandonVersion({ claim, staged }, ports);
        throw error;
      }
    } catch (error) {
      return error as Error;
    } finally {
      await rm(scratch, { recursive: true });
    }
  }

  async function listNumbers(): Promise<readonly number[]> {
    return (await listVersions(image, direct)).map(({ version }) => version);
  }

  test.each(faults)('publishes all the same where each request may end in %s, one time in five', async (fault) => {
    decide = () => (Math.random() < 0.2 ? fault : undefined);
    const before = await listNumbers();
    const outcomes = await Promise.all([publish(through()), publish(through())]);
    const published = outcomes.filter((outcome) => typeof outcome === 'number');
    // Whatever has failed, has failed for a reason that was said, and shows nothing.
    for (const outcome of outcomes) if (typeof outcome !== 'number') expect(outcome).toBeInstanceOf(Failure);
    expect(await listNumbers()).toEqual(expect.arrayContaining([...before, ...published]));
    expect(await findBrokenVersions(image, direct)).toEqual([]);
  });

  test('publishes right, or fails with nothing visible, where everything happens at once', async () => {
    let happened = 0;
    decide = () => {
      if (Math.random() > 0.3) return undefined;
      happened += 1;
      return faults[Math.floor(Math.random() * faults.length)];
    };
    const before = await listNumbers();
    const outcomes = (
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          const mine: (number | Error)[] = [];
          for (let round = 0; round < 4; round += 1) mine.push(await publish(through()));
          return mine;
        }),
      )
    ).flat();
    const published = outcomes.filter((outcome) => typeof outcome === 'number');
    const failed = outcomes.filter((outcome) => typeof outcome !== 'number');
    const visible = (await listNumbers()).filter((version) => !before.includes(version));
    console.log(
      `${happened} faults: ${published.length} versions published, ${failed.length} failed: ` +
        failed.map(({ message }) => message).join('; '),
    );
    expect(failed.filter((error) => !(error instanceof Failure))).toEqual([]);
    expect(new Set(published).size).toBe(published.length);
    expect(visible).toEqual(expect.arrayContaining(published));
    // An answer that got lost for good can hide that the last step was done: such a version is whole.
    expect(await findBrokenVersions(image, direct)).toEqual([]);
  });

  test('a server that is never there: one line that says so, and nothing is left', async () => {
    decide = () => 'answer-503';
    const before = await listNumbers();
    const outcome = await publish(through());
    expect(outcome).toBeInstanceOf(Failure);
    expect((outcome as Failure).message).toMatch(/returned 503 SlowDown.* after 5 attempts$/);
    expect(await listNumbers()).toEqual(before);
    await reapStaged(
      { graceMs: 0 },
      { store: direct, clock: { ...systemClock, now: () => Date.now() + 120_000 }, log: silentLog },
    );
    for await (const { key } of direct.listStaged(isStagedKey)) throw new Error(`${key} is still staged`);
  });
});
