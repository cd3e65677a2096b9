import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../src/platform/fs/files.js';
import { startHookedServer, type HookedServer } from './hooked-server.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeBase, makeDisk, nobleDisk } from '../fixtures/small-image.js';
import { runsAll, pickCases, seed } from './how-many.js';
import { startOwnMounts, type OwnMounts } from './own-mounts.js';
import { listFiles } from '../fixtures/list-files.js';
import { expectRejection, createPipeline, type RunResult, type Inputs, type Pipeline } from './pipeline.js';

/*
 * Full and unreadable disks, through the whole CLI. Each directory of a case is a tmpfs in a private mount namespace.
 * It has free space during preflight, and fills up when the run requests the base or the image from the server.
 */

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;

let pipeline: Pipeline;
let server: HookedServer;
let raw: string;
let image: Buffer;
beforeAll(async () => {
  pipeline = await createPipeline('full disks');
  server = await startHookedServer();
  raw = join(pipeline.directory, 'base.raw');
  await makeDisk(raw, nobleDisk, processes);
  image = await readFile((await makeBase(raw, 'zlib', processes)).path);
  server.serve('/base.img', image);
});
afterAll(async () => {
  await server.close();
  await pipeline.remove();
});

const directories = ['cache', 'work', 'store', 'output', 'report', 'host'] as const;
type Directory = (typeof directories)[number];

interface Place {
  readonly path: string;
  readonly mounts: OwnMounts;
  /** Limits the free space of a directory, in KiB. */
  leave(directory: Directory, kibibytes: number): Promise<void>;
  /** The files below a directory. */
  list(directory: Directory): Promise<readonly string[]>;
  build(inputs?: Inputs): Promise<RunResult>;
  pull(): Promise<RunResult>;
}

async function withPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const path = await pipeline.createPlace();
  const mounts = await startOwnMounts();
  try {
    const at = (directory: Directory): string => join(path, directory);
    for (const directory of directories)
      await mounts.run('mkdir "$1"; mount -t tmpfs -o size=2g,mode=755 none "$1"', at(directory));
    const base = { 'base-image': `${server.url}/base.img`, 'base-sha256': sha256Of(image) };
    await work({
      path,
      mounts,
      leave: async (directory, kibibytes) => {
        const { blocks, bfree, bsize } = await statfs(mounts.reach(at(directory)));
        await mounts.run(
          'mount -o "remount,size=$2k" "$1"',
          at(directory),
          String(((blocks - bfree) * bsize) / 1024 + kibibytes),
        );
      },
      list: async (directory) => listFiles(mounts.reach(at(directory))),
      build: async (inputs = {}) => pipeline.build(path, { ...base, ...inputs }, { prefix: mounts.enter }),
      pull: async () =>
        pipeline.cli(['pull', '--store', `${server.url}/mirror`, '--root', at('host')], { prefix: mounts.enter }),
    });
  } finally {
    server.onRequest(async () => Promise.resolve());
    await mounts.end();
  }
}

/** Files that a run should not leave behind: incomplete versions and temporary files. */
async function findRemains({ list }: Place): Promise<readonly string[]> {
  return [
    ...(await list('work')).map((name) => `work/${name}`),
    ...(await list('cache')).filter((name) => name.startsWith('work/')).map((name) => `cache/${name}`),
    ...(await list('store')).filter((name) => name !== '.locks/swap').map((name) => `store/${name}`),
    ...(await list('output')).map((name) => `output/${name}`),
  ];
}

/** In KiB. A tmpfs counts in pages, and with a size of 0 it would have no limit. */
const [nothing, plenty] = [4, 2 * mebibyte];
const full = /no space left on device|the disk is full|has no room|no room for|disk full/i;

/** The free KiB of each directory, chosen so that a build fills it up at each of its steps. */
const left = {
  cache: [nothing, 64, 600, 1200],
  work: runsAll
    ? [nothing, ...Array.from({ length: 25 }, (_, index) => 100 + index * 150)]
    : [nothing, 100, 400, 1000, 1500, 2000],
  store: [nothing, 300, 1000, 1500, 2300],
  output: [nothing, 300, 1000],
} as const;

