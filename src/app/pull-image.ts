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
import { withoutUndefined } from '../platform/without-undefined.js';
import { tryReadHeartbeat } from '../store/heartbeat.js';
import type { ObjectReader } from '../objects/object-store.js';
import { openSource } from '../store/oci/open-source.js';
import type { VersionSigner } from '../trust/policy.js';
import { dayMs, tryFindAgeProblem, type TooOld } from './check-age.js';
import { reportIfWanted } from './report-host.js';
import { warmIfWanted } from './warm-after-pull.js';

/** The version that a host uses, and how to start a VM from it. */
export interface HostReport extends Launch {
  readonly launchArguments: readonly string[];
  /** Why that version is revoked, if it is. */
  readonly revoked?: string;
  /** Who signed that version; absent if this host has no trust policy. */
  readonly signedBy?: VersionSigner;
}

export interface PullReport extends HostReport {
  readonly changed: boolean;
  /** The version that the channel points to, if this host was rolled back from it. */
  readonly heldBack?: number;
  /** Bytes fetched from the store. */
  readonly fetchedBytes: number;
  /** Bytes that this host already had. */
  readonly reusedBytes: number;
  readonly durationMs: number;
}

/**
 * Fetches a version to this host and switches to it. The host switches even if the check of age or revocation fails,
 * because an old version is better than an older one.
 * @param onPulled called before these checks
 */
export async function pullImage(
  inputs: PullInputs,
  session: Session,
  onPulled: (report: PullReport) => void = () => undefined,
): Promise<PullReport> {
  const { image, wanted, root, verify, allowRevoked = false, requireSignature = false } = inputs;
  const store = openSource(inputs.store, session);
  return session.steps.run(`pull ${image}`, async (log) => {
    const pulled = await pullVersion(
      { root, image, wanted, verify, allowRevoked, requireSignature },
      { ...session, store, log },
    );
    await writeEnvironmentFile(pulled.local, inputs.envFile);
    const report = toPullReport(pulled);
    log.info(
      `${report.changed ? 'Switched to' : 'Already on'} ${image}.${report.version}: ` +
        `fetched ${formatBytes(report.fetchedBytes)}, reused ${formatBytes(report.reusedBytes)}, ` +
        `in ${formatDuration(report.durationMs)}`,
    );
    onPulled(report);
    await reportIfWanted(inputs, { ...session, log });
    if (!allowRevoked) assertNotOnRevoked(pulled);
    await checkAge(pulled, inputs, { ...session, store });
    await warmIfWanted({ ...inputs, local: pulled.local }, { ...session, log });
    return report;
  });
}

/** Switches back to the previous version, without the store. */
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
    ...withoutUndefined({ revoked: revoked?.reason, signedBy }),
  };
}

function toPullReport({ changed, heldBack, transfer, durationMs, ...inUse }: Pulled): PullReport {
  return {
    ...toHostReport(inUse),
    changed,
    ...withoutUndefined({ heldBack }),
    fetchedBytes: transfer.fetched,
    reusedBytes: transfer.reused,
    durationMs,
  };
}

/** Written only if its content changes, because units can watch it. */
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
  throw new Failure(`${image}.${version} is in use on this host and is revoked: ${revoked.reason}`, {
    fix: replacement === undefined ? 'ch-golden list shows which versions exist' : `ch-golden pull ${replacement}`,
  });
}

/**
 * The age counts from the last run that found the version current: its own build, or a later one that changed nothing.
 */
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
    `${wanted} of ${image} was built ${built}, and ${last} (limit: ${(maxAgeMs / dayMs).toFixed(1)} days)`,
    {
      fix: 'the version is in use; check that builds still run',
    },
  );
}
