import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { installFakeVmm, type FakeVmm } from '../fixtures/install-fake-vmm.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeBase, makeDisk, nobleDisk } from '../fixtures/small-image.js';
import { runsAll, pickCases, seed } from './how-many.js';
import { startOwnMounts, type OwnMounts } from './own-mounts.js';
import { expectNothingLeft, expectRejection, createPipeline, type RunResult, type Pipeline } from './pipeline.js';

/*
 * Hostile guests and builders, through the whole CLI. Cloud Hypervisor is the fake of test/fixtures, whose guest
 * misbehaves as configured. /dev/kvm is a device that can be opened, in a mount namespace of the test.
 */

const processes = createTestProcesses();
/** For all processes together, including those of the fake VMM. */
const maxMemoryMiB = 512;

/**
 * Replaces /dev with one whose /dev/kvm can be opened, and the CPU with one that reports virtualization, whatever this
 * machine has.
 */
const devices = `mount -t tmpfs -o mode=755 none "$1"
for name in null zero full random urandom tty fuse; do touch "$1/$name"; mount --bind "/dev/$name" "$1/$name"; done
touch "$1/kvm"; mount --bind /dev/null "$1/kvm"
mkdir "$1/net" "$1/shm"; mount --rbind /dev/net "$1/net"; ln -s /proc/self/fd "$1/fd"
sed 's/^flags.*/& svm/' /proc/cpuinfo >"$1/cpuinfo"; mount --bind "$1/cpuinfo" /proc/cpuinfo
mount --rbind "$1" /dev`;

let pipeline: Pipeline;
let base: string;
let mounts: OwnMounts;
/** The target of a guest's redirects. It must not get any request. */
let redirectTarget: { readonly url: string; readonly seen: string[]; close(): void };
beforeAll(async () => {
  pipeline = await createPipeline('guests');
  const raw = join(pipeline.directory, 'base.raw');
  await makeDisk(raw, nobleDisk, processes);
  base = (await makeBase(raw, 'zlib', processes)).path;
  mounts = await startOwnMounts();
  await mkdir(join(pipeline.directory, 'dev'));
  await mounts.run(devices, join(pipeline.directory, 'dev'));
  redirectTarget = await startRedirectTarget();
});
afterAll(async () => {
  redirectTarget.close();
  await mounts.end();
  await pipeline.remove();
});

async function startRedirectTarget(): Promise<typeof redirectTarget> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end('{"version":"v1"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen, close: () => void server.close() };
}

const askedIn = (place: string): string => join(place, 'asked');

