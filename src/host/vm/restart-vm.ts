import { resolve } from 'node:path';
import type { HostPorts } from '../ports.js';
import { assertUserCanStart, startManagedVm } from './start-managed.js';
import type { StartedVm, StartRequest } from './start-vm.js';
import { stopVm, type VmEnd } from './stop-vm.js';
import { assertSafeDisk } from './vm-defects.js';
import { assertVmDisks } from './vm-disk.js';
import { readVmRecord, vmDirectory } from './vm-record.js';
import { assertFiles } from './vm-state.js';

export interface RestartRequest extends StartRequest {
  /** How long the guest may take to power off before it is killed. */
  readonly timeoutMs: number;
}

export interface RestartedVm extends StartedVm {
  readonly end: VmEnd;
}

/** Stops a VM and starts it. One that could not start again is not stopped; one that does not run is started. */
export async function restartVm(request: RestartRequest, ports: HostPorts): Promise<RestartedVm> {
  const root = resolve(request.root);
  const vm = await readVmRecord(root, request.name);
  const vmPath = vmDirectory(root, request.name);
  await assertFiles(vmPath, vm);
  await assertVmDisks(root, vmPath, vm);
  await assertSafeDisk(vm, request.allowedDefects ?? [], ports);
  await assertUserCanStart(request, ports);
  const end = await stopVm(request, ports);
  return { ...(await startManagedVm(request, ports)), end };
}
