import { fileURLToPath } from 'node:url';
import { assertVersionFile } from '../host/version-gate.js';
import type { DefaultDirectories } from '../inputs/build-inputs.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openStore, type StorePlace } from '../objects/open-store.js';
import { Failure, UsageError } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { withRunDirectory } from '../platform/fs/run-directory.js';
import { retentionGraceMs, applyRetention } from '../store/cleanup/retention.js';
import { copyVersion } from '../store/copy-version.js';
import type { Builder, Manifest } from '../store/documents/manifest.js';
import { exportReference } from '../store/export-reference.js';
import { tryGetChannel } from '../store/index/store-index.js';
import { assertIndexSignable, readIndex } from '../store/index/update-index.js';
import { fileKey } from '../store/names.js';
import type { PublishedVersion } from '../store/publish-version.js';
import { findReference, findVersion, getVersion, readLive, type StoredVersion } from '../store/read-versions.js';
import { toVersionUris, type VersionUris } from '../store/version-uris.js';
import { assembleVersion } from './assemble-version.js';
import { recordCheck } from './build/record-check.js';
import type { ChannelSession } from './channel-session.js';
import { trimVersion } from './trim-version.js';
import { assertSafeStore } from './unsafe-store.js';

export interface ExportInputs {
  readonly store: StorePlace;
  readonly image: string;
  /** A directory of this machine: a store without images. */
  readonly directory: string;
}

/**
 * Copies what a build reads from a store into a directory, so that the build can use the directory as its store and
 * needs no access to the real one. @returns the versions
 */
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

export interface TrimInputs {
  readonly image: string;
  /** A directory that a build has published into. */
  readonly directory: string;
  readonly version: number;
}

/** Removes what the store has already from what a build has published into a copy. `publishFrom` puts it back. */
export async function trimStaged({ image, directory, version }: TrimInputs, session: ChannelSession): Promise<void> {
  const from = openDirectory(directory, session);
  await session.steps.run(`Trim ${image}.${version}`, async (log) => {
    const { manifest } = await getVersion(image, version, from);
    const { live } = await readIndex(image, from);
    const others: Manifest[] = [];
    for (const other of live.filter((one) => one.version !== version)) {
      others.push((await readLive(image, other, from)).manifest);
    }
    const request = { manifest, others, pathOf: (key: string): string => fileURLToPath(from.uri(key)) };
    const kept = await trimVersion(request, { from, signal: session.signal });
    const total = manifest.files.reduce((sum, { size }) => sum + size, 0);
    log.info(`Kept ${formatBytes(kept)} of ${formatBytes(total)}`);
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

export type PublishFromPorts = ChannelSession & {
  /** Who publishes, for the claim. */
  readonly builder: Builder;
  /** `work` gets the files of the run while it lasts. */
  readonly directories: Pick<DefaultDirectories, 'work'>;
};

/**
 * Publishes what a build has left in a directory, from a machine that runs none of the build's code. A version that the
 * store has already counts as checked: its heartbeat is written.
 * @throws Failure if a file differs from its manifest or opens others, or the number is taken
 */
export async function publishFrom(inputs: PublishFromInputs, session: PublishFromPorts): Promise<PublishFromReport> {
  const { image, channel } = inputs;
  const [from, store] = [openDirectory(inputs.directory, session), openStore(inputs.store, session)];
  const { manifest } = await findVersion(image, inputs.version ?? channel, from);
  const known = await session.steps.run('Preflight', async (log) => {
    await assertSafeStore({ image, owner: session.owner, allowUnsafe: inputs.unsafeStore }, { ...session, store, log });
    await assertIndexSignable(image, { ...session, store });
    return tryGetSame(manifest, store);
  });
  if (known !== undefined) {
    await recordUnchanged(known, inputs, { ...session, store });
    return { changed: false, version: known, uris: toVersionUris(known.manifest, store) };
  }
  const published = await withRunDirectory(session.directories.work, session, async (work) =>
    publishVerified({ manifest, channel, work }, { ...session, from, store }),
  );
  await retire(inputs, store, session);
  const { manifestSha256, uris } = published;
  return { changed: true, version: { manifest: published.manifest, manifestSha256 }, uris };
}

interface Publication {
  readonly manifest: Manifest;
  readonly channel: string;
  /** A directory of this run. */
  readonly work: string;
}

/** The files are copied before they are verified, so that nothing else can change them in between. */
async function publishVerified(
  { manifest, channel, work }: Publication,
  ports: PublishFromPorts & { readonly from: ObjectStore; readonly store: ObjectStore },
): Promise<PublishedVersion> {
  const { store, steps, owner, builder } = ports;
  const { image } = manifest;
  const { pathOf, reader } = await steps.run('Copy files', async (log) =>
    assembleVersion({ manifest, directory: work }, { ...ports, log }),
  );
  return steps.run('Publish', async (log) => {
    for (const file of manifest.files) await assertVersionFile({ ...file, path: pathOf(fileKey(file)) }, manifest);
    const previous = (await findReference(image, channel, store)).newest?.manifest;
    const request = { manifest, channel, owner, builder, previous, pathOf };
    const version = await copyVersion(request, { ...ports, from: reader, log });
    const named = tryGetChannel(version.index, channel)?.version ?? 'nothing';
    log.info(
      `Published ${image}.${manifest.version}, sent ${formatBytes(version.sentBytes)}; channel ${channel} points ` +
        `to ${named}`,
    );
    return version;
  });
}

function openDirectory(directory: string, session: ChannelSession): ObjectStore {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(directory)) {
    throw new UsageError(`${JSON.stringify(directory)} is not a directory of this machine`, {
      fix: 'use the path of a directory',
    });
  }
  return openStore({ address: directory }, session);
}

/**
 * The version of the store with this number, if it is the same. A store names its files itself.
 * @throws Failure if it is revoked
 */
async function tryGetSame(manifest: Manifest, store: ObjectStore): Promise<StoredVersion | undefined> {
  const { image, version } = manifest;
  const { live, revoked } = await readIndex(image, store);
  if (!live.some((one) => one.version === version)) return undefined;
  const found = await getVersion(image, version, store);
  if (contentOf(found.manifest) !== contentOf(manifest)) return undefined;
  const { reason } = revoked[version] ?? {};
  if (reason === undefined) return found;
  throw new Failure(`version ${version} of ${image} is published and revoked: ${reason}`, {
    fix: 'publish a different version',
  });
}

function contentOf(manifest: Manifest): string {
  const files = manifest.files.map((file) => ({ ...file, storeTag: undefined }));
  return JSON.stringify({ ...manifest, files });
}

/** Only the newest version is current: an older one can be requested by its number. */
async function recordUnchanged(
  known: StoredVersion,
  { image, channel }: PublishFromInputs,
  ports: ChannelSession & { readonly store: ObjectStore },
): Promise<void> {
  const { newest } = await findReference(image, channel, ports.store);
  if (newest?.manifest.version === known.manifest.version) await recordCheck(known, { dryRun: false }, ports);
}

async function retire({ image, keep }: PublishFromInputs, store: ObjectStore, session: ChannelSession): Promise<void> {
  await session.steps.run('Clean up', async (log) => {
    const request = { image, owner: session.owner, keep, graceMs: retentionGraceMs };
    const { retired } = await applyRetention(request, { ...session, store, log });
    log.info(retired.length === 0 ? 'Nothing to remove' : `Removed ${image}.${retired.join(`, ${image}.`)}`);
  });
}
