import { formatEdit } from '../../image/plan.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { Clock } from '../../platform/clock.js';
import type { Processes } from '../../platform/process/processes.js';
import { openStore } from '../../objects/open-store.js';
import { findReference } from '../../store/read-versions.js';
import { formatAddress } from '../../objects/store-address.js';
import { planChanges } from './plan-changes.js';
import { planImage } from './plan-image.js';

/** What a build would do. */
export interface BuildPlan {
  readonly daemon: string;
  readonly base: string;
  readonly edits: readonly string[];
  readonly image: string;
  readonly smoke: string;
  readonly publish: string;
}

/** Says what a build would do with these inputs, and does nothing but look into the store. */
export async function planBuild(
  inputs: BuildInputs,
  ports: { readonly processes: Processes; readonly clock: Clock },
): Promise<BuildPlan> {
  const { base, image, smoke, publish } = inputs;
  const { newest, isNamed } = await findReference(publish.image, publish.channel, openStore(inputs.store, ports));
  const now =
    newest === undefined || !isNamed
      ? `there is no ${publish.channel} yet`
      : `${publish.channel} is ${publish.image}.${newest.manifest.version} now`;
  return {
    daemon: formatDaemon(inputs.daemon.request),
    base: `${base.reference}${newest?.manifest.base.serial === undefined || base.allowDowngrade ? '' : `, not older than serial ${newest.manifest.base.serial}`}`,
    edits: planImage({ path: '', sha256: '' }, inputs.daemon.environment, await planChanges(inputs.changes)).map(
      formatEdit,
    ),
    image: `${image.layout}, driver ${image.driver}, compression ${image.compression}, disk of ${image.diskSize / 1024 ** 3} GiB`,
    smoke: smoke.enabled
      ? `${smoke.clones} clones with ${smoke.cpus} CPUs and ${smoke.memoryMiB} MiB each, health path ${smoke.healthPath}, within ${smoke.timeoutMs / 1000} s`
      : 'none',
    publish: publish.dryRun
      ? 'nothing: this is a dry run'
      : `${publish.image}.${publish.version ?? 'N, the next free number'} to ${formatAddress(inputs.store.address)}, ${now}; ${publish.keep} versions are kept${publish.ifUnchanged === 'skip' ? '; nothing where nothing changed' : ''}`,
  };
}

function formatDaemon(request: BuildInputs['daemon']['request']): string {
  const version = request.version === undefined ? '' : `, version ${request.version}`;
  switch (request.builder) {
    case 'go':
      return `go build ${request.packagePath} in ${request.source}${version}`;
    case 'nx':
      return `npx nx build daemon in ${request.source}${version}`;
    case 'prebuilt':
      return `${request.binary}${version}`;
  }
}
