import { join } from 'node:path';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { pinSources } from '../../apt/snapshot.js';
import type { UpgradeScope } from '../../platform/choices.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import type { Manifest } from '../../store/documents/manifest.js';
import type { ObjectStore } from '../../objects/object-store.js';
import type { StoredVersion } from '../../store/read-versions.js';
import { formatUpdates } from '../../updates/format-updates.js';
import { tryResolveUpdates, type UpdatesAnswer } from '../../updates/resolve-updates.js';
import { tryReadAptState } from './apt-state.js';
import type { BuildPorts, Surroundings } from './build-steps.js';
import { assertSameFingerprint } from './choose-version.js';
import { formatDifferences, type BuildSettings } from './settings.js';

/** Whether to build, and why. */
export type Decision =
  | { readonly kind: 'unchanged'; readonly same: StoredVersion; readonly why: string; readonly isRequested: boolean }
  | { readonly kind: 'build'; readonly why: string; readonly securityUpdates: readonly string[] };

interface DecisionRequest extends Pick<Surroundings, 'reference' | 'requested'> {
  readonly inputs: BuildInputs;
  readonly fingerprint: string;
  readonly base: { readonly sha256: string };
  readonly daemon: { readonly sha256: string };
  readonly settings: BuildSettings;
  readonly directory: string;
}

/**
 * Looks for a reason to build. If it cannot tell, it builds.
 * @throws Failure if the requested version has different content
 */
export async function decideBuild(
  request: DecisionRequest,
  ports: BuildPorts & { readonly store: ObjectStore },
): Promise<Decision> {
  const {
    reference: { newest, isNamed },
    requested,
    fingerprint,
    inputs: { publish, changes },
  } = request;
  if (requested !== undefined) {
    assertSameFingerprint(requested, fingerprint, formatDifferences(requested.manifest, request));
    return {
      kind: 'unchanged',
      same: requested,
      why: 'is already published, with the same base, daemon and settings',
      isRequested: true,
    };
  }
  if (newest === undefined) return build('first version');
  if (!isNamed) return build(`channel ${publish.channel} does not point to a version yet`);
  const name = `${publish.image}.${newest.manifest.version}`;
  if (newest.manifest.fingerprint !== fingerprint)
    return build(`changed since ${name}: ${formatDifferences(newest.manifest, request)}`);
  if (publish.ifUnchanged === 'build') return build('if-unchanged is build');
  if (publish.version !== undefined) return build(`version ${publish.version} was requested`);
  const isCurrent = { kind: 'unchanged', same: newest, isRequested: false } as const;
  const same = 'has the same base, daemon and settings';
  if (changes.upgrade === 'none') return { ...isCurrent, why: same };
  const check = await findUpdates(newest.manifest, { ...request, upgrade: changes.upgrade }, ports);
  switch (check.kind) {
    case 'nothing':
      return { ...isCurrent, why: `${same}; ${formatUpdates(check.updates)}` };
    case 'due':
      return build(
        formatUpdates(check.updates),
        check.updates.updates.filter(({ security }) => security).map(({ name }) => name),
      );
    case 'unknown':
      return build(`cannot tell if updates are due: ${check.reason.message}`);
  }
}

function build(why: string, securityUpdates: readonly string[] = []): Decision {
  return { kind: 'build', why, securityUpdates };
}

/** Lets apt find what an upgrade of the published version would install, without its image. */
async function findUpdates(
  manifest: Manifest,
  { inputs, upgrade, directory }: DecisionRequest & { readonly upgrade: UpgradeScope },
  ports: BuildPorts & { readonly store: ObjectStore },
): Promise<UpdatesAnswer> {
  return ports.steps.run('Check for updates', async (log) => {
    const check = await checkUpdates(manifest, { inputs, upgrade, directory }, { ...ports, log });
    if (check.kind === 'unknown')
      log.warn(`Cannot tell if updates are due, so a new version is built: ${check.reason.message}`);
    else log.info(formatUpdates(check.updates));
    return check;
  });
}

async function checkUpdates(
  manifest: Manifest,
  { inputs, upgrade, directory }: Pick<DecisionRequest, 'inputs' | 'directory'> & { readonly upgrade: UpgradeScope },
  ports: BuildPorts & { readonly store: ObjectStore; readonly log: Log },
): Promise<UpdatesAnswer> {
  const state = await tryReadAptState(manifest, ports.store).catch(
    (error: unknown) => new Failure(errorMessage(error), { cause: error }),
  );
  if (state instanceof Failure) return { kind: 'unknown', reason: state };
  if (state === undefined)
    return {
      kind: 'unknown',
      reason: new Failure(`${manifest.image}.${manifest.version} has no record of its apt state`),
    };
  const { snapshot } = inputs.changes;
  const pinned =
    snapshot === undefined
      ? state
      : { ...state, sources: [{ name: 'pinned.sources', text: pinSources(state.sources, snapshot).text }] };
  const cache = join(inputs.directories.cache, 'apt-lists', manifest.image);
  const { packages, allowLocalAptSources: allowLocalSources } = inputs.changes;
  return tryResolveUpdates({ state: pinned, upgrade, packages, allowLocalSources, directory, cache }, ports);
}
