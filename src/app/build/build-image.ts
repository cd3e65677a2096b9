import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { withRunDirectory } from '../../platform/fs/run-directory.js';
import { waitTogether } from '../../platform/concurrency.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { openStore } from '../../objects/open-store.js';
import type { PublishedVersion } from '../../store/publish-version.js';
import { toVersionFacts, type VersionFacts } from '../../store/documents/version-facts.js';
import { toVersionUris, type VersionUris } from '../../store/version-uris.js';
import { bootClones, getBase, runPreflight, buildDaemonStep, assembleStep, type BuildPorts } from './build-steps.js';
import { collectOnFailure, listAllSecrets } from '../collect-failure.js';
import { decideBuild, type Decision } from './decide-build.js';
import { fingerprintImage } from './fingerprint.js';
import { saveFiles, type KeptFiles } from './save-files.js';
import { planChanges } from './plan-changes.js';
import { planImage } from './plan-image.js';
import { publishGolden } from './publish-golden.js';
import { readPrevious } from './read-previous.js';
import { recordCheck } from './record-check.js';

/** How a build ended well. */
export type BuildOutcome =
  | (Extract<Decision, { readonly kind: 'unchanged' }> & { readonly uris: VersionUris })
  | {
      readonly kind: 'published';
      readonly published: PublishedVersion;
      readonly channel: string;
      readonly why: string;
      readonly kept?: KeptFiles;
    }
  | { readonly kind: 'proven'; readonly facts: VersionFacts; readonly kept?: KeptFiles };

/** Builds the daemon, assembles a golden image with it, boots that, and publishes it as the next version. */
export async function buildImage(inputs: BuildInputs, ports: BuildPorts): Promise<BuildOutcome> {
  const { work, report: to } = inputs.directories;
  const secrets = listAllSecrets(inputs, ports);
  return withRunDirectory(work, ports, async (from) =>
    collectOnFailure({ from, to, secrets }, async () => buildInDirectory(from, inputs, ports), ports),
  );
}

async function buildInDirectory(directory: string, inputs: BuildInputs, ports: BuildPorts): Promise<BuildOutcome> {
  const store = openStore(inputs.store, ports);
  const changes = await planChanges(inputs.changes);
  const { reference, asked, storeDefects } = await runPreflight(inputs, store, ports);
  const { newest } = reference;
  const [daemon, base] = await waitTogether(
    [buildDaemonStep(inputs, await createDirectory(directory, 'daemon'), ports), getBase(inputs, newest, ports)],
    ports.cancel,
  );

  const edits = planImage(daemon, inputs.daemon.environment, changes);
  const fingerprint = fingerprintImage({ base, edits, ...inputs.image });
  const decision = await decideBuild(
    { reference, asked, inputs, fingerprint, base, daemon, directory },
    { ...ports, store },
  );
  if (decision.kind === 'unchanged') {
    if (!decision.isAsked) await recordCheck(decision.same, inputs.publish, { ...ports, store });
    return { ...decision, uris: toVersionUris(decision.same.manifest, store) };
  }

  const [golden, previous] = await waitTogether(
    [
      assembleStep(inputs, { base, edits, directory: await createDirectory(directory, 'golden') }, ports),
      readPrevious(newest, { ...ports, store }),
    ],
    ports.cancel,
  );
  const smokeDirectory = await createDirectory(directory, 'smoke');
  const prove = async (): Promise<SmokeReport | null> =>
    bootClones(inputs, { newest, daemon, golden, directory: smokeDirectory }, ports);
  const describe = (smoke: SmokeReport | null): VersionFacts =>
    toVersionFacts({
      base,
      daemon,
      golden,
      smoke,
      fingerprint,
      builder: ports.builder,
      created: new Date(ports.clock.now()),
      ...(previous === undefined ? {} : { previous }),
      securityUpdates: decision.securityUpdates,
      ...(storeDefects.length === 0 ? {} : { storeDefects }),
    });
  const keep = async (name: string): Promise<{ readonly kept?: KeptFiles }> =>
    inputs.directories.output === undefined
      ? {}
      : { kept: await saveFiles({ golden, base, name }, inputs.directories.output) };
  if (inputs.publish.dryRun)
    return { kind: 'proven', facts: describe(await prove()), ...(await keep(inputs.publish.image)) };
  const published = await publishGolden(
    { ...inputs.publish, owner: ports.owner, base, golden, newest, store, directory, prove, describe },
    ports,
  );
  return {
    kind: 'published',
    published,
    channel: inputs.publish.channel,
    why: decision.why,
    ...(await keep(`${inputs.publish.image}.${published.manifest.version}`)),
  };
}

async function createDirectory(parent: string, name: string): Promise<string> {
  const directory = join(parent, name);
  await mkdir(directory);
  return directory;
}
