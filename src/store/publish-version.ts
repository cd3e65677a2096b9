import { basename } from 'node:path';
import type { BaseImage } from '../base/base-image.js';
import type { GoldenImage, Inventory } from '../image/golden-image.js';
import { errorMessage } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { withoutUndefined } from '../platform/without-undefined.js';
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
import type { StorePorts } from './store-ports.js';
import { toSpdx, type SbomSubject } from './documents/spdx.js';
import { stageFiles, type StagedFile, type VersionFile } from './stage-files.js';
import { addVersion, moveChannelForward, type StoreIndex } from './index/store-index.js';
import { updateIndex, type IndexPorts } from './index/update-index.js';
import type { VersionFacts } from './documents/version-facts.js';
import { assertContent, assertHead, createDocument } from './write-once.js';
import { toVersionUris, type VersionUris } from './version-uris.js';

export interface StageVersionRequest {
  readonly claim: Claim;
  readonly golden: Pick<GoldenImage, 'image' | 'kernel' | 'initramfs' | 'backingFile' | 'inventory'>;
  /** Published together with a layered image. */
  readonly base: Pick<BaseImage, 'path' | 'size' | 'sha256'>;
  /** A version in the store, if any: what it has in common with this one is not sent. */
  readonly previous?: Pick<Manifest, 'files'> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A version whose files are in the store, hidden. */
export interface StagedVersion {
  readonly claim: Claim;
  readonly files: readonly StagedFile[];
  /** Becomes a document beside them. */
  readonly inventory: Inventory;
}

/** Sends the files to the store, in parallel, while the smoke test runs. @throws leaving nothing staged */
export async function stageVersion(request: StageVersionRequest, ports: StorePorts): Promise<StagedVersion> {
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
      previous: previous?.files,
      signal,
    },
    ports,
  );
  return { claim, files, inventory: golden.inventory };
}

export interface CommitVersionRequest {
  readonly staged: StagedVersion;
  /** SHA-256 of the whole file. */
  readonly imageSha256: string;
  readonly facts: VersionFacts;
  /** Moved to this version unless it names a newer one. */
  readonly channel: string;
  /** Set if the image has apt. */
  readonly aptState?: Buffer | undefined;
}

/** A version that every reader can see. */
export interface PublishedVersion {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly uris: VersionUris;
  readonly index: StoreIndex;
  /** Bytes sent to the store, which already had the rest. */
  readonly sentBytes: number;
}

/** Makes a version visible: writes the documents about it, and commits them with the manifest. */
export async function commitVersion(request: CommitVersionRequest, ports: IndexPorts): Promise<PublishedVersion> {
  const { claim } = request.staged;
  const { image, version } = claim;
  const files = request.staged.files.map((one) => ({ ...one, file: { sha256: request.imageSha256, ...one.file } }));
  const subject = { ...request.facts, image, version, files: files.map(({ file }) => file) };
  const documents = formatDocuments(subject, request);
  const named = Object.fromEntries(documents.map(({ role, name, bytes }) => [role, toDocumentFacts(name, bytes)]));
  const draft = { ...subject, schema: 1, documents: named };
  return commitDraft({ claim, channel: request.channel, files, draft, documents }, ports);
}

/** A file that is staged, with the SHA-256 of the whole. */
export interface CompleteFile extends Pick<StagedFile, 'staged'> {
  readonly file: Omit<ManifestFile, 'storeTag'>;
}

interface VersionDocument {
  readonly role: DocumentRole;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface CommitDraftRequest {
  readonly claim: Claim;
  /** Moved to this version unless it names a newer one. */
  readonly channel: string;
  readonly files: readonly CompleteFile[];
  /** The manifest without the ETags of its files. */
  readonly draft: object;
  readonly documents: readonly VersionDocument[];
}

/**
 * Completes the files, then writes documents and checksums, then the manifest and its signature, then the index.
 * Readers go the other way, so that whatever they find is complete. After a failure no reader knows the version.
 */
export async function commitDraft(request: CommitDraftRequest, ports: IndexPorts): Promise<PublishedVersion> {
  const { store, signer } = ports;
  const { claim, files, draft, documents } = request;
  const { image, version, owner } = claim;
  parseChannelName(request.channel);
  const name = `the manifest of ${image}.${version}`;
  // An invalid manifest fails before anything is completed.
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

function formatDocuments(
  subject: SbomSubject,
  { staged, aptState }: Pick<CommitVersionRequest, 'staged' | 'aptState'>,
): readonly VersionDocument[] {
  const contents: Readonly<Record<DocumentRole, Buffer | undefined>> = {
    sbom: formatDocument(toSpdx(subject)),
    inventory: formatInventory(staged.inventory),
    aptState,
  };
  return documentRoles.flatMap((role) => {
    const bytes = contents[role];
    return bytes === undefined ? [] : [{ role, name: documentName(subject.image, subject.version, role), bytes }];
  });
}

/**
 * Releases a version: removes what is staged, and our claim unless a file of the version was completed.
 * Safe to call at any time, whatever went wrong. Never throws, and does nothing after a commit.
 */
export async function abandonVersion(
  request: { readonly claim: Claim; readonly staged?: Pick<StagedVersion, 'files'> | undefined },
  ports: Pick<StorePorts, 'store' | 'log'>,
): Promise<void> {
  const { image, version, owner } = request.claim;
  try {
    // A late request of ours cannot complete what is aborted, so the listing that follows is final.
    for (const { staged } of request.staged?.files ?? []) await staged?.abort();
    const claim = documentKey(image, version, 'claim');
    for await (const { key } of ports.store.list(versionPrefix(image, version))) if (key !== claim) return;
    // A claim that we took over stays: the run that created it may still rely on it.
    if ((await tryReadClaim(image, version, ports.store))?.owner === owner) await ports.store.delete(claim);
  } catch (error) {
    ports.log.warn(`Could not release version ${version} of ${image}, its number stays unused: ${errorMessage(error)}`);
  }
}

/** If the object exists, a response to us got lost, or another run published the same base. */
async function completeFile({ file, staged }: CompleteFile, store: ObjectStore): Promise<void> {
  if (staged !== undefined && (await staged.complete()) === 'exists') await assertContent(staged.key, file, store);
}

/** Checks all files in the store, and adds their ETags. */
async function addStoreTags(
  files: readonly CompleteFile['file'][],
  store: ObjectStore,
): Promise<readonly ManifestFile[]> {
  const named: ManifestFile[] = [];
  for (const file of files) {
    const { tag } = await assertHead(fileKey(file), file, store);
    named.push(withoutUndefined({ ...file, storeTag: tag }));
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
