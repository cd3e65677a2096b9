import type { Clock } from '../clock.js';
import type { Log } from './log.js';

const slowMs = 2000;

/**
 * Returns a function that waits for a request to a server, and logs one line if the server's first response takes longer than two
 * seconds: silence looks like a hang. A server that has responded is not dead: later requests take as long as their bytes do.
 */
export function createSlowNotice(
  line: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): <T>(request: Promise<T>) => Promise<T> {
  let isDue = true;
  return async (request) => {
    const finished = new AbortController();
    if (isDue) {
      void clock.sleep(slowMs, finished.signal).then(
        () => {
          if (isDue && !finished.signal.aborted) log.info(line);
          isDue = false;
        },
        () => undefined,
      );
    }
    try {
      const response = await request;
      isDue = false;
      return response;
    } finally {
      finished.abort();
    }
  };
}
