import type { Session } from '../platform/session.js';
import type { Log } from '../platform/progress/log.js';
import type { ObjectStore } from '../objects/object-store.js';

/** What most operations on a store need. */
export interface StorePorts extends Pick<Session, 'clock'> {
  readonly store: ObjectStore;
  readonly log: Log;
}
