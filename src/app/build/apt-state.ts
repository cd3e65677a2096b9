import { withGuest } from '../../disk/with-guest.js';
import type { GoldenImage } from '../../image/golden-image.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import type { Steps } from '../../platform/progress/steps.js';
import { parseDocument, type DocumentKind } from '../../platform/document.js';
import type { Manifest } from '../../store/documents/manifest.js';
import { documentName } from '../../store/names.js';
import type { ObjectReader } from '../../objects/object-store.js';
import { tryReadDocument } from '../../store/documents/read-document.js';
import { aptStateSchema, readAptState, type AptState } from '../../apt/apt-state.js';

/** Large enough for dpkg's status of several thousand packages, and for keyrings. */
const stateKind: DocumentKind<AptState> = { schema: aptStateSchema, version: 1, limit: 48 * 1024 ** 2 };

/**
 * The state of apt in a finished image, as a document; undefined without apt. If it cannot be read, the build
 * continues, and the next build rebuilds because it cannot check for updates.
 */
export async function recordAptState(
  { image }: Pick<GoldenImage, 'image'>,
  directory: string,
  { processes, steps }: { readonly processes: Processes; readonly steps: Steps },
): Promise<Buffer | undefined> {
  return steps.run('Record apt state', async (log) => {
    try {
      const state = await withGuest(
        { path: image.path, format: 'qcow2' },
        directory,
        { processes },
        async ({ files }) => readAptState(files),
      );
      if (state !== undefined) assertNoPasswords(state);
      return state === undefined ? undefined : Buffer.from(`${JSON.stringify(state)}\n`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.warn(`The next build cannot check for updates: ${errorMessage(error)}`);
      return undefined;
    }
  });
}

/** Every host reads the store. */
function assertNoPasswords({ sources }: AptState): void {
  const named = sources.find(({ text }) => /:\/\/[^/\s]*@/.test(text));
  if (named !== undefined)
    throw new Failure(`${named.name} in the image contains a password`, {
      fix: 'move it to a file in /etc/apt/auth.conf.d',
    });
}

/** Undefined if the version has none. @throws Failure if it is not what was published */
export async function tryReadAptState(manifest: Manifest, store: ObjectReader): Promise<AptState | undefined> {
  const bytes = await tryReadDocument({ manifest, role: 'aptState', limit: stateKind.limit }, store);
  return bytes === undefined
    ? undefined
    : parseDocument(stateKind, bytes, documentName(manifest.image, manifest.version, 'aptState'));
}