/** The time limit of a process passes when the daemon in the guest has been asked, however long that takes. */
function passTimeWhenAsked(place: string): readonly string[] {
  const script = `import { existsSync } from 'node:fs';
    const real = performance.now.bind(performance);
    performance.now = () => real() + (existsSync(${JSON.stringify(askedIn(place))}) ? ${31 * 60_000} : 0);`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

/** A build whose image the fake VMM boots. */
async function buildAndBoot(
  place: string,
  behaviour: NonNullable<FakeVmm['behaviour']>,
  node: readonly string[] = passTimeWhenAsked(place),
): Promise<RunResult> {
  const endsItself = behaviour === 'floods its console' || behaviour === 'dies after boot';
  const fake = { behaviour, elsewhere: redirectTarget.url, ...(endsItself ? {} : { asked: askedIn(place) }) };
  await installFakeVmm(place, fake, new AbortController().signal);
  return pipeline.build(
    place,
    {
      'base-image': base,
      smoke: 'true',
      vmm: 'cloud-hypervisor',
      clones: '1',
      'smoke-timeout': '30m',
      'smoke-memory': '256M',
    },
    {
      prefix: mounts.enter,
      node,
      environment: { PATH: `${join(place, 'bin')}:${process.env['PATH'] ?? ''}` },
    },
  );
}

const unproven = /^ch-golden: smoke-1: timed out after \d+ s: the daemon is not healthy/;
const guests = pickCases<readonly [behaviour: NonNullable<FakeVmm['behaviour']>, message: RegExp]>(
  [
    ['floods its console', /^ch-golden: smoke-1 wrote more than 64 MiB to its console$/],
    ['writes gibberish', new RegExp(`${unproven.source} \\(GET /health returned 500\\)`)],
    ['answers without an end', new RegExp(`${unproven.source} \\(response larger than 64 KiB\\)`)],
    ['drips', unproven],
    ['sends elsewhere', new RegExp(`${unproven.source} \\(GET /health returned 302\\)`)],
    ['never answers', unproven],
    ['dies after boot', /^ch-golden: smoke-1: the VMM exited with code 1 unexpectedly$/],
  ],
  3,
);

describe(`a hostile guest (FAULTS_SEED=${seed})`, () => {
  const started = new Map<string, { readonly place: string; readonly finished: Promise<RunResult> }>();
  beforeAll(async () => {
    for (const [behaviour] of guests) {
      const place = await pipeline.createPlace();
      started.set(behaviour, { place, finished: buildAndBoot(place, behaviour) });
    }
  });

  test.each(guests)('%s', async (behaviour, message) => {
    const { place, finished } = started.get(behaviour)!;
    const result = await finished;
    expectRejection(result, message);
    expect(result.peakMiB).toBeLessThan(maxMemoryMiB);
    expect(result.stderr).not.toMatch(/[\u001b\u0007\u202e]|^::/m);
    expect(redirectTarget.seen).toEqual([]);
    await expectNothingLeft(place);
  });
});

test('a time limit is the same if the clock is set back or forward by a day', async () => {
  const jump = (milliseconds: number): readonly string[] => {
    const jumped = `real() + (performance.now() > 3000 ? ${milliseconds} : 0)`;
    const script = `const real = Date.now; Date.now = () => ${jumped};`;
    return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
  };
  const day = 24 * 3_600_000;
  const [back, forward] = await Promise.all(
    [-day, day].map(async (milliseconds) => {
      const place = await pipeline.createPlace();
      return buildAndBoot(place, 'never answers', [...jump(milliseconds), ...passTimeWhenAsked(place)]);
    }),
  );
  for (const result of [back, forward]) {
    expectRejection(result!, unproven);
    expect(Number(/timed out after (\d+) s/.exec(result!.stderr)?.[1])).toBeLessThan(3600);
  }
});

describe('a hostile builder', () => {
  const much = `head -c ${runsAll ? 1_000_000_000 : 80_000_000} /dev/zero | tr "\\0" "x"`;
  test.each<readonly [what: string, script: string, message: RegExp]>([
    ['prints a gigabyte on one line', much, /npx printed more than 64 MiB$/],
    ['prints a gigabyte of lines', `${much} | fold -w 1000`, /npx printed more than 64 MiB$/],
    [
      'leaves a process that ignores SIGTERM and holds its output',
      '(trap "" TERM HUP; exec sleep 1000) &',
      /did not write dist\/apps/,
    ],
  ])('%s', async (_, script, message) => {
    const place = await pipeline.createPlace();
    await mkdir(join(place, 'node_modules/.bin'), { recursive: true });
    await mkdir(join(place, 'bin'));
    await writeFile(join(place, 'node_modules/.bin/nx'), '');
    await writeFile(join(place, 'bin/npx'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const result = await pipeline.build(
      place,
      { 'base-image': base, 'daemon-builder': 'nx', 'daemon-binary': '', 'daemon-source': place },
      {
        environment: { PATH: `${join(place, 'bin')}:${process.env['PATH'] ?? ''}` },
      },
    );
    expectRejection(result, message);
    expect(result.peakMiB).toBeLessThan(maxMemoryMiB);
    await expectNothingLeft(place);
  });
});
