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

/** dpkg's status of some thousand packages, and keyrings. */
const stateKind: DocumentKind<AptState> = { schema: aptStateSchema, version: 1, limit: 48 * 1024 ** 2 };

/**
 * What apt decides by in a finished image, as a document; undefined where it has no apt. Where it cannot be told, no build fails:
 * the next one cannot look for updates, and is carried out.
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
      log.warn(`the next build cannot look for updates: ${errorMessage(error)}`);
      return undefined;
    }
  });
}

/** A store is read by every host. */
function assertNoPasswords({ sources }: AptState): void {
  const named = sources.find(({ text }) => /:\/\/[^/\s]*@/.test(text));
  if (named !== undefined)
    throw new Failure(`the image's ${named.name} has a password in it`, {
      fix: 'keep passwords of repositories in /etc/apt/auth.conf.d',
    });
}

/** Undefined where the version has none. @throws Failure where it is not what was published */
export async function tryReadAptState(manifest: Manifest, store: ObjectReader): Promise<AptState | undefined> {
  const bytes = await tryReadDocument({ manifest, role: 'aptState', limit: stateKind.limit }, store);
  return bytes === undefined
    ? undefined
    : parseDocument(stateKind, bytes, documentName(manifest.image, manifest.version, 'aptState'));
}
