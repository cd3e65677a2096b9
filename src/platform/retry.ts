import type { Clock } from './clock.js';
import { errorMessage, Failure } from './errors.js';
import type { Log } from './progress/log.js';
import { isTransient } from './http.js';

export interface RetryPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const mostTries = 5;
const firstPauseMs = 1000;

/**
 * Tries again, after pauses of 1, 2, 4 and 8 s, what fails for a reason that passes. Where `gotFurther` says that the try which
 * just failed got further than the one before, the count starts again. @throws Failure with the last reason.
 */
export async function retryTransient<T>(
  ports: RetryPorts,
  work: () => Promise<T>,
  gotFurther: () => boolean = () => false,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (gotFurther()) tries = 1;
      if (tries === mostTries) {
        throw new Failure(`${errorMessage(error)}; given up after ${mostTries} tries`, {
          fix: 'see whether this machine reaches that server, and run again',
          cause: error,
        });
      }
      const pauseMs = firstPauseMs * 2 ** (tries - 1);
      ports.log.warn(`${errorMessage(error)}; again in ${pauseMs / 1000} s`);
      await ports.clock.sleep(pauseMs, ports.signal);
    }
  }
}
