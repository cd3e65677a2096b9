import type { BaseImage } from '../../base/base-image.js';
import { resolveBase } from '../../base/resolve-base.js';
import { buildDaemon } from '../../daemon/build-daemon.js';
import type { Daemon } from '../../daemon/daemon.js';
import { assembleGolden, type AssembleRequest } from '../../image/assemble-golden.js';
import { daemonUnit } from '../../image/daemon-edits.js';
import type { GoldenImage } from '../../image/golden-image.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import { Failure } from '../../platform/errors.js';
import { formatBytes, formatCount } from '../../platform/format.js';
import type { SharedCache } from '../../platform/shared-cache.js';
import type { Session } from '../../platform/session.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { proveImage } from '../../smoke/prove-image.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import type { Builder } from '../../store/documents/manifest.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { findReference, type Reference, type StoredVersion } from '../../store/read-versions.js';
import { reapStaged } from '../../store/cleanup/reap-staged.js';
import { retentionGraceMs } from '../../store/cleanup/retention.js';
import type { Signer } from '../../store/signer.js';
import { assertIndexSignable } from '../../store/index/update-index.js';
import { assertSafeStore } from '../unsafe-store.js';
import { assertHealthyMachine } from '../doctor/doctor.js';
import { warnIfSlower } from './compare-boot-time.js';
import { tryGetRequestedVersion } from './choose-version.js';

/** The ports of every step of a build. */
export interface BuildPorts extends Session {
  /** The cache that runs on other machines share. */
  readonly shared?: SharedCache;
  /** Who builds, for the manifest. */
  readonly builder: Builder;
  /** Signs what is published, if there is a key. */
  readonly signer?: Signer;
}

export interface Surroundings {
  readonly reference: Reference;
  /** The published version that has the requested number. */
  readonly requested: StoredVersion | undefined;
  readonly storeDefects: readonly string[];
}

/** Fails now instead of after minutes of work. */
export async function runPreflight(inputs: BuildInputs, store: ObjectStore, ports: BuildPorts): Promise<Surroundings> {
  return ports.steps.run('Preflight', async (log) => {
    const { image, channel, dryRun, unsafeStore: allowUnsafe } = inputs.publish;
    const cached = { place: inputs.store, cacheDirectory: inputs.directories.cache };
    await assertHealthyMachine(inputs, { ...ports, log });
    const storeDefects = dryRun
      ? []
      : await assertSafeStore({ image, owner: ports.owner, allowUnsafe, cached }, { ...ports, store, log });
    if (!dryRun) await assertIndexSignable(image, { ...ports, store });
    if (!dryRun) await reapStaged({ graceMs: retentionGraceMs }, { ...ports, store, log });
    const reference = await findReference(image, channel, store);
    log.info(formatReference(reference, inputs.publish));
    const requested = await tryGetRequestedVersion(inputs.publish, { ...ports, store, log });
    return { reference, requested, storeDefects };
  });
}

function formatReference({ newest, isNamed }: Reference, { image, channel }: BuildInputs['publish']): string {
  if (newest === undefined) return `No version of ${image} yet`;
  const name = `${image}.${newest.manifest.version}`;
  return isNamed
    ? `Channel ${channel} points to ${name}`
    : `Channel ${channel} does not point to a version yet; the newest is ${name}`;
}

export async function buildDaemonStep(
  inputs: BuildInputs,
  outputDirectory: string,
  ports: BuildPorts,
): Promise<Daemon> {
  return ports.steps.run('Build daemon', async (log) =>
    buildDaemon({ ...inputs.daemon.request, outputDirectory }, { ...ports, log }),
  );
}

/** A base older than the newest version's is rejected by default. Serials of different bases cannot be compared. */
export async function getBase(
  inputs: BuildInputs,
  newest: StoredVersion | undefined,
  ports: BuildPorts,
): Promise<BaseImage> {
  const newestBase = newest?.manifest.base;
  const newestSerial = newestBase?.reference === inputs.base.reference ? newestBase.serial : undefined;
  return ports.steps.run('Fetch base image', async (log) => {
    const base = await resolveBase(
      {
        ...inputs.base,
        cacheDirectory: inputs.directories.cache,
        diskSize: inputs.image.diskSize,
        ...withoutUndefined({ newestSerial }),
      },
      { ...ports, log },
    );
    const serial = base.origin.serial === undefined ? '' : ` ${base.origin.serial}`;
    const facts = [base.format, formatBytes(base.size), `sha256 ${base.sha256.slice(0, 12)}`];
    log.info(`${base.origin.reference}${serial}: ${facts.join(', ')}`);
    return base;
  });
}

export type Assembly = Pick<AssembleRequest, 'base' | 'edits' | 'directory'>;

export async function assembleStep(inputs: BuildInputs, assembly: Assembly, ports: BuildPorts): Promise<GoldenImage> {
  return ports.steps.run('Assemble image', async (log) => {
    const golden = await assembleGolden(
      {
        ...inputs.image,
        ...assembly,
        cacheDirectory: inputs.directories.cache,
        forbiddenTexts: [inputs.directories.work],
        mountHelper: ports.helpers.mount,
      },
      { ...ports, log },
    );
    const packages = formatCount(golden.packages.length, 'package');
    log.info(`${formatBytes(golden.image.size)}, Linux ${golden.kernel.version}, ${packages}`);
    return golden;
  });
}

/** Fails at once: a guest without an address would only time out. */
function assertReachable({ networkObstacle }: GoldenImage): void {
  if (networkObstacle !== undefined) throw new Failure(networkObstacle.why, { fix: networkObstacle.fix });
}

export interface Proof {
  /** The version whose boot time is the reference. */
  readonly newest: StoredVersion | undefined;
  readonly daemon: Daemon;
  readonly golden: GoldenImage;
  readonly directory: string;
}

export async function bootClones(
  inputs: BuildInputs,
  { newest, daemon, golden, directory }: Proof,
  ports: BuildPorts,
): Promise<SmokeReport | null> {
  if (!inputs.smoke.enabled) return null;
  return ports.steps.run('Smoke test', async (log) => {
    assertReachable(golden);
    const report = await proveImage(
      {
        ...inputs.smoke,
        image: {
          path: golden.image.path,
          virtualSize: golden.virtualSize,
          minCloudHypervisor: golden.cloudHypervisor.min,
        },
        kernel: golden.kernel.path,
        initramfs: golden.initramfs.path,
        cmdline: golden.cmdline,
        identity: golden.bootProfile.profile === 'fast',
        digest: golden.digest,
        daemon: withoutUndefined({ port: inputs.daemon.port, unit: daemonUnit, version: daemon.version }),
        directory,
        cacheDirectory: inputs.directories.cache,
      },
      { ...ports, log },
    );
    log.info(`${formatCount(report.clones.length, 'clone')} returned 200 on ${report.health.path}`);
    if (inputs.smoke.bootTimeTolerance !== undefined)
      warnIfSlower(report, newest?.manifest, inputs.smoke.bootTimeTolerance, log);
    return report;
  });
}
