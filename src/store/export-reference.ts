import { runConcurrently } from '../platform/concurrency.js';
import { formatDocument } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import type { ObjectStore } from '../objects/object-store.js';
import { findNextVersion } from './claim-version.js';
import { documentLimit, tryReadDocument } from './documents/read-document.js';
import type { LiveVersion, StoreIndex } from './index/store-index.js';
import { readIndex } from './index/update-index.js';
import { documentKey, documentName, documentRoles, fileKey, indexKey } from './names.js';
import { readLive } from './read-versions.js';
import { seal } from './signer.js';
import { createDocument } from './write-once.js';

export interface ExportRequest {
  readonly image: string;
  readonly owner: string;
}

export interface ExportPorts {
  readonly from: ObjectStore;
  /** Has nothing of the image yet. */
  readonly to: ObjectStore;
  readonly signal: AbortSignal;
}

/**
 * Copies what a build reads from a store: the index, and the manifests and documents of its live versions, but no
 * image. A build that publishes into the copy needs no access to the store.
 * @returns the versions
 * @throws Failure if the target has an index already
 */
export async function exportReference(request: ExportRequest, ports: ExportPorts): Promise<readonly number[]> {
  const { image, owner } = request;
  const { from, to, signal } = ports;
  const index = unsigned(await readIndex(image, from));
  await runConcurrently(
    { items: index.live, concurrency: 4, signal },
    () => async (live) => copyReference(image, live, owner, ports),
  );
  // The next number is free in the store too: others may have claimed one without publishing it.
  const bytes = formatDocument({ ...index, highest: (await findNextVersion(image, from)) - 1 });
  if ((await to.createOnly(indexKey(image), bytes, { owner, cacheControl: 'no-store' })) === 'exists') {
    throw new Failure(`${to.uri(indexKey(image))} already exists`, { fix: 'export into an empty directory' });
  }
  return index.live.map(({ version }) => version);
}

/** The copy is for one build, which has no key. */
function unsigned(index: StoreIndex): StoreIndex {
  return seal('index', index, { signer: undefined, now: 0 });
}

async function copyReference(
  image: string,
  live: LiveVersion,
  owner: string,
  { from, to }: ExportPorts,
): Promise<void> {
  const { manifest, bytes } = await readLive(image, live, from);
  for (const role of documentRoles) {
    const document = await tryReadDocument({ manifest, role, limit: documentLimit }, from);
    if (document !== undefined) {
      await createDocument(fileKey({ role, name: documentName(image, live.version, role) }), document, owner, to);
    }
  }
  await createDocument(documentKey(image, live.version, 'manifest.json'), bytes, owner, to);
}
