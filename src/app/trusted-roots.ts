import { quoteText } from '../platform/format.js';
import { readStart } from '../platform/fs/files.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { bundleLimit } from '../trust/sigstore.js';
import { parseTrustedRoots, type TrustedRoot } from '../trust/trusted-root.js';

/** The trusted roots in a file; undefined without a path. */
export async function loadTrustedRoots(path: string | undefined): Promise<readonly TrustedRoot[] | undefined> {
  if (path === undefined) return undefined;
  const text = (await readSigstoreFile(path)).toString('utf8');
  return parseTrustedRoots(text, `trusted root ${quoteText(path)}`);
}

/** Reads one byte more than the limit, so that a larger file is rejected for its size. */
export async function readSigstoreFile(path: string): Promise<Buffer> {
  return withPathInErrors(path, async () => readStart(path, bundleLimit + 1));
}
