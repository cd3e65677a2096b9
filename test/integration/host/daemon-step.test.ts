import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { GoldenImage } from '../../../src/image/golden-image.js';
import type { ObjectReader } from '../../../src/objects/object-store.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { countBytes, image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import {
  below,
  bootTree,
  guestTree,
  linuxRootX86,
  makeBase,
  makeDisk,
  makeTestDirectory,
} from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const mebibyte = 1024 ** 2;

test('another daemon in the same base costs the bytes of the daemon', async () => {
  const directory = await makeTestDirectory('daemon step');
  const processes = createTestProcesses();
  try {
    const raw = join(directory.path, 'disk.raw');
    const tree = { ...guestTree, ...below('boot', bootTree()), 'usr/share/large': makeBytes(9, 40 * mebibyte) };
    await makeDisk(
      raw,
      {
        table: 'gpt',
        partitions: [{ number: 1, sizeMiB: 80, type: linuxRootX86, content: { tree, label: 'cloudimg-rootfs' } }],
      },
      processes,
    );
    const base = await makeBase(raw, 'zlib', processes);
    const build = async (name: string, daemonBytes: number): Promise<GoldenImage> =>
      assemble(
        base,
        { directory: directory.path, name },
        { edits: await planTestDaemon(directory.path, daemonBytes) },
        processes,
      );
    const [one, other] = [await build('one', 2 * mebibyte), await build('other', 2 * mebibyte + 5000)];
    const store = createMemoryStore();
    const publish = async ({ image: disk, kernel, initramfs }: GoldenImage): Promise<Buffer> => {
      const bytes = await readFile(disk.path);
      await publishTestVersion(store, {
        image: bytes,
        kernel: await readFile(kernel.path),
        initramfs: await readFile(initramfs.path),
      });
      return bytes;
    };
    const pull = async (from: ObjectReader): Promise<Pulled> =>
      pullVersion(
        { root: join(directory.path, 'host'), image, wanted: 'latest', verify: false },
        {
          store: from,
          processes,
          log: silentLog,
          clock: createTestClock(),
          signal: new AbortController().signal,
        },
      );
    const before = await publish(one);
    await pull(store);
    const after = await publish(other);
    const counted = countBytes(store);
    const { transfer } = await pull(counted);

    const changed = Array.from({ length: Math.ceil(after.length / mebibyte) }, (_, chunk) => chunk).filter(
      (chunk) =>
        !after
          .subarray(chunk * mebibyte, (chunk + 1) * mebibyte)
          .equals(before.subarray(chunk * mebibyte, (chunk + 1) * mebibyte)),
    );
    console.log(
      `an image of ${(after.length / mebibyte).toFixed(1)} MiB: ${changed.length} chunks differ, ` +
        `${(counted.seen.bytes / mebibyte).toFixed(1)} MiB fetched`,
    );
    expect(counted.seen.bytes).toBe(transfer.fetched);
    expect(counted.seen.bytes).toBeGreaterThan(0);
    expect(counted.seen.bytes).toBeLessThanOrEqual(1.3 * changed.length * mebibyte);
    expect(counted.seen.bytes).toBeLessThan(after.length / 4);
  } finally {
    await directory.remove();
  }
});
