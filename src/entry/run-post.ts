import { childEnvironment } from '../platform/process/environment.js';
import { errorMessage } from '../platform/errors.js';
import { formatCount } from '../platform/format.js';
import { jobState, sayInJob, warnInJob } from '../platform/github/github.js';
import { silentLog } from '../platform/progress/log.js';
import { createProcesses } from '../platform/process/processes.js';
import { removeDeadRuns } from '../platform/fs/run-folder.js';

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
    const folder = jobState.getWorkFolder();
    const removed = folder === undefined ? [] : await removeDeadRuns(folder, { processes });
    if (removed.length > 0)
      sayInJob(`removed what ${formatCount(removed.length, 'killed run')} left in ${folder ?? ''}`);
  } catch (error) {
    warnInJob(`the work folder could not be cleared: ${errorMessage(error)}`);
  }
}
