import { expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

test('a disk that fills up leaves the version before in use, and the pull goes on when there is room', async () => {
  const directory = await makeTestDirectory('full disk');
  const processes = createTestProcesses();
  try {
    const at = (name: string): string => join(directory.path, name);
    await compileSources(
      ['src/store', 'src/host', 'test/fixtures/pull-on-full-disk.ts', 'test/fixtures/ports.ts'],
      at('compiled'),
    );
    const store = createDirectoryStore(at('store'), { processes });
    await publishTestVersion(store, { image: makeImage(10) });
    await publishTestVersion(store, { image: makeImage(20, [], 2) });
    await mkdir(at('disk'));
    const { stdout } = await processes.run({
      argv: [
        'unshare',
        '--user',
        '--map-root-user',
        '--mount',
        'sh',
        '-c',
        'mount -t tmpfs -o size=56m tmpfs "$2" && exec "$0" "$3" "$1" "$2"',
        process.execPath,
        at('store'),
        at('disk'),
        at('compiled/test/fixtures/pull-on-full-disk.js'),
      ],
    });
    const [first, filled, full, roomy] = stdout
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            readonly error?: string;
            readonly transfer?: { readonly fetched: number; readonly reused: number };
            readonly inUse: number;
          },
      );
    expect(first).toMatchObject({ inUse: 1, transfer: { reused: 0 } });
    expect(filled).toMatchObject({
      inUse: 1,
      error: expect.stringMatching(/^the disk is full: .*: .*\/snapshots\/\.partial-.*$/),
    });
    expect(full).toMatchObject({
      inUse: 1,
      error: expect.stringMatching(/not enough disk space in .* needed, .* free$/),
    });
    expect(roomy).toMatchObject({ inUse: 2, transfer: { fetched: expect.any(Number) } });
  } finally {
    await directory.remove();
  }
});
