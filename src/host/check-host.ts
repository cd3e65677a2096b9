import { lstat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAtLeast, parseRelease, program, readRelease } from '../platform/cloud-hypervisor-release.js';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import type { Manifest } from '../store/manifest.js';

/** The first that can be told that a disk is an overlay: release notes of v51.0; v50.1 has the option too (its vm_config.rs). */
const overlaysSince = '50.1';

/** @throws Failure as `checkCloudHypervisor` does, for VMs whose disks are overlays over the image */
export async function checkForOverlays(manifest: Manifest, ports: { readonly processes: Processes; readonly log: Log }): Promise<void> {
  const { min } = manifest.cloudHypervisor;
  await checkCloudHypervisor(manifest, ports, isAtLeast(parseRelease(min), overlaysSince) ? min : overlaysSince);
}

/** @throws Failure where the Cloud Hypervisor of this host is older than the image needs; one that is missing, or says nothing, is a warning */
export async function checkCloudHypervisor(
  manifest: Manifest, ports: { readonly processes: Processes; readonly log: Log }, min = manifest.cloudHypervisor.min,
): Promise<void> {
  const needed = `${manifest.image}.${manifest.version} needs ${min} or newer`;
  if (await ports.processes.tryFind(program) === undefined) {
    ports.log.warn(`${program} is not installed on this host: ${needed}`);
    return;
  }
  const release = await readRelease(ports.processes);
  if (release.number === undefined || parseRelease(min).number === undefined) {
    ports.log.warn(`${program} --version says ${JSON.stringify(release.text)}, which cannot be compared: ${needed}`);
    return;
  }
  if (isAtLeast(release, min)) return;
  throw new Failure(`${program} ${release.text} of this host is too old: ${needed}`, { mend: `install Cloud Hypervisor ${min} or newer` });
}

/** A file that will be written. */
export interface PlannedFile {
  readonly path: string;
  /** Bytes that it takes beside what is there, see `countRoom`. */
  readonly room: number;
}

/** Kept free for the manifest, and for what else the host writes. */
const reserve = 16 * 1024 ** 2;

/** @throws Failure where a filesystem has no room for the files that go there */
export async function checkSpace(files: readonly PlannedFile[]): Promise<void> {
  const needs = new Map<number, { readonly folder: string; bytes: number }>();
  for (const { path, room } of files) {
    const folder = dirname(path);
    const { dev } = await lstat(folder);
    const need = needs.get(dev) ?? { folder, bytes: reserve };
    need.bytes += room;
    needs.set(dev, need);
  }
  for (const { folder, bytes } of needs.values()) {
    const { bavail, bsize } = await statfs(folder);
    if (bytes <= bavail * bsize) continue;
    throw new Failure(`${folder} has ${formatBytes(bavail * bsize)} free, and ${formatBytes(bytes)} are needed`, { mend: 'ch-golden host prune' });
  }
}
