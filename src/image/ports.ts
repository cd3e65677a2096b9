import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';

/** What almost everything here needs: programs to run, and a place for progress. */
export interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}
