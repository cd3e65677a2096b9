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

/** Shows what a build would do with these inputs. Only reads the store. */
export async function planBuild(
  inputs: BuildInputs,
  ports: { readonly processes: Processes; readonly clock: Clock },
): Promise<BuildPlan> {
  const { base, image, smoke, publish } = inputs;
  const { newest, isNamed } = await findReference(publish.image, publish.channel, openStore(inputs.store, ports));
  const channel =
    newest === undefined || !isNamed
      ? `channel ${publish.channel} does not exist yet`
      : `channel ${publish.channel} points to ${publish.image}.${newest.manifest.version}`;
  const serial = base.allowDowngrade ? undefined : newest?.manifest.base.serial;
  const oldest = serial === undefined ? '' : `, not older than serial ${serial}`;
  return {
    daemon: formatDaemon(inputs.daemon.request),
    base: `${base.reference}${oldest}`,
    edits: planImage(
      { path: '', sha256: '' },
      inputs.daemon.environment,
      await planChanges(inputs.changes),
      image.boot,
    ).map(formatEdit),
    image:
      `${image.layout}, driver ${image.driver}, compression ${image.compression},` +
      ` ${image.diskSize / 1024 ** 3} GiB disk`,
    smoke: smoke.enabled
      ? `${smoke.clones} clones with ${smoke.cpus} CPUs and ${smoke.memoryMiB} MiB each,` +
        ` health path ${smoke.healthPath}, limit ${smoke.timeoutMs / 1000} s`
      : 'none',
    publish: publish.dryRun ? 'nothing (dry run)' : formatPublication(inputs, channel),
  };
}

function formatPublication({ publish, store }: BuildInputs, channel: string): string {
  const unchanged = publish.ifUnchanged === 'skip' ? '; publishes nothing if nothing changed' : '';
  return (
    `${publish.image}.${publish.version ?? 'N, the next free number'} to ${formatAddress(store.address)}, ${channel};` +
    ` keeps ${publish.keep} versions${unchanged}`
  );
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
