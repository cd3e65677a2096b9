import type { StoreCommand } from '../../inputs/commands/store.js';
import { runConcurrently } from '../../platform/concurrency.js';
import { Failure } from '../../platform/errors.js';
import type { Session } from '../../platform/session.js';
import { formatAddress } from '../../objects/store-address.js';
import type { ObjectReader } from '../../objects/object-store.js';
import { openSource } from '../../store/oci/open-source.js';
import { noteVersions, versionColumns, type ListedVersion } from '../../report/render-versions.js';
import { listVersions, readLive, type VersionSummary } from '../../store/read-versions.js';
import type { CommandResult } from './result.js';
import { renderForTerminal } from './terminal-table.js';

/** Manifests have up to 16 MiB: a table needs one for each of its rows. */
const mostShown = 20;
const concurrency = 8;

type ListCommand = Extract<StoreCommand, { readonly command: 'list' }>;

export async function runList({ image, store, all }: ListCommand, session: Session): Promise<CommandResult> {
  const reader = openSource(store, session);
  const versions = await listVersions(image, reader);
  const shown = all ? versions : versions.slice(0, mostShown);
  const table = async (): Promise<string> => {
    if (versions.length === 0) return `no version of ${image} in ${formatAddress(store.address)}`;
    const listed = await readManifests(image, shown, reader, session.signal);
    const older = versions.length - shown.length;
    const notes = [...noteVersions(listed, image), ...(older === 0 ? [] : [`${older} older: ch-golden list --all`])];
    return renderForTerminal(versionColumns(image, session.clock.now()), listed, notes);
  };
  return { text: table, json: versions, exitCode: 0 };
}

/** A damaged version is listed too, with its problem. */
async function readManifests(
  image: string,
  versions: readonly VersionSummary[],
  store: ObjectReader,
  signal: AbortSignal,
): Promise<readonly ListedVersion[]> {
  const listed = new Map<number, ListedVersion>();
  await runConcurrently({ items: versions, concurrency, signal }, () => async (version) => {
    try {
      const { manifest } = await readLive(image, version, store);
      listed.set(version.version, { ...version, manifest });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      listed.set(version.version, { ...version, problem: error.message });
    }
  });
  return versions.map((version) => listed.get(version.version) ?? version);
}
