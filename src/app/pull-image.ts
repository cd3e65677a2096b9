import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LocalVersion } from '../host/local-versions.js';
import { toLaunch, formatLaunchEnvironment, launchArguments, type Launch } from '../host/launch.js';
import { pullVersion, type Pulled } from '../host/pull-version.js';
import { rollBack } from '../host/rollback.js';
import { acceptSignedHeartbeat, readPolicy } from '../host/trust-policy.js';
import type { HostSubject, PullInputs } from '../inputs/pull-inputs.js';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import { formatBytes, formatDuration } from '../platform/format.js';
import type { Session } from '../platform/session.js';
import { tryReadHeartbeat } from '../store/heartbeat.js';
import type { ObjectReader } from '../objects/object-store.js';
import { openReader } from '../objects/open-store.js';
import type { VersionSigner } from '../trust/policy.js';
import { dayMs, tryFindAgeProblem, type TooOld } from './check-age.js';

/** The version that a host has in use, and how a VM is started from it. */
export interface HostReport extends Launch {
  readonly launchArguments: readonly string[];
  /** Why that version must not be used, if it is revoked. */
  readonly revoked?: string;
  /** Who signed that version; absent if this host has no trust policy. */
  readonly signedBy?: VersionSigner;
}

export interface PullReport extends HostReport {
  readonly changed: boolean;
  /** What the channel names, where this host stays off it because it was rolled back from here. */
  readonly heldBack?: number;
  /** Bytes that came from the store. */
  readonly fetchedBytes: number;
  /** Bytes that were on this host already. */
  readonly reusedBytes: number;
  readonly durationMs: number;
}

/**
 * Brings a version to this host. `onPulled` hears of it before its age and its revocation are checked: an old version is better
 * than an older one, so that it is in use when the failure is reported.
 */
export async function pullImage(
  inputs: PullInputs,
  session: Session,
  onPulled: (report: PullReport) => void = () => undefined,
): Promise<PullReport> {
  const { image, wanted, root, verify, allowRevoked = false, requireSignature = false } = inputs;
  const store = openReader(inputs.store, session);
  return session.steps.run(`pull ${image}`, async (log) => {
    const pulled = await pullVersion(
      { root, image, wanted, verify, allowRevoked, requireSignature },
      { ...session, store, log },
    );
    await writeEnvironmentFile(pulled.local, inputs.envFile);
    const report = toPullReport(pulled);
    log.info(
      `${image}.${report.version} ${report.changed ? 'is in use' : 'was in use already'}: ${formatBytes(report.fetchedBytes)} fetched, ` +
        `${formatBytes(report.reusedBytes)} were here, in ${formatDuration(report.durationMs)}`,
    );
    onPulled(report);
    if (!allowRevoked) assertNotOnRevoked(pulled);
    await checkAge(pulled, inputs, { ...session, store });
    return report;
  });
}

/** Takes the version before into use again, without the store. */
export async function rollBackImage(
  request: HostSubject & Pick<PullInputs, 'allowRevoked'>,
  session: Session,
): Promise<HostReport & { readonly from: number }> {
  return session.steps.run(`roll back ${request.image}`, async (log) => {
    const { from, ...inUse } = await rollBack(request, { ...session, log });
    await writeEnvironmentFile(inUse.local, request.envFile);
    return { ...toHostReport(inUse), from };
  });
}

function toHostReport({ local, revoked, signedBy }: Pick<Pulled, 'local' | 'revoked' | 'signedBy'>): HostReport {
  const launch = toLaunch(local);
  return {
    ...launch,
    launchArguments: launchArguments(launch),
    ...(revoked === undefined ? {} : { revoked: revoked.reason }),
    ...(signedBy === undefined ? {} : { signedBy }),
  };
}

function toPullReport({ changed, heldBack, transfer, durationMs, ...inUse }: Pulled): PullReport {
  return {
    ...toHostReport(inUse),
    changed,
    ...(heldBack === undefined ? {} : { heldBack }),
    fetchedBytes: transfer.fetched,
    reusedBytes: transfer.reused,
    durationMs,
  };
}

/** Written only when it says something new: units can watch it. */
async function writeEnvironmentFile(kept: LocalVersion, envFile: string | undefined): Promise<void> {
  if (envFile === undefined) return;
  const path = resolve(envFile);
  const content = formatLaunchEnvironment(kept);
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== content) await writeFileAtomically(path, content);
}

/** @throws Failure if the host was held back on a revoked version */
function assertNotOnRevoked({ local: { image, version }, heldBack, revoked }: Pulled): void {
  if (revoked === undefined) return;
  const replacement = revoked.replacement ?? heldBack;
  throw new Failure(`${image}.${version} is in use on this host, and is revoked: ${revoked.reason}`, {
    fix: replacement === undefined ? 'ch-golden list tells which versions there are' : `ch-golden pull ${replacement}`,
  });
}

/** A version is as old as the last run that found it to be current: that is its own build, or a later one that had nothing to do. */
async function checkAge(
  { created, found }: Pulled,
  { image, root, wanted, maxAgeMs }: PullInputs,
  { store, clock }: { readonly store: ObjectReader; readonly clock: Clock },
): Promise<void> {
  if (maxAgeMs === undefined) return;
  const check = (checked?: string): TooOld | undefined =>
    tryFindAgeProblem({ created, checked, maxAgeMs, now: clock.now() });
  if (check() === undefined) return;
  const accept = acceptSignedHeartbeat(await readPolicy(resolve(root)), clock);
  const heartbeat = await tryReadHeartbeat(image, store, accept);
  const problem = check(heartbeat?.version === found ? heartbeat.checked : undefined);
  if (problem === undefined) return;
  const { built, last } = problem;
  throw new Failure(
    `${wanted} of ${image} was built ${built}, and ${last}: more than ${(maxAgeMs / dayMs).toFixed(1)} days`,
    {
      fix: 'it is in use on this host; look whether builds still run',
    },
  );
}
