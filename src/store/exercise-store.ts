import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore, StagedObject, StageRequest } from '../objects/object-store.js';
import type { Clock } from '../platform/clock.js';
import { CancelledError, Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { probeKey } from './names.js';
import type { ProbeRequest } from './probe-store.js';

interface Ports {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

const dayMs = 24 * 3600 * 1000;

/**
 * Makes every call that a build, a cleanup or a pull makes, whatever `probeStore` has tried: lists objects and uploads,
 * reads a part of an object, resumes an upload, copies within the store, and deletes.
 * @returns the failures of calls that are denied or do not work, without those that only follow from an earlier one
 */
export async function exerciseStore(
  { image, owner }: ProbeRequest,
  { store, clock }: Ports,
): Promise<readonly Failure[]> {
  const begun = clock.now();
  const name = `${begun}-${owner}`;
  const object = probeKey(image, `${name}-read`);
  const failures: Failure[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Failure) || error instanceof CancelledError) throw error;
      if (!failures.some(({ message }) => message === error.message)) failures.push(error);
    }
  };
  await attempt(async () => drain(store.list(probeKey(image, ''))));
  await attempt(async () => drain(store.listStaged(() => false)));
  await attempt(async () => readBack(object, owner, store));
  await attempt(async () =>
    stageTwice({ key: probeKey(image, `${name}-upload`), copyFrom: object, owner, resumeSince: begun - dayMs }, store),
  );
  await attempt(async () => store.delete(object));
  return failures;
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

const bytes = Buffer.from('an object of ch-golden doctor');

async function readBack(key: string, owner: string, store: ObjectStore): Promise<void> {
  await store.createOnly(key, bytes, { owner, cacheControl: 'no-store' });
  const head = await store.head(key);
  const part = await store.open(key, { start: 3, length: 6 });
  const found = part === undefined ? undefined : await buffer(part);
  if (head?.size !== bytes.length || found?.equals(bytes.subarray(3, 9)) !== true)
    throw new Failure(`${store.uri(key)} reads back differently than it was written`, {
      fix: 'use a store with strong read-after-write consistency',
    });
}

interface Staging {
  readonly key: string;
  /** An object with the same bytes. */
  readonly copyFrom: string;
  readonly owner: string;
  readonly resumeSince: number;
}

/** The second time resumes the first. Neither is completed. */
async function stageTwice({ key, copyFrom, owner, resumeSince }: Staging, store: ObjectStore): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-exercise-'));
  const staged: StagedObject[] = [];
  try {
    const tag = (await store.head(copyFrom))?.tag;
    const ranges = [{ start: 0, length: bytes.length }];
    const unchanged = tag === undefined ? {} : { unchanged: { key: copyFrom, tag, ranges } };
    for (const [name, more] of [['copied', unchanged] as const, ['resumed', { resumeSince }] as const]) {
      const path = join(directory, name);
      await writeFile(path, bytes);
      const request: StageRequest = {
        key,
        path,
        size: bytes.length,
        chunks: [sha256Of(bytes)],
        writer: { owner, cacheControl: 'no-store' },
        ...more,
      };
      staged.push(await store.stage(request));
    }
  } finally {
    await rm(directory, { recursive: true });
    for (const upload of staged) await upload.abort();
  }
}
