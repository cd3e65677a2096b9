import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rawDisksSince } from '../../vmm/cloud-hypervisor-needs.js';
import { silentLog } from '../../platform/progress/log.js';
import { assertCloudHypervisor } from '../check-host.js';
import { withHostLock } from '../host-directories.js';
import { rawDraftPrefix, type LocalVersion } from '../local-versions.js';
import { createRawDisk } from '../raw-copy.js';
import type { HostPorts } from '../ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyLocal } from '../version-signatures.js';
import { vmFiles } from './vm-record.js';

/** A raw disk whose VM does not exist yet. Removed at the end of its scope, unless it was moved away. */
export interface RawDraft extends AsyncDisposable {
  readonly path: string;
  /** The version that it has the content of. */
  readonly version: number;
}

interface DraftRequest {
  readonly root: string;
  /** Use a revoked version. */
  readonly allowRevoked?: boolean | undefined;
  /** Bytes. */
  readonly size: number;
}

/** Creates a raw disk before the VM: that can take minutes, in which other commands switch and create. */
export async function createRawDraft(
  local: LocalVersion,
  { root, allowRevoked, size }: DraftRequest,
  ports: Pick<HostPorts, 'processes' | 'log' | 'signal'>,
): Promise<RawDraft> {
  const revocation = tryGetLocalRevocation(await readSeen(root, local.image), local);
  // Checked again, and warned of, when the VM is created.
  assertNotRevoked({ ...local, revocation, allowRevoked }, silentLog);
  await verifyLocal(root, local);
  await assertCloudHypervisor(local.manifest, ports, rawDisksSince);
  return withHostLock(root, 'raw', ports, async () => {
    // With the lock: nothing removes the version's raw copy, and what was checked here is read next.
    await assertVersionFiles(local);
    const directory = await mkdtemp(join(root, 'sandboxes', rawDraftPrefix));
    const remove = async (): Promise<void> => rm(directory, { recursive: true, force: true });
    const path = join(directory, vmFiles.rawDisk);
    try {
      await createRawDisk(local, { path, size }, ports);
    } catch (error) {
      await remove();
      throw error;
    }
    return { path, version: local.version, [Symbol.asyncDispose]: remove };
  });
}
