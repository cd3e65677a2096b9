import { lstat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { laterRelease, minReleaseFor } from '../vmm/cloud-hypervisor-needs.js';
import type { Qcow2Header } from '../disk/qcow2-header.js';
import { isAtLeast, parseRelease, program, readRelease, type Release } from '../vmm/cloud-hypervisor-release.js';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { Manifest } from '../store/documents/manifest.js';

/** The first that can be told that a disk is an overlay: release notes of v51.0; v50.1 has the option too (its vm_config.rs). */
const overlaysSince = '50.1';
/** Reads behind the end of a backing file are zeros: release notes of v51.0, #7678. */
const largerOverlaysSince = '51.0';
/** Zeros that a guest asks for (WRITE_ZEROES) do not show what the backing file has there: release notes of v53.0, #8245. */
const zeroesSince = '53.0';

/** @throws Failure as `checkCloudHypervisor` does, for VMs whose disks are overlays over the image, of the image's size or larger */
export async function checkForOverlays(
  manifest: Manifest,
  { isLarger, header }: { readonly isLarger: boolean; readonly header: Qcow2Header },
  ports: { readonly processes: Processes; readonly log: Log },
): Promise<void> {
  const min = [
    minReleaseFor(header),
    manifest.cloudHypervisor.min,
    isLarger ? largerOverlaysSince : overlaysSince,
  ].reduce(laterRelease);
  const release = await checkCloudHypervisor(manifest, ports, min);
  if (release === undefined || isAtLeast(release, zeroesSince)) return;
  ports.log.warn(
    `${program} ${release.text} shows a VM the image's bytes where it has asked for zeros on its overlay: ${zeroesSince} does not`,
  );
}

/** The Cloud Hypervisor of this host. @throws Failure where it is older than the image needs; one that is missing, or says nothing, is a warning */
export async function checkCloudHypervisor(
  manifest: Manifest,
  ports: { readonly processes: Processes; readonly log: Log },
  min = laterRelease(manifest.cloudHypervisor.min, minReleaseFor(manifest.disk)),
): Promise<Release | undefined> {
  const needed = `${manifest.image}.${manifest.version} needs ${min} or newer`;
  if ((await ports.processes.tryFind(program)) === undefined) {
    ports.log.warn(`${program} is not installed on this host: ${needed}`);
    return undefined;
  }
  const release = await readRelease(ports.processes);
  if (release.number === undefined || parseRelease(min).number === undefined) {
    ports.log.warn(`${program} --version says ${JSON.stringify(release.text)}, which cannot be compared: ${needed}`);
    return undefined;
  }
  if (isAtLeast(release, min)) return release;
  throw new Failure(`${program} ${release.text} of this host is too old: ${needed}`, {
    fix: `install Cloud Hypervisor ${min} or newer`,
  });
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
  const needs = new Map<number, { readonly directory: string; bytes: number }>();
  for (const { path, room } of files) {
    const directory = dirname(path);
    const { dev } = await lstat(directory);
    const need = needs.get(dev) ?? { directory, bytes: reserve };
    need.bytes += room;
    needs.set(dev, need);
  }
  for (const { directory, bytes } of needs.values()) {
    const { bavail, bsize } = await statfs(directory);
    if (bytes <= bavail * bsize) continue;
    throw new Failure(`${directory} has ${formatBytes(bavail * bsize)} free, and ${formatBytes(bytes)} are needed`, {
      fix: 'ch-golden host prune',
    });
  }
}
