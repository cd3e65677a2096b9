import type { Clock } from '../clock.js';
import type { Log } from './log.js';

const slowMs = 2000;

/**
 * Returns a function that waits for a request to a server, and logs one line if the server's first response takes
 * longer than two seconds: otherwise a slow server looks like a hang. Once it has responded, later requests may take as
 * long as their data.
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
