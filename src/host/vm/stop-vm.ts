import { randomUUID } from 'node:crypto';
import { lstat, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import type { ProcessIdentity } from '../../platform/process/process-identity.js';
import { withHostLock } from '../host-directories.js';
import { draftPrefix } from '../kept-versions.js';
import type { VmPorts } from './start-vm.js';
import { removeDirectoryTree } from './vm-files.js';
import { vmFiles, vmDirectory } from './vm-record.js';
import { forgetVmm, killVmm, tryFindVmm, vmApi, waitForEnd, withVmLock } from './vmm-process.js';

/** How a VM came to its end: by itself when asked, or by force; or it did not run. */
export type VmEnd = 'powered off' | 'forced' | 'did not run';

interface StopRequest {
  readonly root: string;
  readonly name: string;
  /** How long the guest may take to power off before it is forced. */
  readonly timeoutMs: number;
}

const farewellMs = 5_000;

/** Asks the guest to power off; a guest that does not is ended. */
export async function stopVm({ root, name, timeoutMs }: StopRequest, ports: VmPorts): Promise<VmEnd> {
  const vmPath = await getVmPath(root, name);
  return withVmLock(vmPath, ports, async (directory) => endVm(directory, timeoutMs, ports));
}

/** Removes a VM with its disk. @throws Failure where it runs, unless that is to be ended */
export async function deleteVm(
  { root, name, force }: { readonly root: string; readonly name: string; readonly force: boolean },
  ports: VmPorts,
): Promise<VmEnd> {
  const vmPath = await getVmPath(root, name);
  return withVmLock(vmPath, ports, async (directory) => {
    if (!force && (await tryFindVmm(directory, ports.signal)) !== undefined) {
      throw new Failure(`${name} is running`, {
        fix: `ch-golden vm stop ${name}, or ch-golden vm delete ${name} --force`,
      });
    }
    const end = await endVm(directory, 0, ports);
    // One rename: whoever looks sees the VM whole, or not at all.
    const gone = join(resolve(root), 'sandboxes', `${draftPrefix}${randomUUID()}`);
    // Create and prune remove what killed commands have left: not while we are at it.
    await withHostLock(resolve(root), 'switch', ports, async () => {
      await rename(vmPath, gone);
      await removeDirectoryTree(gone, ports);
    });
    return end;
  });
}

async function getVmPath(root: string, name: string): Promise<string> {
  const vmPath = vmDirectory(resolve(root), name);
  if ((await ifPresent(lstat(vmPath)))?.isDirectory() === true) {
    if ((await ifPresent(lstat(join(vmPath, vmFiles.record)))) !== undefined) return vmPath;
    throw new Failure(`${vmPath} was not made by ch-golden vm create: it has no ${vmFiles.record}`, {
      fix: 'look after it by other means',
    });
  }
  throw new Failure(`there is no VM ${name} in ${root}`, { fix: 'ch-golden vm list' });
}

async function endVm(directory: OwnedDirectory, timeoutMs: number, ports: VmPorts): Promise<VmEnd> {
  const vmm = await tryFindVmm(directory, ports.signal);
  const end = vmm === undefined ? 'did not run' : await endVmm(vmm, directory, timeoutMs, ports);
  await forgetVmm(directory);
  return end;
}

async function endVmm(
  vmm: ProcessIdentity,
  directory: OwnedDirectory,
  timeoutMs: number,
  ports: VmPorts,
): Promise<VmEnd> {
  const { clock, signal, log } = ports;
  const api = vmApi(directory, signal);
  const ask = async (what: () => Promise<void>): Promise<void> => what().catch(() => signal.throwIfAborted());
  if (timeoutMs > 0) {
    await ask(api.pressPowerButton);
    if (await waitForEnd(vmm, timeoutMs, clock, signal)) return 'powered off';
    log.warn(`the guest has not powered off within ${timeoutMs / 1000} s: it is ended`);
  }
  await ask(api.shutDownVm);
  await ask(api.shutDownVmm);
  if (!(await waitForEnd(vmm, farewellMs, clock, signal))) await killVmm(vmm, directory, ports);
  return 'forced';
}
