import { statfs } from 'node:fs/promises';
import { daemonPort } from '../../host/warm/template-seed.js';
import type { SmokeDisk, WarmChoice } from '../../platform/choices.js';
import { CancelledError, Failure } from '../../platform/errors.js';
import { formatBytes } from '../../platform/format.js';
import { getNamespaceMethod, type NamespaceMethod } from '../../platform/process/user-namespaces.js';
import type { Session } from '../../platform/session.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { isAtLeast, parseRelease } from '../../vmm/cloud-hypervisor-release.js';
import { relativeBackingSince } from '../../vmm/cloud-hypervisor-needs.js';
import { warmGuest } from '../../vmm/identity-records.js';
import { findCorrupting, overlayUse } from '../../vmm/known-defects.js';
import { tryFindSnapshotProblem } from './prove-snapshots.js';
import { inWarmNetwork } from './warm-network.js';

/** What is known about a version once it was booted cold. */
export interface ColdFacts {
  readonly report: Pick<SmokeReport, 'vmm' | 'vmmVersion' | 'accelerator' | 'clones'>;
  readonly disk: SmokeDisk;
  /** The daemon's. */
  readonly port: number;
  /** Edits of the image. */
  readonly edits: readonly string[];
}

/** Whether the VMs of a smoke test ran on what hosts run theirs on. */
export function ranLikeHosts({ vmm, accelerator }: Pick<SmokeReport, 'vmm' | 'accelerator'>): boolean {
  return vmm === 'cloud-hypervisor' && accelerator === 'kvm';
}

/** Why hosts with this VMM do not start VMs of a version warm; undefined if they do. */
export function tryFindVersionObstacle({ report, disk, port, edits }: ColdFacts): string | undefined {
  const { vmmVersion, clones } = report;
  if (!ranLikeHosts(report)) return 'the smoke test did not run on Cloud Hypervisor with KVM';
  const release = parseRelease(vmmVersion);
  if (!isAtLeast(release, relativeBackingSince))
    return `Cloud Hypervisor ${vmmVersion} does not support them (supported since ${relativeBackingSince})`;
  const [defect] = findCorrupting(release, overlayUse);
  if (defect !== undefined) return `Cloud Hypervisor ${vmmVersion} can corrupt overlays (${defect.id})`;
  if (disk !== 'overlay') return `smoke-disk is ${disk}, and templates are overlays`;
  if (port !== daemonPort) return `the daemon listens on port ${port}, and templates wait for port ${daemonPort}`;
  if (!edits.some((edit) => edit.includes(`${warmGuest.directory}/identity`)))
    return 'the image was built by a release without warm starts';
  const [failed] = clones.flatMap(({ failedUnits }) => failedUnits);
  return failed === undefined ? undefined : `the unit ${failed} fails at boot, and no template is made of such a guest`;
}

/** Programs that hosts need to start VMs, besides those of a build. */
const programs = ['perl', 'setsid', 'flock', 'fallocate', 'xorriso', 'qemu-img', 'ip', 'mount'] as const;
const mebibyte = 1024 ** 2;
/** What a template and two clones write to their disks. */
const diskBytes = 640 * mebibyte;

export interface WarmPlace {
  /** Where the template goes. */
  readonly directory: string;
  readonly memoryMiB: number;
}

export type WarmPlan =
  | { readonly method: NamespaceMethod; readonly obstacle?: undefined }
  | { readonly obstacle: string };

/** How clones can be started on this machine, or why they cannot. */
export async function planWarmStarts(
  { directory, memoryMiB }: WarmPlace,
  ports: Pick<Session, 'processes' | 'clock' | 'signal'>,
): Promise<WarmPlan> {
  const { processes } = ports;
  for (const name of programs)
    if ((await processes.tryFind(name)) === undefined) return { obstacle: `${name} is not installed` };
  const { bavail, bsize } = await statfs(directory);
  const [needed, free] = [memoryMiB * mebibyte + diskBytes, bavail * bsize];
  if (free < needed)
    return { obstacle: `they need ${formatBytes(needed)} in ${directory}, and ${formatBytes(free)} are free` };
  try {
    const method = await getNamespaceMethod({ kind: 'network', sudo: true }, { processes });
    await processes.run({ argv: inWarmNetwork(['true'], method), timeoutMs: 30_000 });
    const obstacle = await tryFindSnapshotProblem(directory, ports);
    return obstacle === undefined ? { method } : { obstacle };
  } catch (error) {
    if (!(error instanceof Failure) || error instanceof CancelledError) throw error;
    const why = error.evidence.at(-1) ?? error.message;
    return { obstacle: `this user cannot create a network with taps for them: ${why}` };
  }
}

/** Says why warm starts are not tested. @throws Failure if they must be */
export function skipWarmStarts(
  wanted: WarmChoice,
  obstacle: string,
  log: { readonly info: (line: string) => void },
): void {
  if (wanted === 'true')
    throw new Failure(`cannot test warm starts: ${obstacle}`, {
      fix: 'set smoke-warm: auto to test them only where they can be tested',
    });
  log.info(`Warm starts are not tested: ${obstacle}`);
}
