import { basename } from 'node:path';
import type { BaseImage } from '../base/base-image.js';
import type { GoldenImage, Inventory } from '../image/golden-image.js';
import type { Clock } from '../platform/clock.js';
import { errorMessage } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { tryReadClaim, type Claim } from './claim-version.js';
import { formatDocument } from '../platform/document.js';
import { formatInventory } from './documents/inventory-document.js';
import { parseManifest, type Manifest, type ManifestDocument, type ManifestFile } from './documents/manifest.js';
import {
  backingFileOf,
  parseChannelName,
  documentKey,
  documentName,
  documentRoles,
  fileKey,
  versionFileName,
  versionPrefix,
  type DocumentRole,
  type OwnRole,
} from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import { signVersion } from './sign-version.js';
import { toSpdx } from './documents/spdx.js';
import { stageFiles, type StagedFile, type VersionFile } from './stage-files.js';
import { addVersion, moveChannelForward, type StoreIndex } from './index/store-index.js';
import { updateIndex, type IndexPorts } from './index/update-index.js';
import type { VersionFacts } from './documents/version-facts.js';
import { assertContent, assertHead, createDocument } from './write-once.js';
import { toVersionUris, type VersionUris } from './version-uris.js';

export interface StageVersionRequest {
  readonly claim: Claim;
  readonly golden: Pick<GoldenImage, 'image' | 'kernel' | 'initramfs' | 'backingFile' | 'inventory'>;
  /** Goes along with a layered image. */
  readonly base: Pick<BaseImage, 'path' | 'size' | 'sha256'>;
  /** Another version in the store, if there is one: what it has in common with this one need not be sent. */
  readonly previous?: Pick<Manifest, 'files'>;
  readonly signal?: AbortSignal;
}

/** A version whose files are in the store, and hidden. */
export interface StagedVersion {
  readonly claim: Claim;
  readonly files: readonly StagedFile[];
  /** Becomes a document beside them. */
  readonly inventory: Inventory;
}

/** Brings the files to the store, side by side, while the smoke test runs. @throws leaving nothing there. */
export async function stageVersion(
  request: StageVersionRequest,
  ports: { readonly store: ObjectStore; readonly clock: Clock; readonly log: Log },
): Promise<StagedVersion> {
  const { claim, golden, base, previous, signal } = request;
  const named = (role: OwnRole): VersionFile => ({
    role,
    name: versionFileName(claim.image, claim.version, role),
    ...golden[role],
  });
  const backing: readonly VersionFile[] =
    golden.backingFile === undefined ? [] : [{ role: 'base', name: basename(golden.backingFile), ...base }];
  const files = await stageFiles(
    {
      owner: claim.owner,
      files: [named('image'), named('kernel'), named('initramfs'), ...backing],
      ...(previous === undefined ? {} : { previous: previous.files }),
      ...(signal === undefined ? {} : { signal }),
    },
    ports,
  );
  return { claim, files, inventory: golden.inventory };
}

export interface CommitVersionRequest {
  readonly staged: StagedVersion;
  /** Of the whole file. */
  readonly imageSha256: string;
  readonly facts: VersionFacts;
  /** Moved to this version unless it names a newer one. */
  readonly channel: string;
  /** A document of its own, where the image has apt. */
  readonly aptState?: Buffer;
}

/** A version that exists for every reader. */
export interface PublishedVersion {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly uris: VersionUris;
  readonly index: StoreIndex;
  /** How much of it went to the store; the rest was there. */
  readonly sentBytes: number;
}

/** Makes a version visible: writes the documents about it, and commits them with the manifest. */
export async function commitVersion(request: CommitVersionRequest, ports: IndexPorts): Promise<PublishedVersion> {
  const { claim, files: staged, inventory } = request.staged;
  const { image, version } = claim;
  const files = staged.map((one) => ({ ...one, file: { sha256: request.imageSha256, ...one.file } }));
  const described = { ...request.facts, image, version, files: files.map(({ file }) => file) };
  const texts: Readonly<Record<DocumentRole, Buffer | undefined>> = {
    sbom: formatDocument(toSpdx(described)),
    inventory: formatInventory(inventory),
    aptState: request.aptState,
  };
  const documents = documentRoles.flatMap((role) =>
    texts[role] === undefined ? [] : [{ role, name: documentName(image, version, role), bytes: texts[role] }],
  );
  const named = Object.fromEntries(documents.map(({ role, name, bytes }) => [role, toDocumentFacts(name, bytes)]));
  const draft = { ...described, schema: 1, documents: named };
  return commitDraft({ claim, channel: request.channel, files, draft, documents }, ports);
}

