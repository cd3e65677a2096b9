import type { BaseImage } from '../../base/base-image.js';
import type { GoldenImage } from '../../image/golden-image.js';
import { errorMessage } from '../../platform/errors.js';
import { sha256OfFile } from '../../platform/fs/files.js';
import { waitTogether } from '../../platform/concurrency.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { claimVersion, type Claim } from '../../store/claim-version.js';
import type { ObjectStore } from '../../objects/object-store.js';
import {
  abandonVersion,
  commitVersion,
  stageVersion,
  type PublishedVersion,
  type StagedVersion,
} from '../../store/publish-version.js';
import type { StoredVersion } from '../../store/read-versions.js';
import { applyRetention, retentionGraceMs } from '../../store/cleanup/retention.js';
import { tryGetChannel } from '../../store/index/store-index.js';
import type { VersionFacts } from '../../store/documents/version-facts.js';
import { recordAptState } from './apt-state.js';
import type { BuildPorts } from './build-steps.js';

export interface Publication {
  readonly image: string;
  /** The requested number; by default the next free one. */
  readonly version?: number | undefined;
  readonly channel: string;
  /** Number of newest versions to keep. */
  readonly keep: number;
  /** Unique for this run. */
  readonly owner: string;
  readonly base: BaseImage;
  readonly golden: GoldenImage;
  /** The version that the channel points to. The store copies unchanged parts from it. */
  readonly newest: StoredVersion | undefined;
  readonly store: ObjectStore;
  /** The directory of the run. */
  readonly directory: string;
  /** Boots the image; null without a smoke test. */
  readonly prove: () => Promise<SmokeReport | null>;
  readonly toFacts: (smoke: SmokeReport | null) => VersionFacts;
}

/** Stages the files in the store, hidden, while the image boots. The version becomes visible only after that. */
export async function publishGolden(publication: Publication, ports: BuildPorts): Promise<PublishedVersion> {
  const { image, store, steps } = { ...publication, ...ports };
  const claim = await steps.run('Claim version', async (log) => {
    const claimed = await claimVersion({ ...publication, builder: ports.builder }, { store, clock: ports.clock, log });
    log.info(`${image}.${claimed.version}`);
    return claimed;
  });
  const published = await proveAndCommit(publication, claim, ports);
  await retireOldVersions(publication, ports);
  return published;
}

async function proveAndCommit(publication: Publication, claim: Claim, ports: BuildPorts): Promise<PublishedVersion> {
  const { base, golden, newest, store, channel, directory } = publication;
  let staging: StagedVersion | undefined;
  try {
    const [smoke, aptState, imageSha256, staged] = await waitTogether(
      [
        publication.prove(),
        recordAptState(golden, directory, ports),
        ports.steps.run('Hash image', async () => sha256OfFile(golden.image.path, ports.signal)),
        ports.steps.run('Stage files', async (log) => {
          staging = await stageVersion(
            withoutUndefined({ claim, golden, base, previous: newest?.manifest, signal: ports.signal }),
            { store, clock: ports.clock, log },
          );
          return staging;
        }),
      ],
      ports.cancel,
    );
    return await ports.steps.run('Publish', async (log) => {
      const version = await commitVersion(
        {
          staged,
          imageSha256,
          facts: publication.toFacts(smoke),
          channel,
          ...withoutUndefined({ aptState }),
        },
        { ...ports, store },
      );
      log.info(formatPublished(claim, channel, tryGetChannel(version.index, channel)?.version));
      return version;
    });
  } catch (error) {
    await ports.steps.run('Release version', async (log) =>
      abandonVersion(withoutUndefined({ claim, staged: staging }), { store, log }),
    );
    throw error;
  }
}

function formatPublished({ image, version }: Claim, channel: string, named: number | undefined): string {
  if (named === version) return `Channel ${channel} points to ${image}.${version}`;
  const state = named === undefined ? 'does not exist' : `stays at ${named}`;
  return `Published ${image}.${version}; channel ${channel} ${state}`;
}

/** The version is published. Old versions that cannot be removed now are removed by the next run. */
async function retireOldVersions({ image, owner, keep, store }: Publication, ports: BuildPorts): Promise<void> {
  await ports.steps.run('Clean up', async (log) => {
    try {
      const { retired } = await applyRetention(
        { image, owner, keep, graceMs: retentionGraceMs },
        { ...ports, store, log },
      );
      log.info(retired.length === 0 ? 'Nothing to remove' : `Removed ${image}.${retired.join(`, ${image}.`)}`);
    } catch (error) {
      log.warn(`Cannot remove old versions: ${errorMessage(error)}`);
    }
  });
}
