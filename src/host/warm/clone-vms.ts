import { resolve } from 'node:path';
import { runConcurrently } from '../../platform/concurrency.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { HostPorts } from '../ports.js';
import { createVm, type CreateVmRequest } from '../vm/create-vm.js';
import { rememberHostFacts } from '../vm/host-facts.js';
import { systemMachine } from '../vm/machine.js';
import { startManagedVm } from '../vm/start-managed.js';
import { deleteVm } from '../vm/stop-vm.js';
import type { CloneTimes } from './start-clone.js';

export interface CloneVmsRequest extends Omit<CreateVmRequest, 'name'> {
  readonly names: readonly string[];
}

/** What came of one of the VMs. One that failed does not exist. */
export type CloneOutcome =
  | {
      readonly name: string;
      readonly outcome: 'started';
      readonly pid: number;
      /** How long the parts of its warm start took; absent if it started cold. */
      readonly warm?: CloneTimes;
    }
  | { readonly name: string; readonly outcome: 'failed'; readonly problem: string; readonly fix?: string };

/**
 * Creates VMs and starts them. One that fails does not keep the others from starting. Each keeps one CPU of the host
 * busy until it is ready: more at once would finish no sooner, and each of them later.
 */
export async function cloneVms(
  { names, ...request }: CloneVmsRequest,
  given: HostPorts,
): Promise<readonly CloneOutcome[]> {
  const ports = rememberHostFacts(given);
  const { machine = systemMachine(ports.processes) } = ports;
  const { onlineCpus } = await machine.readCapacity();
  const outcomes: CloneOutcome[] = [];
  await runConcurrently({ items: names, concurrency: onlineCpus, signal: ports.signal }, () => async (name) => {
    outcomes.push(await tryClone({ ...request, name }, ports));
  });
  return names.flatMap((name) => outcomes.filter((outcome) => outcome.name === name));
}

async function tryClone(request: CreateVmRequest, ports: HostPorts): Promise<CloneOutcome> {
  const { root, name, user, overcommit, allowedDefects } = request;
  let isCreated = false;
  try {
    await createVm(request, ports);
    isCreated = true;
    const { pid, warm } = await startManagedVm({ root, name, user, overcommit, allowedDefects }, ports);
    return { name, outcome: 'started', pid, ...(warm === undefined ? {} : { warm }) };
  } catch (error) {
    // Nobody has used it.
    if (isCreated)
      await deleteVm({ root: resolve(root), name, force: true }, { ...ports, signal: new AbortController().signal });
    ports.signal.throwIfAborted();
    const fix = error instanceof Failure ? error.fix : undefined;
    return { name, outcome: 'failed', problem: errorMessage(error), ...(fix === undefined ? {} : { fix }) };
  }
}
