import { randomUUID } from 'node:crypto';
import { lstat, rename } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import type { ProcessIdentity } from '../../platform/process/process-identity.js';
import { draftPrefix } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { removeBridgeTap } from './network/bridge-tap.js';
import { removeDirectoryTree } from './vm-files.js';
import { vmFiles, vmDirectory } from './vm-record.js';
import { announceKill } from './vm-unit.js';
import { forgetVmm, killVmm, tryFindVmm, vmApi, waitForExit, withVmLock } from './vmm-process.js';

/** How a VM stopped. */
export type VmEnd = 'powered off' | 'forced' | 'did not run';

interface StopRequest {
  readonly root: string;
  readonly name: string;
  /** How long the guest may take to power off before it is killed. */
  readonly timeoutMs: number;
}

const shutdownMs = 5_000;
const pressAgainMs = 5_000;

/** Presses the power button until the guest powers off. A guest that does not do so in time is killed. */
export async function stopVm({ root, name, timeoutMs }: StopRequest, ports: HostPorts): Promise<VmEnd> {
  const vmPath = await getVmPath(root, name);
  return withVmLock(vmPath, ports, async (directory) => endVm(directory, timeoutMs, ports));
}

/** Deletes a VM and its disk. @throws Failure if it is running and `force` is not set */
export async function deleteVm(
  { root, name, force }: { readonly root: string; readonly name: string; readonly force: boolean },
  ports: HostPorts,
): Promise<VmEnd> {
  const vmPath = await getVmPath(root, name);
  return withVmLock(vmPath, ports, async (directory) => {
    if (!force && (await tryFindVmm(directory, ports.signal)) !== undefined) {
      throw new Failure(`${name} is running`, {
        fix: `ch-golden vm stop ${name}, or ch-golden vm delete ${name} --force`,
      });
    }
    const end = await endVm(directory, 0, ports);
    // One rename: other commands see the VM completely, or not at all.
    const removed = join(resolve(root), 'sandboxes', `${draftPrefix}${randomUUID()}`);
    // The VM's lock stays with its directory: create and prune leave it to this command.
    await rename(vmPath, removed);
    await removeDirectoryTree(removed, ports);
    return end;
  });
}

/** @throws Failure if there is no VM that `vm create` made */
export async function getVmPath(root: string, name: string): Promise<string> {
  const vmPath = vmDirectory(resolve(root), name);
  if ((await ifPresent(lstat(vmPath)))?.isDirectory() === true) {
    if ((await ifPresent(lstat(join(vmPath, vmFiles.record)))) !== undefined) return vmPath;
    throw new Failure(`${vmPath} was not created by ch-golden vm create: it has no ${vmFiles.record}`, {
      fix: 'stop and remove it as it was created',
    });
  }
  throw new Failure(`no VM ${name} in ${root}`, { fix: 'ch-golden vm list' });
}

/** Ends the VMM of a VM whose lock the caller holds. */
export async function endVm(directory: OwnedDirectory, timeoutMs: number, ports: HostPorts): Promise<VmEnd> {
  const vmm = await tryFindVmm(directory, ports.signal);
  const end = vmm === undefined ? 'did not run' : await endVmm(vmm, directory, timeoutMs, ports);
  await forgetVmm(directory);
  await removeBridgeTap(directory, ports);
  return end;
}

async function endVmm(
  vmm: ProcessIdentity,
  directory: OwnedDirectory,
  timeoutMs: number,
  ports: HostPorts,
): Promise<VmEnd> {
  const { clock, signal, log } = ports;
  const api = vmApi(directory, signal);
  const attempt = async (action: () => Promise<void>): Promise<void> => action().catch(() => signal.throwIfAborted());
  if (timeoutMs > 0) {
    const deadline = clock.now() + timeoutMs;
    // A guest that still boots does not notice the button, and one that powers off ignores it.
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = deadline - clock.now()) {
      await attempt(api.pressPowerButton);
      if (await waitForExit(vmm, Math.min(leftMs, pressAgainMs), clock, signal)) return 'powered off';
    }
    log.warn(`Killing the VM: it did not power off within ${timeoutMs / 1000} s`);
  }
  await attempt(api.shutDownVm);
  await attempt(api.shutDownVmm);
  if (await waitForExit(vmm, shutdownMs, clock, signal)) return 'forced';
  await announceKill(vmm, basename(directory.path), ports);
  await killVmm(vmm, directory, ports);
  return 'forced';
}
