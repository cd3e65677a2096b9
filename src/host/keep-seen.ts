import { readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../platform/errors.js';
import { pathExists, sha256Of, syncDirectory, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { formatDocument, parseDocument } from '../platform/document.js';
import { parseImageName } from '../store/names.js';
import type { AcceptIndex } from '../store/read-versions.js';
import { tryStatFile, withHostLock } from './host-directories.js';
import { draftPrefix } from './kept-versions.js';
import { createSeen, forgetStore, recordIndex, seenKind, type SeenState } from './seen-state.js';

function seenPath(root: string, image: string): string {
  return join(root, 'versions', `.${parseImageName(image)}.seen.json`);
}

/** What this host has seen of an image. @throws Failure if that cannot be read: then nothing may be taken into use */
export async function readSeen(root: string, image: string): Promise<SeenState> {
  const path = seenPath(root, image);
  try {
    const stats = await tryStatFile(path);
    if (stats === undefined) return createSeen(image);
    if (stats.size > seenKind.limit) throw new Failure(`${path} is larger than it can be`);
    const seen = parseDocument(seenKind, await readFile(path), path);
    if (seen.image !== image) throw new Failure(`${path} is about the image ${seen.image}`);
    return seen;
  } catch (error) {
    throw new Failure(`what this host remembers of ${image} cannot be read: ${errorMessage(error)}`, {
      fix: 'restore that file; or drop it, with all revocations that this host has seen: ch-golden host forget',
      cause: error,
    });
  }
}

/** Accepts an index that does not go back, once what it says is durable on this host. The caller holds the lock of pulls. */
export function acceptForward(root: string, image: string): AcceptIndex {
  return async (index, bytes, uri) => {
    const seen = await readSeen(root, image);
    const next = recordIndex(seen, { index, sha256: bytes === undefined ? undefined : sha256Of(bytes), uri });
    if (next !== seen) await writeSeen(root, next);
  };
}

async function writeSeen(root: string, seen: SeenState): Promise<void> {
  const bytes = formatDocument(seen);
  parseDocument(seenKind, bytes, `what this host has seen of ${seen.image}`);
  // Prune removes what a killed process leaves under such a name.
  const draft = join(root, 'versions', `${draftPrefix}${seen.image}.seen.json`);
  await writeFileAtomically(draft, bytes);
  await rename(draft, seenPath(root, seen.image));
  await syncDirectory(join(root, 'versions'));
}

/** What `host forget` has taken out. */
export interface Forgotten {
  readonly stores: SeenState['stores'];
  readonly revoked: SeenState['revoked'];
  /** Why nobody can tell what it was; it is gone all the same. */
  readonly problem?: string;
}

/**
 * Forgets what this host has seen of an image: of one store, by the address of its index, or all of it.
 * @throws Failure if what it has seen cannot be read, and only one store is to be forgotten
 */
export async function forgetSeen(
  request: { readonly root: string; readonly image: string; readonly uri?: string },
  ports: { readonly processes: Processes; readonly log: Log },
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
    const seen = await readSeen(root, image).catch((error: unknown) => ({
      stores: [],
      revoked: [],
      problem: errorMessage(error),
    }));
    await rm(path, { force: true });
    await syncDirectory(join(root, 'versions'));
    return { stores: seen.stores, revoked: seen.revoked, ...('problem' in seen ? { problem: seen.problem } : {}) };
  });
}
