import { childEnvironment } from '../platform/process/environment.js';
import { errorMessage } from '../platform/errors.js';
import { formatCount } from '../platform/format.js';
import { jobState, printInJob, warnInJob } from '../platform/github/github.js';
import { silentLog } from '../platform/progress/log.js';
import { createProcesses } from '../platform/process/processes.js';
import { removeDeadRuns } from '../platform/fs/run-directory.js';

/**
 * The post step: removes what a killed main has left. It never fails the job, and needs no store and no network.
 * Processes, mounts and namespaces need no one: the kernel has ended them with main.
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
      printInJob(`removed what ${formatCount(removed.length, 'killed run')} left in ${directory ?? ''}`);
  } catch (error) {
    warnInJob(`the work directory could not be cleared: ${errorMessage(error)}`);
  }
}
