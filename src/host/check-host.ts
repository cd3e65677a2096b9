import { lstat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { laterRelease, minReleaseFor } from '../vmm/cloud-hypervisor-needs.js';
import type { Qcow2Header } from '../disk/qcow2-header.js';
import { isAtLeast, parseRelease, program, readRelease, type Release } from '../vmm/cloud-hypervisor-release.js';
import { Failure } from '../platform/errors.js';
import { formatBytes, quoteText } from '../platform/format.js';
import type { Manifest } from '../store/documents/manifest.js';
import { findCorrupting, formatDefect, overlayUse } from '../vmm/known-defects.js';
import type { Log } from '../platform/progress/log.js';
import type { HostPorts } from './ports.js';

/** First release with `backing_files=on`: release notes of v51.0; v50.1 has the option too (its vm_config.rs). */
const overlaysSince = '50.1';
/** First release that reads zeros past the end of a backing file: release notes of v51.0, #7678. */
const largerOverlaysSince = '51.0';

/** Checks for VMs whose disks are overlays over the image. @throws Failure as `assertCloudHypervisor` */
export async function assertOverlaySupport(
  manifest: Manifest,
  { isLarger, header }: { readonly isLarger: boolean; readonly header: Qcow2Header },
  ports: Pick<HostPorts, 'processes' | 'log'>,
): Promise<void> {
  const min = [
    minReleaseFor(header),
    manifest.cloudHypervisor.min,
    isLarger ? largerOverlaysSince : overlaysSince,
  ].reduce(laterRelease);
  await assertCloudHypervisor(manifest, ports, min);
}

/**
 * Checks the Cloud Hypervisor of this host. One that is missing, or whose release is unknown, is a warning only.
 * @throws Failure if it is older than the image needs
 */
export async function assertCloudHypervisor(
  manifest: Manifest,
  ports: Pick<HostPorts, 'processes' | 'log'>,
  min = laterRelease(manifest.cloudHypervisor.min, minReleaseFor(manifest.disk)),
): Promise<Release | undefined> {
  const needed = `${manifest.image}.${manifest.version} needs ${min} or newer`;
  if ((await ports.processes.tryFind(program)) === undefined) {
    ports.log.warn(`${program} is not installed on this host: ${needed}`);
    return undefined;
  }
  const release = await readRelease(ports.processes);
  if (release.number === undefined || parseRelease(min).number === undefined) {
    ports.log.warn(`Unknown release ${quoteText(release.text)} of ${program}: ${needed}`);
    return undefined;
  }
  if (isAtLeast(release, min)) return release;
  throw new Failure(`${program} ${release.text} on this host is too old: ${needed}`, {
    fix: `install Cloud Hypervisor ${min} or newer`,
  });
}

/** Warns of what this host's release would do to the disks of VMs over the image. */
export function warnOfDefects(
  release: Release,
  { image, version }: Pick<Manifest, 'image' | 'version'>,
  log: Pick<Log, 'warn'>,
): void {
  const found = findCorrupting(release, overlayUse);
  if (found.length === 0) return;
  log.warn(
    `${program} ${release.text} corrupts overlays on ${image}.${version}, so vm create uses raw disks: ` +
      found.map(formatDefect).join('; '),
  );
}

export interface PlannedFile {
  readonly path: string;
  /** Additional bytes on its filesystem, see `countNeededBytes`. */
  readonly neededBytes: number;
}

/** Stays free for the manifest, and for what else the host writes. */
const reserveBytes = 16 * 1024 ** 2;

/** @throws Failure if a filesystem has too little free space for the files that go there */
export async function assertFreeSpace(files: readonly PlannedFile[]): Promise<void> {
  const needs = new Map<number, { readonly directory: string; bytes: number }>();
  for (const { path, neededBytes } of files) {
    const directory = dirname(path);
    const { dev } = await lstat(directory);
    const need = needs.get(dev) ?? { directory, bytes: reserveBytes };
    need.bytes += neededBytes;
    needs.set(dev, need);
  }
  for (const { directory, bytes } of needs.values()) {
    const { bavail, bsize } = await statfs(directory);
    if (bytes <= bavail * bsize) continue;
    throw new Failure(
      `not enough disk space in ${directory}: ${formatBytes(bytes)} needed, ${formatBytes(bavail * bsize)} free`,
      { fix: 'ch-golden host prune' },
    );
  }
}
