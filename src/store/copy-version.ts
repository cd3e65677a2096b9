import { Failure } from '../platform/errors.js';
import { fileChunkSize } from '../platform/fs/file-chunks.js';
import { formatCount } from '../platform/format.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/progress/log.js';
import type { ObjectReader, ObjectStore } from '../objects/object-store.js';
import { claimVersion, type Claim } from './claim-version.js';
import type { Builder, Manifest, ManifestFile } from './documents/manifest.js';
import { documentLimit, tryReadDocument } from './documents/read-document.js';
import { documentName, documentRoles, fileKey } from './names.js';
import { abandonVersion, commitDraft, type CommitDraftRequest, type PublishedVersion } from './publish-version.js';
import { stageFiles, type StagedFile, type VersionFile } from './stage-files.js';
import type { Signer } from './signer.js';
import { verifyVersionFiles } from './verify-version.js';

export interface CopyVersionRequest {
  /** The version in the source: its number is claimed in the target. */
  readonly manifest: Manifest;
  readonly channel: string;
  /** Unique for this run. */
  readonly owner: string;
  /** Who publishes, for the claim. A later attempt of the same GitHub run takes the claim over. */
  readonly builder: Builder;
  /** A version in the target: what the copy has in common with it need not be sent. */
  readonly previous: Pick<Manifest, 'files'> | undefined;
  /** Where an object of the source lies on this machine. */
  readonly pathOf: (key: string) => string;
}

export interface CopyVersionPorts {
  readonly from: ObjectReader;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly signer?: Signer;
}

/**
 * Publishes a version of another store under the same number. Every byte is verified against its manifest first, and
 * the copy is signed with the signer's key.
 * @throws Failure if the source is incomplete or damaged, or the number is taken
 */
export async function copyVersion(request: CopyVersionRequest, ports: CopyVersionPorts): Promise<PublishedVersion> {
  const { manifest, owner, builder } = request;
  const { image, version } = manifest;
  await assertComplete(manifest, ports);
  const claim = await claimVersion({ image, version, owner, builder }, ports);
  let files: readonly StagedFile[] = [];
  try {
    files = await stageFiles(
      {
        owner,
        files: manifest.files.map((file) => toVersionFile(file, request.pathOf(fileKey(file)))),
        ...(request.previous === undefined ? {} : { previous: request.previous.files }),
        signal: ports.signal,
      },
      ports,
    );
    return await commitDraft(await toDraft(claim, files, request, ports.from), ports);
  } catch (error) {
    await abandonVersion({ claim, staged: { files } }, ports);
    throw error;
  }
}

/** Another release may have used another chunk size: then the file is hashed again. */
function toVersionFile({ role, name, size, sha256, chunks, chunkSize }: ManifestFile, path: string): VersionFile {
  const file = { role, name, path, size, sha256 };
  return chunkSize === fileChunkSize ? { ...file, chunks } : file;
}

async function assertComplete(manifest: Manifest, { from, log, signal }: CopyVersionPorts): Promise<void> {
  const problems = (await verifyVersionFiles(manifest, { store: from, log, signal })).flatMap(({ key, problem }) =>
    problem === undefined ? [] : [`${from.uri(key)}: ${problem}`],
  );
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length === 1 ? '' : ` (${formatCount(problems.length, 'file')} in all)`;
  throw new Failure(`${manifest.image}.${manifest.version} is damaged: ${first}${more}`, { evidence: problems });
}

/** The manifest of the source, but for what its store calls the files. */
async function toDraft(
  claim: Claim,
  staged: readonly StagedFile[],
  { manifest, channel }: CopyVersionRequest,
  from: ObjectReader,
): Promise<CommitDraftRequest> {
  const files = manifest.files.flatMap(({ name, sha256 }) =>
    staged.filter(({ file }) => file.name === name).map((one) => ({ ...one, file: { ...one.file, sha256 } })),
  );
  const documents: CommitDraftRequest['documents'][number][] = [];
  for (const role of documentRoles) {
    const bytes = await tryReadDocument({ manifest, role, limit: documentLimit }, from);
    const name = documentName(manifest.image, manifest.version, role);
    if (bytes !== undefined) documents.push({ role, name, bytes });
  }
  return { claim, channel, files, documents, draft: { ...manifest, files: files.map(({ file }) => file) } };
}
