import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';
import type { Machine } from './vm/machine.js';

/** What work on a host needs from the outside: parts of the session, and the log of the current step. */
export type HostPorts = Pick<Session, 'processes' | 'clock' | 'signal'> & {
  readonly log: Log;
  /** By default the machine that this process runs on. */
  readonly machine?: Machine | undefined;
};
