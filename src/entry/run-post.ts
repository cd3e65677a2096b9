import { childEnvironment } from '../platform/process/environment.js';
import { errorMessage } from '../platform/errors.js';
import { formatCount } from '../platform/format.js';
import { jobState, printInJob, warnInJob } from '../platform/github/github.js';
import { silentLog } from '../platform/progress/log.js';
import { createProcesses } from '../platform/process/processes.js';
import { removeDeadRuns } from '../platform/fs/run-directory.js';

/**
 * The post step: removes leftovers of a killed main step. It never fails the job, and needs no store and no network.
 * The kernel removes processes, mounts and namespaces together with the main step.
 */
export async function runPost(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  try {
    const processes = createProcesses({
      environment: childEnvironment(environment),
      signal: new AbortController().signal,
      log: silentLog,
    });
    const directory = jobState.getWorkDirectory();
    const removed = directory === undefined ? [] : await removeDeadRuns(directory, { processes });
    if (removed.length > 0)
      printInJob(`Removed leftovers of ${formatCount(removed.length, 'killed run')} in ${directory ?? ''}`);
  } catch (error) {
    warnInJob(`Cannot clean up the work directory: ${errorMessage(error)}`);
  }
}
