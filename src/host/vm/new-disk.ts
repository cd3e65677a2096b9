import { realpath } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { rawDisksSince } from '../../vmm/cloud-hypervisor-needs.js';
import { assertCloudHypervisor, assertOverlaySupport } from '../check-host.js';
import { withHostLock } from '../host-directories.js';
import { overlayCommand, toLaunch, type DiskFormat } from '../launch.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { createRawDisk } from '../raw-copy.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyLocal } from '../version-signatures.js';

type Ports = Pick<HostPorts, 'processes' | 'log' | 'signal'>;

interface NewDisk {
  readonly root: string;
  readonly format: DiskFormat;
  /** Bytes. */
  readonly size: number;
}

interface VersionUse extends NewDisk {
  /** Use a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
}

/** @throws Failure if no disk may be created from a version, or this host's Cloud Hypervisor cannot use such a disk */
export async function assertUsableVersion(
  local: LocalVersion,
  { root, format, size, allowRevoked }: VersionUse,
  ports: Ports,
): Promise<void> {
  await assertNotRevokedHere(local, { root, allowRevoked }, ports);
  await verifyLocal(root, local);
  // The image may have been replaced since it was pulled.
  const header = await assertVersionFiles(local);
  if (format === 'raw') await assertCloudHypervisor(local.manifest, ports, rawDisksSince);
  else await assertOverlaySupport(local.manifest, { isLarger: size > header.virtualSize, header }, ports);
}

/** @throws Failure if this host has seen a version revoked */
export async function assertNotRevokedHere(
  local: LocalVersion,
  { root, allowRevoked }: Pick<VersionUse, 'root' | 'allowRevoked'>,
  { log }: Pick<HostPorts, 'log'>,
): Promise<void> {
  const revocation = tryGetLocalRevocation(await readSeen(root, local.image), local);
  assertNotRevoked({ ...local, revocation, allowRevoked }, log);
}

/**
 * Creates a disk from a version that was checked: an overlay over its image, or a raw disk with its content. A raw disk
 * can take minutes.
 * @param path of the new disk, in the directory that it stays in, or beside that
 * @param layer the frozen disk of a template, instead of the image
 */
export async function createVmDisk(
  local: LocalVersion,
  { root, format, size, path, layer }: NewDisk & { readonly path: string; readonly layer?: string | undefined },
  ports: Ports,
): Promise<void> {
  if (format === 'qcow2') {
    // Relative, so that the root can be moved; from the disk's real path, since that is how it is resolved.
    const backing = relative(await realpath(dirname(path)), await realpath(layer ?? toLaunch(local).imagePath));
    await ports.processes.run({ argv: [...overlayCommand(backing, path), String(size)] });
    return;
  }
  await withHostLock(root, 'raw', ports, async () => {
    // With the lock: nothing removes the version's raw copy, and what was checked here is read next.
    await assertVersionFiles(local);
    await createRawDisk(local, { path, size }, ports);
  });
}
