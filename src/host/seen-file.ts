import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../platform/errors.js';
import { pathExists, sha256Of, syncDirectory, writeFileAtomically } from '../platform/fs/files.js';
import { formatDocument, parseDocument } from '../platform/document.js';
import { parseImageName } from '../store/names.js';
import type { AcceptIndex } from '../store/read-versions.js';
import { withHostLock } from './host-directories.js';
import { tryReadSmallFile } from './host-files.js';
import { draftPrefix } from './local-versions.js';
import type { HostPorts } from './ports.js';
import { createSeen, forgetStore, recordIndex, seenKind, type SeenState } from './seen-state.js';

function seenPath(root: string, image: string): string {
  return join(root, 'versions', `.${parseImageName(image)}.seen.json`);
}

/**
 * What this host has seen of an image.
 * @throws Failure if that cannot be read: then no version may be taken into use
 */
export async function readSeen(root: string, image: string): Promise<SeenState> {
  const path = seenPath(root, image);
  try {
    const bytes = await tryReadSmallFile({ path, limit: seenKind.limit });
    if (bytes === undefined) return createSeen(image);
    const seen = parseDocument(seenKind, bytes, path);
    if (seen.image !== image) throw new Failure(`${path} is for image ${seen.image}`);
    return seen;
  } catch (error) {
    throw new Failure(`cannot read what this host remembers about ${image}: ${errorMessage(error)}`, {
      fix: 'restore the file, or forget all generations and revocations: ch-golden host forget',
      cause: error,
    });
  }
}

/** Accepts an index that does not go back, and remembers it durably. The caller holds the lock `pull`. */
export function acceptForward(root: string, image: string): AcceptIndex {
  return async (index, bytes, uri) => {
    const seen = await readSeen(root, image);
    const next = recordIndex(seen, { index, sha256: bytes === undefined ? undefined : sha256Of(bytes), uri });
    if (next !== seen) await writeSeen(root, next);
  };
}

async function writeSeen(root: string, seen: SeenState): Promise<void> {
  const bytes = formatDocument(seen);
  parseDocument(seenKind, bytes, `what this host remembers about ${seen.image}`);
  // If this process is killed, prune removes a file of this name.
  const draft = join(root, 'versions', `${draftPrefix}${seen.image}.seen.json`);
  await writeFileAtomically(draft, bytes);
  await rename(draft, seenPath(root, seen.image));
  await syncDirectory(join(root, 'versions'));
}

/** What `host forget` removed. */
export interface Forgotten {
  readonly stores: SeenState['stores'];
  readonly revoked: SeenState['revoked'];
  /** Why the contents are unknown. They are removed anyway. */
  readonly problem?: string;
}

/**
 * Forgets what this host has seen of an image: in one store, by the address of its index, or in all.
 * @throws Failure if only one store is to be forgotten, and the file cannot be read
 */
export async function forgetSeen(
  request: { readonly root: string; readonly image: string; readonly uri?: string | undefined },
  ports: Pick<HostPorts, 'processes' | 'log'>,
): Promise<Forgotten> {
  const root = resolve(request.root);
  const { image, uri } = request;
  const path = seenPath(root, image);
  if (!(await pathExists(path))) return { stores: [], revoked: [] };
  return withHostLock(root, 'pull', ports, async () => {
    if (uri !== undefined) {
      const seen = await readSeen(root, image);
      const forgotten = {
        stores: seen.stores.filter((one) => one.uri === uri),
        revoked: seen.revoked.filter(({ store }) => store === uri),
      };
      if (forgotten.stores.length + forgotten.revoked.length > 0) await writeSeen(root, forgetStore(seen, uri));
      return forgotten;
    }
    const forgotten = await readSeen(root, image).then(
      ({ stores, revoked }) => ({ stores, revoked }),
      (error: unknown) => ({ stores: [], revoked: [], problem: errorMessage(error) }),
    );
    await rm(path, { force: true });
    await syncDirectory(join(root, 'versions'));
    return forgotten;
  });
}
