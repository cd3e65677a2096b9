import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { waitTogether } from '../platform/concurrency.js';
import { parseImageName, probeKey } from './names.js';
import type { ObjectStore, Writer } from '../objects/object-store.js';
import type { StorePorts } from './store-ports.js';

export interface ProbeRequest {
  readonly image: string;
  /** Unique for this run. */
  readonly owner: string;
}

/** An object of the probe, and its content by label. Each label is a writer with its own name, like a publisher. */
interface Probe {
  readonly key: string;
  readonly store: ObjectStore;
  readonly contentOf: (label: string) => readonly [Buffer, Writer];
}

const racers = 16;
const limitBytes = 1024;
/** A probe takes seconds. Objects of a probe this old were left by a run that was killed. */
const deadAfterMs = 24 * 3600 * 1000;

/**
 * Tries what versions rely on: create-only writes and staged files never replace an object, and of many swaps from the
 * same content exactly one succeeds. Tries each alone and many at once, since only a race exposes a store that checks
 * first and writes later.
 * @returns the defects found, one line each
 * @throws Failure if the store cannot be written to
 */
export async function probeStore({ image, owner }: ProbeRequest, ports: StorePorts): Promise<readonly string[]> {
  parseImageName(image);
  // A probe needs no permission to list.
  await removeDeadProbes(image, ports).catch((error: unknown) =>
    ports.log.detail(`Did not look for objects left by earlier probes: ${errorMessage(error)}`),
  );
  const startedMs = ports.clock.now();
  const written = new Set<string>();
  const store = recordCreated(ports.store, written);
  const createProbe = (name: string): Probe => ({
    key: probeKey(image, `${startedMs}-${owner}-${name}`),
    store,
    contentOf: (label) => [Buffer.from(label), { owner: `${owner}-${label}`, cacheControl: 'no-store' }],
  });
  const [swapped, created, completed] = [createProbe('swap'), createProbe('create'), createProbe('complete')];
  try {
    return (
      await waitTogether([probeSmallWrites(swapped, created), probeCompletion(completed)], () => undefined)
    ).flat();
  } finally {
    // After an error a write may still have happened, but a warning about what was never written would mislead.
    await removeProbes(
      [swapped, created, completed].map(({ key }) => key),
      ports,
      (key) => written.has(key),
    );
  }
}

/** The same store, which records what was certainly written: each object of the probe begins with a `createOnly`. */
function recordCreated(store: ObjectStore, written: Set<string>): ObjectStore {
  return {
    ...store,
    createOnly: async (key, ...rest) => {
      const outcome = await store.createOnly(key, ...rest);
      if (outcome === 'created') written.add(key);
      return outcome;
    },
  };
}

async function probeSmallWrites(swapped: Probe, created: Probe): Promise<readonly string[]> {
  return [...(await probeOneByOne(swapped)), ...(await probeSwapRace(swapped)), ...(await probeCreationRace(created))];
}

/** Some S3 servers honour `If-None-Match` on PutObject and ignore it on CompleteMultipartUpload. */
async function probeCompletion({ key, store, contentOf }: Probe): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-probe-'));
  try {
    const path = join(directory, 'staged');
    const [bytes, writer] = contentOf('staged');
    await writeFile(path, bytes);
    await store.createOnly(key, ...contentOf('first'));
    const staged = await store.stage({ key, path, size: bytes.length, chunks: [sha256Of(bytes)], writer });
    const outcome = await staged.complete();
    const found = await store.read(key, limitBytes);
    return outcome === 'exists' && found?.bytes.toString() === 'first'
      ? []
      : ['completing an upload replaces an existing object'];
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function probeOneByOne({ key, store, contentOf }: Probe): Promise<readonly string[]> {
  const defects: string[] = [];
  await store.createOnly(key, ...contentOf('first'));
  const first = await store.read(key, limitBytes);
  if (first?.bytes.toString() !== 'first') return ['a read does not return what was written'];
  if ((await store.createOnly(key, ...contentOf('second'))) === 'created')
    defects.push('a create-only write replaces an existing object');
  if ((await store.compareAndSwap(key, undefined, ...contentOf('third'))) === 'swapped')
    defects.push('a swap that expects no object replaces an existing one');
  const current = await store.read(key, limitBytes);
  if ((await store.compareAndSwap(key, current?.tag, ...contentOf('fourth'))) === 'lost')
    defects.push('a swap from the current content is rejected');
  if ((await store.compareAndSwap(key, first.tag, ...contentOf('fifth'))) === 'swapped')
    defects.push('a swap from outdated content succeeds');
  return defects;
}

async function probeSwapRace(probe: Probe): Promise<readonly string[]> {
  const { key, store, contentOf } = probe;
  const tag = (await store.read(key, limitBytes))?.tag;
  return race(
    probe,
    'swaps from the same content',
    async (label) => (await store.compareAndSwap(key, tag, ...contentOf(label))) === 'swapped',
  );
}

async function probeCreationRace(probe: Probe): Promise<readonly string[]> {
  const { key, store, contentOf } = probe;
  const joinBarrier = createBarrier(racers);
  return race(probe, 'create-only writes', async (label) => {
    const arrive = joinBarrier();
    try {
      return (await store.createOnly(key, ...contentOf(label), arrive)) === 'created';
    } finally {
      void arrive();
    }
  });
}

async function race(
  { key, store, contentOf }: Probe,
  what: string,
  tryWrite: (label: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const labels = Array.from({ length: racers }, (_, racer) => `racer-${racer}`);
  const successes = await waitTogether(labels.map(tryWrite), () => undefined);
  const [winner, ...more] = labels.filter((_, racer) => successes[racer] === true);
  if (winner === undefined || more.length > 0)
    return [`${winner === undefined ? 0 : 1 + more.length} of ${racers} concurrent ${what} succeed, instead of 1`];
  const found = await store.read(key, limitBytes);
  return found?.bytes.equals(contentOf(winner)[0]) === true
    ? []
    : [`1 of ${racers} concurrent ${what} succeeds, but the content of a different one is stored`];
}

/** Each participant gets a function that waits until all have called theirs. One that fails calls it unawaited. */
function createBarrier(count: number): () => () => Promise<void> {
  let missing = count;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    let arrived = false;
    return async () => {
      if (!arrived) missing -= 1;
      arrived = true;
      if (missing === 0) open();
      return opened;
    };
  };
}

async function removeDeadProbes(image: string, ports: StorePorts): Promise<void> {
  const prefix = probeKey(image, '');
  const dead: string[] = [];
  for await (const { key } of ports.store.list(prefix)) {
    // A key with a dot belongs to an image whose name starts the same.
    const startedMs = /^(\d+)-[^.]+$/.exec(key.slice(prefix.length))?.[1];
    if (startedMs !== undefined && ports.clock.now() - Number(startedMs) > deadAfterMs) dead.push(key);
  }
  if (dead.length > 0) await removeProbes(dead, ports, () => true);
}

async function removeProbes(
  keys: readonly string[],
  { store, log }: Pick<StorePorts, 'store' | 'log'>,
  wasWritten: (key: string) => boolean,
): Promise<void> {
  try {
    await store.deleteMany(keys);
  } catch (error) {
    for (const key of keys) {
      const line = `could not remove ${store.uri(key)}, left by the store check: ${errorMessage(error)}`;
      if (wasWritten(key)) log.warn(line);
      else log.detail(line);
    }
  }
}
