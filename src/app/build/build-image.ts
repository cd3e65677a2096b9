import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseImage } from '../../base/base-image.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { openStore } from '../../objects/open-store.js';
import { waitTogether } from '../../platform/concurrency.js';
import { withRunDirectory } from '../../platform/fs/run-directory.js';
import { toVersionFacts, type VersionFacts, type VersionParts } from '../../store/documents/version-facts.js';
import type { PublishedVersion } from '../../store/publish-version.js';
import type { StoredVersion } from '../../store/read-versions.js';
import { toVersionUris, type VersionUris } from '../../store/version-uris.js';
import { pushPublished, type PushedBuild } from '../push-published.js';
import { collectOnFailure, listAllSecrets } from '../collect-failure.js';
import {
  assembleStep,
  bootClones,
  buildDaemonStep,
  getBase,
  runPreflight,
  type Assembly,
  type BuildPorts,
  type Proof,
} from './build-steps.js';
import { decideBuild, type Decision } from './decide-build.js';
import { fingerprintImage } from './fingerprint.js';
import { planChanges } from './plan-changes.js';
import { planImage } from './plan-image.js';
import { publishGolden } from './publish-golden.js';
import { readPrevious } from './read-previous.js';
import { recordCheck } from './record-check.js';
import { draftManifest } from '../warm/local-version.js';
import { proveWarmStarts, type WarmSubject } from '../warm/prove-warm.js';
import { saveFiles, saveVersionFiles, type SavedFiles } from './save-files.js';
import { toSettings } from './settings.js';

type Unchanged = Extract<Decision, { readonly kind: 'unchanged' }>;

/** How a build succeeded. */
export type BuildOutcome = { readonly saved: SavedFiles | undefined; readonly pushed?: PushedBuild | undefined } & (
  | (Unchanged & { readonly uris: VersionUris })
  | {
      readonly kind: 'published';
      readonly published: PublishedVersion;
      readonly channel: string;
      readonly why: string;
    }
  | { readonly kind: 'proven'; readonly facts: VersionFacts }
);

type StorePorts = BuildPorts & { readonly store: ObjectStore };

/** Builds the daemon, assembles a golden image with it, boots that, and publishes it as the next version. */
export async function buildImage(inputs: BuildInputs, ports: BuildPorts): Promise<BuildOutcome> {
  const { work, report: to } = inputs.directories;
  const secrets = listAllSecrets(inputs, ports);
  const outcome = await withRunDirectory(work, ports, async (from) =>
    collectOnFailure({ from, to, secrets }, async () => buildInDirectory(from, inputs, ports), ports),
  );
  if (outcome.kind === 'proven') return outcome;
  const { manifest } = outcome.kind === 'published' ? outcome.published : outcome.same;
  return { ...outcome, pushed: await pushPublished(manifest, inputs, ports) };
}

async function buildInDirectory(directory: string, inputs: BuildInputs, ports: BuildPorts): Promise<BuildOutcome> {
  const store = openStore(inputs.store, ports);
  const changes = await planChanges(inputs.changes);
  const settings = toSettings(inputs, changes, listAllSecrets(inputs, ports));
  const { reference, requested, storeDefects } = await runPreflight(inputs, store, ports);
  const { newest } = reference;
  const [daemon, base] = await waitTogether(
    [buildDaemonStep(inputs, await createDirectory(directory, 'daemon'), ports), getBase(inputs, newest, ports)],
    ports.cancel,
  );
  const edits = planImage(daemon, inputs.daemon.environment, changes, inputs.image.boot);
  const fingerprint = fingerprintImage({ base, edits, ...inputs.image });
  const decision = await decideBuild(
    { reference, requested, inputs, fingerprint, base, daemon, settings, directory },
    { ...ports, store },
  );
  if (decision.kind === 'unchanged') return finishUnchanged(decision, inputs, { ...ports, store });
  const { securityUpdates } = decision;
  const parts = { base, daemon, fingerprint, settings, securityUpdates, storeDefects };
  return buildVersion({ directory, newest, edits, parts, why: decision.why }, inputs, { ...ports, store });
}