/** A file that is staged, with the SHA-256 of the whole. */
export interface CompleteFile extends Pick<StagedFile, 'staged'> {
  readonly file: Omit<ManifestFile, 'storeTag'>;
}

export interface CommitDraftRequest {
  readonly claim: Claim;
  /** Moved to this version unless it names a newer one. */
  readonly channel: string;
  readonly files: readonly CompleteFile[];
  /** The manifest, but for what the store calls the files. */
  readonly draft: object;
  readonly documents: readonly { readonly role: DocumentRole; readonly name: string; readonly bytes: Buffer }[];
}

/**
 * Completes the files, then writes the documents and all checksums, then the manifest and its signature, and last the index.
 * A reader goes the other way, so whatever it finds is complete. If this fails, no reader sees the version.
 */
export async function commitDraft(request: CommitDraftRequest, ports: IndexPorts): Promise<PublishedVersion> {
  const { store, signer } = ports;
  const { claim, files, draft, documents } = request;
  const { image, version, owner } = claim;
  parseChannelName(request.channel);
  const name = `the manifest of ${image}.${version}`;
  // An invalid manifest is reported before anything is completed.
  parseManifest(formatDocument(draft), name);
  for (const file of files) await completeFile(file, store);
  const stored = await addStoreTags(
    files.map(({ file }) => file),
    store,
  );
  const manifest = parseManifest(formatDocument({ ...draft, files: stored }), name);
  const bytes = formatDocument(manifest);
  for (const document of documents) await createDocument(fileKey(document), document.bytes, owner, store);
  await createDocument(documentKey(image, version, 'SHA256SUMS'), formatSums(manifest), owner, store);
  await createDocument(documentKey(image, version, 'manifest.json'), bytes, owner, store);
  const manifestSha256 = sha256Of(bytes);
  if (signer !== undefined) await signVersion({ image, version, manifestSha256, owner }, { ...ports, key: signer.key });
  const change = (current: StoreIndex): StoreIndex =>
    moveChannelForward(addVersion(current, { version, manifestSha256 }), request.channel, version);
  const index = await updateIndex({ image, owner, change }, ports);
  const sentBytes = files.reduce((sum, { staged }) => sum + (staged?.sentBytes ?? 0), 0);
  return { manifest, manifestSha256, uris: toVersionUris(manifest, store), index, sentBytes };
}

/**
 * Gives up a version: removes what is staged, and our claim too where nothing of the version was ever completed.
 * To be called whatever went wrong, whenever; it never throws, and after a commit it does nothing.
 */
export async function abandonVersion(
  request: { readonly claim: Claim; readonly staged?: Pick<StagedVersion, 'files'> },
  ports: { readonly store: ObjectStore; readonly log: Log },
): Promise<void> {
  const { image, version, owner } = request.claim;
  try {
    // What is aborted cannot be completed by a late request of ours, so that the listing after it is final.
    for (const { staged } of request.staged?.files ?? []) await staged?.abort();
    const claim = documentKey(image, version, 'claim');
    for await (const { key } of ports.store.list(versionPrefix(image, version))) if (key !== claim) return;
    // One that was taken over stays: the run that made it may still rely on it.
    if ((await tryReadClaim(image, version, ports.store))?.owner === owner) await ports.store.delete(claim);
  } catch (error) {
    ports.log.warn(`version ${version} of ${image} stays claimed, and its number unused: ${errorMessage(error)}`);
  }
}

/** Where there is an object already, an answer to us got lost, or another run has published the same base. */
async function completeFile({ file, staged }: CompleteFile, store: ObjectStore): Promise<void> {
  if (staged !== undefined && (await staged.complete()) === 'exists') await assertContent(staged.key, file, store);
}

/** Makes sure of all files, and adds what the store calls them. */
async function addStoreTags(
  files: readonly CompleteFile['file'][],
  store: ObjectStore,
): Promise<readonly ManifestFile[]> {
  const named: ManifestFile[] = [];
  for (const file of files) {
    const { tag } = await assertHead(fileKey(file), file, store);
    named.push({ ...file, ...(tag === undefined ? {} : { storeTag: tag }) });
  }
  return named;
}

function toDocumentFacts(name: string, bytes: Buffer): ManifestDocument {
  return { name, size: bytes.length, sha256: sha256Of(bytes) };
}

/** For `sha256sum --check` in the directory of the versions. */
export function formatSums({ files, documents = {} }: Manifest): Buffer {
  const named = [
    ...files.map(({ role, name, sha256 }) => ({ name: role === 'base' ? backingFileOf(name) : name, sha256 })),
    ...Object.values(documents),
  ];
  return Buffer.from(named.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
}
