import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { quoteText } from '../platform/format.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { bundleLimit } from '../trust/sigstore.js';
import { parseTrustedRoots, type TrustedRoot } from '../trust/trusted-root.js';

/** The trusted roots in a file; undefined without a path. */
export async function loadTrustedRoots(path: string | undefined): Promise<readonly TrustedRoot[] | undefined> {
  if (path === undefined) return undefined;
  const text = (await readStart(path, bundleLimit)).toString('utf8');
  return parseTrustedRoots(text, `trusted root ${quoteText(path)}`);
}

/** Reads one byte more than the limit, so that a larger file is rejected for its size. */
export async function readStart(path: string, limitBytes: number): Promise<Buffer> {
  return withPathInErrors(path, async () => buffer(createReadStream(path, { end: limitBytes })));
}
