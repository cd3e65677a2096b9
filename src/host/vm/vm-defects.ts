import { program, readRelease, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { assertNoDefect } from '../../vmm/assert-no-defect.js';
import { findCorrupting, formatDefect, overlayUse, rawUse } from '../../vmm/known-defects.js';
import type { Processes } from '../../platform/process/processes.js';
import type { DiskFormat } from '../launch.js';
import type { HostPorts } from '../ports.js';
import type { VmRecord } from './vm-record.js';

const useOf = { qcow2: overlayUse, raw: rawUse } as const;

interface DiskRequest {
  /** Of the VM. */
  readonly name: string;
  /** The requested format; by default an overlay, unless this host's Cloud Hypervisor corrupts it. */
  readonly disk?: DiskFormat | undefined;
  /** IDs of defects that are accepted. */
  readonly allowedDefects?: readonly string[] | undefined;
}

/** The format that a VM's disk gets on this host. Logs why it is raw by default. @throws Failure if it is corrupted */
export async function chooseDiskFormat(
  { name, disk, allowedDefects = [] }: DiskRequest,
  { processes, log }: Pick<HostPorts, 'processes' | 'log'>,
): Promise<DiskFormat> {
  const release = await tryReadRelease(processes);
  if (release === undefined) return disk ?? 'qcow2';
  const [defect] = findCorrupting(release, overlayUse).filter(({ id }) => !allowedDefects.includes(id));
  if (disk === undefined && defect !== undefined) {
    log.warn(`${name} gets a raw disk: ${program} ${release.text} corrupts overlays: ${formatDefect(defect)}`);
    return 'raw';
  }
  const format = disk ?? 'qcow2';
  warnOfDefects({ name, format, release, allowedDefects }, { log });
  return format;
}

/** Warns of what a VM was created, or is started, with in spite of a defect. @throws Failure if that is not allowed */
export async function assertSafeDisk(
  { name, disk, allowedDefects = [] }: Pick<VmRecord, 'name' | 'disk' | 'allowedDefects'>,
  accepted: readonly string[],
  { processes, log }: Pick<HostPorts, 'processes' | 'log'>,
): Promise<void> {
  const release = await tryReadRelease(processes);
  if (release === undefined) return;
  warnOfDefects({ name, format: disk ?? 'qcow2', release, allowedDefects: [...allowedDefects, ...accepted] }, { log });
}

interface Checked {
  readonly name: string;
  readonly format: DiskFormat;
  readonly release: Release;
  readonly allowedDefects: readonly string[];
}

function warnOfDefects(
  { name, format, release, allowedDefects: allowed }: Checked,
  { log }: Pick<HostPorts, 'log'>,
): void {
  const subject = `the disk of ${name}`;
  for (const warning of assertNoDefect({ subject, release, use: useOf[format], allowed })) log.warn(warning);
}

async function tryReadRelease(processes: Processes): Promise<Release | undefined> {
  return (await processes.tryFind(program)) === undefined ? undefined : readRelease(processes);
}
