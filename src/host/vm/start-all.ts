import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { runConcurrently } from '../../platform/concurrency.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { HostPorts } from '../ports.js';
import { rememberHostFacts } from './host-facts.js';
import type { StartRequest } from './start-vm.js';
import { startManagedVm } from './start-managed.js';
import { readVmRecord, vmFiles } from './vm-record.js';
import { listVmNames } from './vm-state.js';

export interface StartAllRequest {
  readonly root: string;
  /** Only those that are marked to start with the host. */
  readonly onlyAutostart: boolean;
  readonly user?: string | undefined;
  readonly overcommit?: boolean | undefined;
  readonly allowedDefects?: readonly string[] | undefined;
}

/** What came of one of the VMs. */
export type StartOutcome =
  | { readonly name: string; readonly outcome: 'started' | 'was running'; readonly pid: number }
  | { readonly name: string; readonly outcome: 'failed'; readonly problem: string; readonly fix?: string };

/** A starting VM reads its image and starts programs: more at once are slower on a disk. */
const atOnce = 4;

/** Starts VMs, some at once. One that fails does not keep the others from starting. */
export async function startAllVms(
  { onlyAutostart, ...request }: StartAllRequest,
  given: HostPorts,
): Promise<readonly StartOutcome[]> {
  const ports = rememberHostFacts(given);
  const outcomes: StartOutcome[] = [];
  const items = await listVmNames(request.root);
  await runConcurrently({ items, concurrency: atOnce, signal: ports.signal }, () => async (name) => {
    if (onlyAutostart && !(await isAutostart(resolve(request.root), name))) return;
    const outcome = await tryStart({ ...request, name }, ports);
    ports.log.info(`${name}: ${outcome.outcome === 'failed' ? outcome.problem : outcome.outcome}`);
    outcomes.push(outcome);
  });
  return outcomes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function tryStart(request: StartRequest, ports: HostPorts): Promise<StartOutcome> {
  const { name } = request;
  try {
    const { pid, changed } = await startManagedVm(request, ports);
    return { name, outcome: changed ? 'started' : 'was running', pid };
  } catch (error) {
    ports.signal.throwIfAborted();
    const fix = error instanceof Failure ? error.fix : undefined;
    return { name, outcome: 'failed', problem: errorMessage(error), ...(fix === undefined ? {} : { fix }) };
  }
}

/** One whose record cannot be read counts: its start reports why. Directories without a record are not ours. */
async function isAutostart(root: string, name: string): Promise<boolean> {
  try {
    return (await readVmRecord(root, name)).autostart === true;
  } catch {
    return (await ifPresent(lstat(join(root, 'sandboxes', name, vmFiles.record)))) !== undefined;
  }
}
