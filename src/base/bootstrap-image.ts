import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import type { Clock } from '../platform/clock.js';
import { sha256Of, sha256OfFile, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { createRecipe, type Recipe } from './bootstrap-recipe.js';
import type { BaseCache } from './hash-base.js';
import { addToCache, tryGetCached, withScratch } from './image-cache.js';
import { createBootstrapImage } from './create-bootstrap.js';
import { dayOfSerial, isSerial, serialOf } from './serial.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A cached image that was built from packages. */
export interface BootstrapImage {
  readonly path: string;
  readonly sha256: string;
  /** The day on which it was built. */
  readonly serial: string;
}

/** The cached image for a recipe. */
interface IndexEntry {
  readonly sha256: string;
  readonly serial: string;
}

/**
 * Returns the cached image of a suite, however old, or builds a new one. A recipe is built only once, so that builds
 * are repeatable. Delete `bootstrap/` in the cache directory to rebuild it.
 */
export async function getBootstrapImage(suite: string, cache: BaseCache, ports: Ports): Promise<BootstrapImage> {
  const { cacheDirectory } = cache;
  const recipe = createRecipe(suite);
  const key = `${suite}-${sha256Of(JSON.stringify(recipe)).slice(0, 16)}`;
  const known = await tryGetKnown(key, cache, ports);
  if (known !== undefined) return known;
  return withScratch(
    cacheDirectory,
    `bootstrap-${key}`,
    ports,
    async (directory) =>
      (await tryGetKnown(key, cache, ports)) ??
      (await createAndCache({ recipe, key, cacheDirectory, directory }, ports)),
  );
}

async function tryGetKnown(key: string, cache: BaseCache, ports: Ports): Promise<BootstrapImage | undefined> {
  const entry = await tryReadEntry(entryPath(cache.cacheDirectory, key));
  if (entry === undefined) return undefined;
  const path = await tryGetCached(cache, entry.sha256, ports);
  if (path === undefined) return undefined;
  const days = Math.floor((ports.clock.now() - dayOfSerial(entry.serial)) / (24 * 3600 * 1000));
  ports.log.info(`Base ${key}: cached, built on ${entry.serial} (${days} days ago)`);
  return { path, ...entry };
}

async function tryReadEntry(path: string): Promise<IndexEntry | undefined> {
  try {
    const { sha256, serial } = JSON.parse(await readFile(path, 'utf8')) as Partial<IndexEntry>;
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    return typeof serial === 'string' && isSerial(serial) ? { sha256, serial } : undefined;
  } catch {
    return undefined;
  }
}

interface CreateRequest {
  readonly recipe: Recipe;
  readonly key: string;
  readonly cacheDirectory: string;
  readonly directory: string;
}

async function createAndCache(
  { recipe, key, cacheDirectory, directory }: CreateRequest,
  ports: Ports,
): Promise<BootstrapImage> {
  const serial = serialOf(ports.clock.now());
  const image = await createBootstrapImage({ recipe, directory, time: dayOfSerial(serial) / 1000 }, ports);
  const sha256 = await sha256OfFile(image, ports.signal);
  const path = await addToCache(cacheDirectory, image, sha256);
  const entry = entryPath(cacheDirectory, key);
  await createDirectories(dirname(entry));
  await writeFileAtomically(entry, `${JSON.stringify({ sha256, serial } satisfies IndexEntry)}\n`);
  return { path, sha256, serial };
}

function entryPath(cacheDirectory: string, key: string): string {
  return join(cacheDirectory, 'bootstrap', `${key}.json`);
}
