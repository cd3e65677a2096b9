import { resolve } from 'node:path';
import { readHostConfig } from '../host/host-config.js';
import { reportHost } from '../host/report-host.js';
import type { PullInputs } from '../inputs/pull-inputs.js';
import { openStore } from '../objects/open-store.js';
import { errorMessage } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';

type Request = Pick<PullInputs, 'root' | 'store' | 'reportHost'>;

/** Reports this host to the store of a pull if it wants that. A report that fails is a warning: the pull has worked. */
export async function reportIfWanted(request: Request, ports: Session & { readonly log: Log }): Promise<void> {
  const root = resolve(request.root);
  try {
    if (request.reportHost !== true && (await readHostConfig(root)).report !== true) return;
    if (isMirror(request.store.address)) {
      ports.log.warn('This host is not reported: a mirror is read-only (use the address of its store)');
      return;
    }
    const store = openStore(request.store, ports);
    if (await reportHost(root, { ...ports, store })) ports.log.info('Reported this host to the store');
  } catch (error) {
    ports.signal.throwIfAborted();
    ports.log.warn(`This host is not reported: ${errorMessage(error)}`);
  }
}

export function isMirror(address: string): boolean {
  return /^https?:\/\//i.test(address);
}