describe(`a disk that fills up while a build runs (FAULTS_SEED=${seed})`, () => {
  for (const directory of ['cache', 'work', 'store', 'output'] as const) {
    for (const kibibytes of pickCases(left[directory], 1))
      test(`${directory}: ${kibibytes} KiB`, async () =>
        withPlace(async (place) => {
          server.onRequest(async () => place.leave(directory, kibibytes));
          const inputs: Inputs = directory === 'output' ? { 'output-folder': join(place.path, 'output') } : {};
          const result = await place.build(inputs);
          if (result.code !== 0) expectRejection(result, full, /./);
          if (result.code !== 0 && directory !== 'output') expect(await findRemains(place)).toEqual([]);
          server.onRequest(async () => Promise.resolve());
          await place.leave(directory, plenty);
          expect(await place.build({ ...inputs, 'if-unchanged': 'build' })).toMatchObject({ code: 0 });
        }));
  }
});

describe(`a disk that fills up while a host pulls (FAULTS_SEED=${seed})`, () => {
  for (const kibibytes of pickCases([nothing, 200, 600, 1000, 1500], 1))
    test(`${kibibytes} KiB`, async () =>
      withPlace(async (place) => {
        expect(await place.build()).toMatchObject({ code: 0 });
        for (const name of await place.list('store'))
          server.serve(`/mirror/${name}`, await readFile(place.mounts.reach(join(place.path, 'store', name))));
        let isFull = false;
        server.onRequest(async (path) => {
          if (isFull || path.includes('.json')) return;
          isFull = true;
          await place.leave('host', kibibytes);
        });
        expectRejection(await place.pull(), /the disk is full|not enough disk space/, /./);
        expect(await place.list('host')).not.toContain('current/ubuntu-base');
        server.onRequest(async () => Promise.resolve());
        await place.leave('host', plenty);
        expect(await place.pull()).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^in use +ubuntu-base\.1$/m),
        });
      }));
});

/** Exports a file through QEMU over another one, with an unreadable sector. */
async function exportBadSector({ mounts, path }: Place, file: string, at: string, sector: number): Promise<void> {
  const broken = {
    driver: 'blkdebug',
    'node-name': 'bad',
    image: { driver: 'file', filename: file, locking: 'off' },
    'read-only': true,
    'inject-error': [{ event: 'none', iotype: 'read', errno: 5, sector }],
  };
  await mounts.run(
    'touch "$2"; setpriv --pdeathsig KILL -- qemu-storage-daemon --daemonize --pidfile "$4" --blockdev "$1" ' +
      '--export "type=fuse,id=bad,node-name=bad,mountpoint=$3,writable=off"',
    JSON.stringify(broken),
    at,
    at.replaceAll(',', ',,'),
    join(path, 'work', 'pid'),
  );
}

describe('a base that cannot be read', () => {
  const first = 0;
  const middle = (20 * mebibyte) / 512;
  const cases: readonly (readonly [what: string, sector: number])[] = [
    ['in its first sector', first],
    ['in its middle', middle],
  ];
  for (const [what, sector] of cases)
    test(what, async () =>
      withPlace(async (place) => {
        const bad = join(place.path, 'bad.raw');
        await exportBadSector(place, raw, bad, sector);
        const result = await place.build({ 'base-image': bad, 'base-sha256': '' });
        await place.mounts.run(
          'kill "$(cat "$1")"; while [ -e "$1" ]; do sleep 0.02; done',
          join(place.path, 'work', 'pid'),
        );
        expectRejection(result, /EIO: i\/o error, read: .*bad\.raw$/, /the disk may be failing/);
        expect(await findRemains(place)).toEqual([]);
        expect(await place.build({ 'base-image': raw, 'base-sha256': '' })).toMatchObject({ code: 0 });
      }),
    );
});
