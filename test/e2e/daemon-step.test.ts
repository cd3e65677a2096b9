import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DiskDigest } from '../../src/disk/disk-digest.js';
import type { GoldenImage } from '../../src/image/golden-image.js';
import { toLaunch } from '../../src/host/launch.js';
import { pullVersion, type Pulled } from '../../src/host/pull-version.js';
import { systemClock } from '../../src/platform/clock.js';
import { sha256OfFile } from '../../src/platform/fs/files.js';
import { formatBytes } from '../../src/platform/format.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { proveImage } from '../../src/smoke/prove-image.js';
import type { SmokeReport } from '../../src/smoke/smoke-report.js';
import { claimVersion } from '../../src/store/claim-version.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { commitVersion, stageVersion, type PublishedVersion } from '../../src/store/publish-version.js';
import { createS3Store } from '../../src/objects/s3/s3-store.js';
import { toVersionFacts } from '../../src/store/documents/version-facts.js';
import { getTestBase, testBaseWithinMs } from '../fixtures/base.js';
import { findBrokenVersions } from '../fixtures/check-store.js';
import { startFaultProxy, type FaultProxy } from '../fixtures/fault-proxy.js';
import { makeGolden } from '../fixtures/golden.js';
import { bundles } from '../fixtures/helpers.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../fixtures/s3-server.js';
import { builder, makeVersionParts } from '../fixtures/version-parts.js';

/** Bytes: S3 counts in parts. */
const partSize = 5 * 1024 ** 2;
const bootWithinMs = 45 * 60_000;
const newVersion = 'v9.8.7';

describe('an image whose daemon alone has changed', () => {
  let directory: string;
  let server: S3Server;
  let proxy: FaultProxy;
  let store: ObjectStore;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-delta-'));
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint, () => undefined);
    store = createS3Store(
      { ...(await server.makeBucket()), endpoint: proxy.endpoint },
      { clock: systemClock, credentials: server.credentials },
    );
  }, testServerWithinMs + testBaseWithinMs);
  afterAll(async () => {
    await proxy.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function publish(golden: GoldenImage, previous?: PublishedVersion): Promise<PublishedVersion> {
    const ports = { store, clock: systemClock, log: silentLog };
    const parts = await makeVersionParts(join(directory, randomUUID()));
    const base = await getTestBase();
    const claim = await claimVersion({ image: 'ubuntu-base', owner: randomUUID(), builder }, ports);
    const staged = await stageVersion(
      { claim, golden, base, ...(previous === undefined ? {} : { previous: previous.manifest }) },
      ports,
    );
    return commitVersion(
      {
        staged,
        facts: toVersionFacts({ ...parts, golden, base }),
        imageSha256: await sha256OfFile(golden.image.path),
        channel: 'latest',
      },
      ports,
    );
  }

  async function pull(): Promise<Pulled> {
    const { signal } = new AbortController();
    return pullVersion(
      { root: join(directory, 'host'), image: 'ubuntu-base', wanted: 'latest', verify: false },
      {
        store,
        processes: createTestProcesses(),
        log: silentLog,
        clock: systemClock,
        signal,
      },
    );
  }

  /**
   * Boots a VM from the files of a host as its manifest describes, and lets the guest compare its disk with the built
   * one.
   */
  async function boot({ local }: Pulled, digest: DiskDigest): Promise<SmokeReport> {
    const { imagePath, kernelPath, initramfsPath, cmdline } = toLaunch(local);
    const { disk, cloudHypervisor } = local.manifest;
    const { signal } = new AbortController();
    return proveImage(
      {
        image: { path: imagePath, virtualSize: disk.virtualSize, minCloudHypervisor: cloudHypervisor.min },
        kernel: kernelPath,
        initramfs: initramfsPath,
        cmdline,
        digest,
        daemon: { port: 2280, unit: 'daytona-daemon.service', version: newVersion },
        vmm: 'qemu',
        disk: 'overlay',
        network: 'isolated',
        requireKvm: false,
        healthPath: 'auto',
        timeoutMs: bootWithinMs,
        memoryMiB: 1024,
        cpus: 1,
        clones: 1,
        directory: await mkdtemp(join(directory, 'boot-')),
      },
      { processes: createTestProcesses(signal), log: silentLog, clock: systemClock, signal, helpers: bundles },
    );
  }

  test(
    'is published and pulled by its changed parts, and boots on the host',
    async () => {
      const before = await makeGolden(directory);
      const after = await makeGolden(directory, { daemonVersion: newVersion });
      const first = await publish(before);
      const sentFirst = proxy.receivedBytes();
      await pull();
      const sentBefore = proxy.receivedBytes();
      await publish(after, first);
      const sent = proxy.receivedBytes() - sentBefore;
      const changed = await countChangedBytes(before.image.path, after.image.path);
      console.log(
        `${formatBytes(after.image.size)}, of which ${formatBytes(changed)} are in changed parts: ` +
          `sent ${formatBytes(sent)}, for the first version ${formatBytes(sentFirst)}`,
      );
      expect(changed).toBeGreaterThan(0);
      expect(sent).toBeLessThan(1.3 * changed);
      expect(await findBrokenVersions('ubuntu-base', store)).toEqual([]);

      const pulled = await pull();
      console.log(`a host with the previous version fetches ${formatBytes(pulled.transfer.fetched)}`);
      expect(pulled.transfer.fetched).toBeLessThan(1.3 * changed);
      const { clones } = await boot(pulled, after.digest);
      expect(clones).toHaveLength(1);
    },
    testBaseWithinMs + bootWithinMs,
  );
});

/** The number of bytes of the parts of a file that differ in another file. */
async function countChangedBytes(before: string, after: string): Promise<number> {
  const [one, other] = [await open(before), await open(after)];
  try {
    let changed = 0;
    for (let offset = 0; ; offset += partSize) {
      const [old, now] = (await Promise.all(
        [one, other].map(async (file) => {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(partSize), 0, partSize, offset);
          return buffer.subarray(0, bytesRead);
        }),
      )) as [Buffer, Buffer];
      if (now.length === 0) return changed;
      if (!old.equals(now)) changed += now.length;
    }
  } finally {
    await one.close();
    await other.close();
  }
}
