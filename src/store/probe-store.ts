import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { errorMessage } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { waitTogether } from '../platform/concurrency.js';
import { parseImageName, probeKey } from './names.js';
import type { ObjectStore, Writer } from '../objects/object-store.js';

export interface ProbeRequest {
  readonly image: string;
  /** Unique for this run. */
  readonly owner: string;
}

interface Ports {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** An object of the probe, and who writes what to it: each writer has a name of its own, as each publisher has. */
interface Probe {
  readonly key: string;
  readonly store: ObjectStore;
  readonly contentOf: (label: string) => readonly [Buffer, Writer];
}

const racers = 16;
/** Bytes. */
const limit = 1024;
/** A probe takes seconds: the objects of one that began so long ago were left by a run that was killed. */
const deadAfterMs = 24 * 3600 * 1000;

/**
 * Tries out what versions rely on: a write that must only create never replaces, nor does what was staged, and of many swaps
 * from one content one succeeds; one by one, and all at once, since a store that looks first and writes later is found out by nothing else.
 * Answers with what the store does instead, one line each; empty where all is well.
 * @throws Failure where the store cannot be written to at all
 */
export async function probeStore({ image, owner }: ProbeRequest, ports: Ports): Promise<readonly string[]> {
  parseImageName(image);
  // Whoever may not list can probe all the same.
  await removeDeadProbes(image, ports).catch((error: unknown) =>
    ports.log.detail(`what dead probes left was not looked for: ${errorMessage(error)}`),
  );
  const begun = ports.clock.now();
  const makeProbe = (name: string): Probe => ({
    key: probeKey(image, `${begun}-${owner}-${name}`),
    store: ports.store,
    contentOf: (label) => [Buffer.from(label), { owner: `${owner}-${label}`, cacheControl: 'no-store' }],
  });
  const [swapped, created, completed] = [makeProbe('swap'), makeProbe('create'), makeProbe('complete')];
  try {
    return (
      await waitTogether([probeSmallWrites(swapped, created), probeCompletion(completed)], () => undefined)
    ).flat();
  } finally {
    for (const { key } of [swapped, created, completed]) await removeProbe(key, ports);
  }
}

async function probeSmallWrites(swapped: Probe, created: Probe): Promise<readonly string[]> {
  return [...(await probeOneByOne(swapped)), ...(await probeSwapRace(swapped)), ...(await probeCreationRace(created))];
}

/** Of S3's writes that must only create, the completion of an upload is one of its own: there are servers that know the condition of the others alone. */
async function probeCompletion({ key, store, contentOf }: Probe): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-probe-'));
  try {
    const path = join(directory, 'staged');
    const [bytes, writer] = contentOf('staged');
    await writeFile(path, bytes);
    await store.createOnly(key, ...contentOf('first'));
    const staged = await store.stage({ key, path, size: bytes.length, chunks: [sha256Of(bytes)], writer });
    const outcome = await staged.complete();
    const found = await store.read(key, limit);
    return outcome === 'exists' && found?.bytes.toString() === 'first'
      ? []
      : ['a file that is completed replaces what is there'];
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function probeOneByOne({ key, store, contentOf }: Probe): Promise<readonly string[]> {
  const defects: string[] = [];
  await store.createOnly(key, ...contentOf('first'));
  const first = await store.read(key, limit);
  if (first?.bytes.toString() !== 'first') return ['what was written is not what is read'];
  if ((await store.createOnly(key, ...contentOf('second'))) === 'created')
    defects.push('a write that must only create replaces what is there');
  if ((await store.compareAndSwap(key, undefined, ...contentOf('third'))) === 'swapped')
    defects.push('a swap that expects nothing replaces what is there');
  const current = await store.read(key, limit);
  if ((await store.compareAndSwap(key, current?.tag, ...contentOf('fourth'))) === 'lost')
    defects.push('a swap from the present content is refused');
  if ((await store.compareAndSwap(key, first.tag, ...contentOf('fifth'))) === 'swapped')
    defects.push('a swap from an outdated content goes through');
  return defects;
}

async function probeSwapRace(probe: Probe): Promise<readonly string[]> {
  const { key, store, contentOf } = probe;
  const tag = (await store.read(key, limit))?.tag;
  return race(
    probe,
    'that swap from one content',
    async (label) => (await store.compareAndSwap(key, tag, ...contentOf(label))) === 'swapped',
  );
}

async function probeCreationRace(probe: Probe): Promise<readonly string[]> {
  const { key, store, contentOf } = probe;
  const joinBarrier = createBarrier(racers);
  return race(probe, 'that must only create', async (label) => {
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
    return [`of ${racers} writers at once ${what}, ${winner === undefined ? 0 : 1 + more.length} succeed`];
  const found = await store.read(key, limit);
  return found?.bytes.equals(contentOf(winner)[0]) === true
    ? []
    : [`of ${racers} writers at once ${what}, one succeeds, and another's content stays`];
}

/** Each participant gets a function that waits until all have called theirs; one that ends early calls it without waiting. */
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

async function removeDeadProbes(image: string, ports: Ports): Promise<void> {
  const prefix = probeKey(image, '');
  const dead: string[] = [];
  for await (const { key } of ports.store.list(prefix)) {
    // With a dot behind it would be of an image whose name begins so.
    const begun = /^(\d+)-[^.]+$/.exec(key.slice(prefix.length))?.[1];
    if (begun !== undefined && ports.clock.now() - Number(begun) > deadAfterMs) dead.push(key);
  }
  for (const key of dead) await removeProbe(key, ports);
}

async function removeProbe(key: string, { store, log }: Pick<Ports, 'store' | 'log'>): Promise<void> {
  try {
    await store.delete(key);
  } catch (error) {
    log.warn(`${store.uri(key)} is left over from the probe of the store: ${errorMessage(error)}`);
  }
}
