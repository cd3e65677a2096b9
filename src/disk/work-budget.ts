import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { BlockReader } from './block-reader.js';

/**
 * Bounds the cost of reading one image. A small hostile image can have billions of names for one file, or a file of
 * exabytes that is one hole, so the sizes of its files are no bound.
 */
export interface WorkBudget {
  /**
   * Counts bytes that are about to be processed. Yields now and then, so that signals and other events are handled.
   * @throws Failure if the limit is exceeded, or the disk was closed
   */
  spend(bytes: number): Promise<void>;
}

/** Reading a regular image costs less than twice the size of its disk. */
const disksPerImage = 3;
const minLimitBytes = 4 * 1024 ** 3;
/** The minimum cost of any step. */
const stepBytes = 256;
const bytesPerTurn = 4 * 1024 ** 2;

export function createWorkBudget(
  disk: BlockReader,
  limitBytes = Math.max(minLimitBytes, disksPerImage * disk.size),
): WorkBudget {
  let spent = 0;
  let sinceTurn = 0;
  return {
    spend: async (bytes) => {
      spent += stepBytes + bytes;
      sinceTurn += stepBytes + bytes;
      if (spent > limitBytes)
        throw new Failure(
          `reading the image's files takes more than ${formatBytes(limitBytes)}, ` +
            `although its disk has only ${formatBytes(disk.size)}`,
          { fix: 'remove files with very many hard links and large sparse files from the image, or use another base' },
        );
      if (sinceTurn < bytesPerTurn) return;
      sinceTurn = 0;
      await nextTurn();
      disk.assertOpen?.();
    },
  };
}
