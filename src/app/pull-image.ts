import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { KeptVersion } from '../host/kept-versions.js';
import { describeLaunch, formatEnvironment, launchArguments, type Launch } from '../host/launch.js';
import { pullVersion, type Pulled } from '../host/pull-version.js';
import { rollBack } from '../host/roll-back.js';
import type { HostSubject, PullInputs } from '../inputs/pull-inputs.js';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { writeFileAtomically } from '../platform/files.js';
import { formatBytes, formatDuration } from '../platform/format.js';
import type { Session } from '../platform/session.js';
import { tryReadHeartbeat } from '../store/heartbeat.js';
import type { ObjectReader } from '../store/object-store.js';
import { openReader } from '../store/open-store.js';

/** The version that a host has in use, and how a VM is started from it. */
export interface HostReport extends Launch {
  readonly launchArguments: readonly string[];
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
 * Brings a version to this host. `onPulled` hears of it before its age is looked at: an old version is better than
 * an older one, so that it is in use when the failure is reported.
 */
export async function pullImage(
  inputs: PullInputs, session: Session, onPulled: (report: PullReport) => void = () => undefined,
): Promise<PullReport> {
  const { image, wanted, root, verify } = inputs;
  const store = openReader(inputs.store, session);
  return session.steps.run(`pull ${image}`, async (log) => {
    const pulled = await pullVersion({ root, image, wanted, verify }, { ...session, store, log });
    await keepEnvironment(pulled.kept, inputs.envFile);
    const report = describePull(pulled);
    log.info(`${image}.${report.version} ${report.changed ? 'is in use' : 'was in use already'}: ${formatBytes(report.fetchedBytes)} fetched, `
      + `${formatBytes(report.reusedBytes)} were here, in ${formatDuration(report.durationMs)}`);
    onPulled(report);
    await checkAge(pulled, inputs, { ...session, store });
    return report;
  });
}

/** Takes the version before into use again, without the store. */
export async function rollBackImage(request: HostSubject, session: Session): Promise<HostReport & { readonly from: number }> {
  return session.steps.run(`roll back ${request.image}`, async (log) => {
    const { kept, from } = await rollBack(request, { ...session, log });
    await keepEnvironment(kept, request.envFile);
    return { ...describeHost(kept), from };
  });
}

function describeHost(kept: KeptVersion): HostReport {
  const launch = describeLaunch(kept);
  return { ...launch, launchArguments: launchArguments(launch) };
}

function describePull({ kept, changed, heldBack, transfer, durationMs }: Pulled): PullReport {
  return {
    ...describeHost(kept), changed,
    ...(heldBack === undefined ? {} : { heldBack }),
    fetchedBytes: transfer.fetched, reusedBytes: transfer.reused, durationMs,
  };
}

/** Written only when it says something new: units can watch it. */
async function keepEnvironment(kept: KeptVersion, envFile: string | undefined): Promise<void> {
  if (envFile === undefined) return;
  const path = resolve(envFile);
  const content = formatEnvironment(kept);
  if (await readFile(path, 'utf8').catch(() => undefined) !== content) await writeFileAtomically(path, content);
}

const dayMs = 24 * 3_600_000;

/** A version is as old as the last run that found it to be current: that is its own build, or a later one that had nothing to do. */
async function checkAge(
  { created, found }: Pulled, { image, wanted, maxAgeMs }: PullInputs, { store, clock }: { readonly store: ObjectReader; readonly clock: Clock },
): Promise<void> {
  const ageOf = (time: string): number => clock.now() - Date.parse(time);
  const describeAge = (time: string): string => `${(ageOf(time) / dayMs).toFixed(1)} days ago, at ${time}`;
  if (maxAgeMs === undefined || ageOf(created) <= maxAgeMs) return;
  const heartbeat = await tryReadHeartbeat(image, store);
  const checked = heartbeat?.version === found ? heartbeat.checked : undefined;
  if (checked !== undefined && ageOf(checked) <= maxAgeMs) return;
  const last = checked === undefined ? 'no run has found it to be current since then' : `the last run that found it to be current was ${describeAge(checked)}`;
  throw new Failure(`${wanted} of ${image} was built ${describeAge(created)}, and ${last}: more than ${(maxAgeMs / dayMs).toFixed(1)} days`, {
    mend: 'it is in use on this host; look whether builds still run',
  });
}