async function finishUnchanged(decision: Unchanged, inputs: BuildInputs, ports: StorePorts): Promise<BuildOutcome> {
  const { manifest } = decision.same;
  if (!decision.isRequested) await recordCheck(decision.same, inputs.publish, ports);
  const { output } = inputs.directories;
  const saved =
    output === undefined
      ? undefined
      : await ports.steps.run('Fetch image', async (log) => saveVersionFiles(manifest, output, { ...ports, log }));
  return { ...decision, uris: toVersionUris(manifest, ports.store), saved };
}

interface Build {
  readonly directory: string;
  /** The version that the new one is compared with. */
  readonly newest: StoredVersion | undefined;
  readonly edits: Assembly['edits'];
  readonly parts: Pick<VersionParts, 'base' | 'fingerprint' | 'settings' | 'securityUpdates' | 'storeDefects'> &
    Pick<Proof, 'daemon'>;
  readonly why: string;
}

async function buildVersion(build: Build, inputs: BuildInputs, ports: StorePorts): Promise<BuildOutcome> {
  const { directory, newest, edits, parts } = build;
  const { base, daemon } = parts;
  const [golden, previous] = await waitTogether(
    [
      assembleStep(inputs, { base, edits, directory: await createDirectory(directory, 'golden') }, ports),
      readPrevious(newest, ports),
    ],
    ports.cancel,
  );
  const toFacts = (smoke: VersionParts['smoke']): VersionFacts =>
    toVersionFacts({
      ...parts,
      golden,
      smoke,
      previous,
      builder: ports.builder,
      created: new Date(ports.clock.now()),
    });
  const { publish } = inputs;
  const smokeDirectory = await createDirectory(directory, 'smoke');
  const prove = async (): Promise<VersionParts['smoke']> => {
    const cold = await bootClones(inputs, { newest, daemon, golden, directory: smokeDirectory }, ports);
    if (cold === null) return null;
    const subject = toWarmSubject({ image: publish.image, golden, base, toFacts: () => toFacts(cold) }, ports);
    const { smoke, daemon: server } = inputs;
    return proveWarmStarts({ subject, report: cold, smoke, port: server.port, directory: smokeDirectory }, ports);
  };
  const save = async (name: string): Promise<SavedFiles | undefined> => trySave({ golden, base, name }, inputs);
  if (publish.dryRun) return { kind: 'proven', facts: toFacts(await prove()), saved: await save(publish.image) };
  const { store, owner } = ports;
  const published = await publishGolden(
    { ...publish, owner, base, golden, newest, store, directory, prove, toFacts },
    ports,
  );
  const saved = await save(`${publish.image}.${published.manifest.version}`);
  return { kind: 'published', published, channel: publish.channel, why: build.why, saved };
}

async function trySave(
  image: { readonly golden: VersionParts['golden']; readonly base: BaseImage; readonly name: string },
  { directories: { output } }: BuildInputs,
): Promise<SavedFiles | undefined> {
  return output === undefined ? undefined : saveFiles(image, output);
}

interface Proven {
  readonly image: string;
  readonly golden: VersionParts['golden'];
  readonly base: BaseImage;
  /** Called if warm starts are tested. */
  readonly toFacts: () => VersionFacts;
}

function toWarmSubject({ image, golden, base, toFacts }: Proven, { signal }: Pick<StorePorts, 'signal'>): WarmSubject {
  const paths = {
    image: golden.image.path,
    kernel: golden.kernel.path,
    initramfs: golden.initramfs.path,
    base: golden.layout === 'layered' ? base.path : undefined,
  };
  return { edits: golden.edits, paths, readManifest: async () => draftManifest(image, toFacts(), paths, signal) };
}

async function createDirectory(parent: string, name: string): Promise<string> {
  const directory = join(parent, name);
  await mkdir(directory);
  return directory;
}
