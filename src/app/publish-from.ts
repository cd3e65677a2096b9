import { fileURLToPath } from 'node:url';
import { assertVersionFile } from '../host/version-gate.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openStore, type StorePlace } from '../objects/open-store.js';
import { UsageError } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { retentionGraceMs, applyRetention } from '../store/cleanup/retention.js';
import { copyVersion } from '../store/copy-version.js';
import type { Manifest } from '../store/documents/manifest.js';
import { exportReference } from '../store/export-reference.js';
import { recordHeartbeat } from '../store/heartbeat.js';
import { tryGetChannel } from '../store/index/store-index.js';
import { assertIndexSignable, readIndex, refreshIndex } from '../store/index/update-index.js';
import { fileKey } from '../store/names.js';
import { findReference, findVersion, getVersion, type StoredVersion } from '../store/read-versions.js';
import { toVersionUris, type VersionUris } from '../store/version-uris.js';
import type { ChannelSession } from './move-channel.js';
import { assertSafeStore } from './unsafe-store.js';

export interface ExportInputs {
  readonly store: StorePlace;
  readonly image: string;
  /** A directory of this machine: a store without images. */
  readonly directory: string;
}

/** Copies what a build reads from a store into a directory. @returns the versions */
export async function exportStore(
  { store: place, image, directory }: ExportInputs,
  session: ChannelSession,
): Promise<readonly number[]> {
  return session.steps.run(`Export ${image}`, async (log) => {
    const [from, to] = [openStore(place, session), openDirectory(directory, session)];
    const versions = await exportReference({ image, owner: session.owner }, { from, to, signal: session.signal });
    log.info(versions.length === 0 ? `No version of ${image} yet` : `${image}.${versions.join(`, ${image}.`)}`);
    return versions;
  });
}

export interface PublishFromInputs {
  readonly store: StorePlace;
  readonly image: string;
  /** A directory that a build has published into. */
  readonly directory: string;
  /** By default the version that `channel` names in the directory. */
  readonly version: number | undefined;
  readonly channel: string;
  /** Number of newest versions that stay. */
  readonly keep: number;
  readonly unsafeStore: boolean;
}

export interface PublishFromReport {
  readonly changed: boolean;
  readonly version: StoredVersion;
  readonly uris: VersionUris;
}

/**
 * Publishes what a build has left in a directory, from a machine that runs none of the build's code. A version that the store has
 * already counts as checked: its heartbeat is written.
 * @throws Failure if a file differs from its manifest or opens others, or the number is taken
 */
export async function publishFrom(inputs: PublishFromInputs, session: ChannelSession): Promise<PublishFromReport> {
  const { image, channel } = inputs;
  const [from, store] = [openDirectory(inputs.directory, session), openStore(inputs.store, session)];
  const { manifest } = await findVersion(image, inputs.version ?? channel, from);
  const known = await session.steps.run('Preflight', async (log) => {
    await assertSafeStore({ image, owner: session.owner, allowUnsafe: inputs.unsafeStore }, { ...session, store, log });
    await assertIndexSignable(image, { ...session, store });
    return tryGetSame(manifest, store);
  });
  if (known !== undefined) {
    await recordUnchanged(known, store, session);
    return { changed: false, version: known, uris: toVersionUris(known.manifest, store) };
  }
  const published = await session.steps.run('Publish', async (log) => {
    const pathOf = (key: string): string => fileURLToPath(from.uri(key));
    for (const file of manifest.files) await assertVersionFile({ ...file, path: pathOf(fileKey(file)) }, manifest);
    const previous = (await findReference(image, channel, store)).newest?.manifest;
    const request = { manifest, channel, owner: session.owner, previous, pathOf };
    const version = await copyVersion(request, { ...session, from, store, log });
    const named = tryGetChannel(version.index, channel)?.version ?? 'nothing';
    log.info(
      `Published ${image}.${manifest.version}, sent ${formatBytes(version.sentBytes)}; channel ${channel} points to ${named}`,
    );
    return version;
  });
  await retire(inputs, store, session);
  const { manifestSha256, uris } = published;
  return { changed: true, version: { manifest: published.manifest, manifestSha256 }, uris };
}

function openDirectory(directory: string, session: ChannelSession): ObjectStore {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(directory)) {
    throw new UsageError(`${JSON.stringify(directory)} is not a directory of this machine`, {
      fix: 'use the path of a directory',
    });
  }
  return openStore({ address: directory }, session);
}

/** The version of the store with this number, if it is the same. A store names its files itself. */
async function tryGetSame(manifest: Manifest, store: ObjectStore): Promise<StoredVersion | undefined> {
  const { image, version } = manifest;
  const { live } = await readIndex(image, store);
  if (!live.some((one) => one.version === version)) return undefined;
  const found = await getVersion(image, version, store);
  return contentOf(found.manifest) === contentOf(manifest) ? found : undefined;
}

function contentOf(manifest: Manifest): string {
  const files = manifest.files.map((file) => ({ ...file, storeTag: undefined }));
  return JSON.stringify({ ...manifest, files });
}

async function recordUnchanged(
  { manifest }: StoredVersion,
  store: ObjectStore,
  session: ChannelSession,
): Promise<void> {
  const { image, version } = manifest;
  await session.steps.run('Record check', async (log) => {
    await recordHeartbeat({ image, version, owner: session.owner }, { ...session, store });
    await refreshIndex({ image, owner: session.owner }, { ...session, store });
    log.info(`${image}.${version} is already published`);
  });
}

async function retire({ image, keep }: PublishFromInputs, store: ObjectStore, session: ChannelSession): Promise<void> {
  await session.steps.run('Clean up', async (log) => {
    const request = { image, owner: session.owner, keep, graceMs: retentionGraceMs };
    const { retired } = await applyRetention(request, { ...session, store, log });
    log.info(retired.length === 0 ? 'Nothing to remove' : `Removed ${image}.${retired.join(`, ${image}.`)}`);
  });
}
