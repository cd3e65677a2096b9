import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../src/platform/fs/files.js';
import { listFiles } from '../fixtures/list-files.js';
import {
  waitForNoLeftovers,
  listNetworks,
  createDaemon,
  createSmallBuilds,
  readStore,
  type BuildResult,
  type SmallBuilds,
} from '../fixtures/small-builds.js';
import { chooseCount, runsAll, pickCases, seed } from './how-many.js';

/* Concurrent builds with the same store, cache and work directory. */

interface Kind {
  readonly what: string;
  readonly imageOf: (build: number) => string;
  readonly daemonOf: (build: number) => number;
}

const kinds: readonly Kind[] = [
  { what: 'of one image, each with a different daemon', imageOf: () => 'ubuntu-base', daemonOf: (build) => build },
  { what: 'of one image, all with one daemon', imageOf: () => 'ubuntu-base', daemonOf: () => 1 },
  { what: 'of different images', imageOf: (build) => `ubuntu-base.flavour${build}`, daemonOf: (build) => build },
];
const sizes = runsAll ? [2, 3, 5, 8] : [2];
const cases = sizes.flatMap((size) => kinds.map((kind) => ({ ...kind, size })));

let builds: SmallBuilds;
beforeAll(async () => {
  builds = await createSmallBuilds('side-by-side');
});
afterAll(async () => builds.remove());

describe(`FAULTS_SEED=${seed}`, () => {
  test.each(pickCases(cases, 1))(
    '$size at once $what',
    async ({ what, size, imageOf, daemonOf }) => {
      const place = await builds.createPlace(`${size} ${what}`);
      const networks = await listNetworks();
      const numbers = Array.from({ length: size }, (_, index) => index + 1);
      const start = async (build: number): Promise<BuildResult> =>
        (
          await builds.start({
            place,
            user: 'as a plain user',
            daemon: daemonOf(build),
            inputs: { 'image-name': imageOf(build), 'if-unchanged': 'build', keep: String(size + 1) },
          })
        ).exited;
      const results = await Promise.all(numbers.map(start));
      expect(results.map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual(
        numbers.map(() => ({ code: 0, stderr: '' })),
      );
      expect(await waitForNoLeftovers(place)).toEqual([]);
      expect(await listNetworks()).toEqual(networks);
      expect(await readdir(join(place, 'work'))).toEqual([]);
      expect((await listFiles(join(place, 'store'))).filter((name) => name.startsWith('.'))).toEqual(['.locks/swap']);

      for (const image of new Set(numbers.map(imageOf))) {
        const own = numbers.filter((build) => imageOf(build) === image);
        const versions = own.map((_, index) => index + 1);
        // A build prints its version.
        const daemons = Object.fromEntries(
          own.map((build) => [claimOf(image, results[build - 1]!), sha256Of(createDaemon(daemonOf(build)))] as const),
        );
        expect(await readStore(place, image)).toMatchObject({
          versions: [...versions].reverse(),
          latest: own.length,
          problems: [],
          daemons,
        });
      }
    },
    chooseCount(20, 60) * 60_000,
  );
});

function claimOf(image: string, { stderr }: BuildResult): number {
  return Number(new RegExp(`^Claim version: ${image}\\.(\\d+)$`, 'm').exec(stderr)?.[1]);
}
