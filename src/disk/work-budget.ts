import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { BlockReader } from './block-reader.js';

/**
 * Bounds what reading one image costs. A small hostile image can have billions of names for one file, or a file of exabytes that is
 * one hole, so sizes of files bound nothing.
 */
export interface WorkBudget {
  /**
   * Counts bytes that are about to be processed, and lets other events in now and then, such as a signal.
   * @throws Failure if the image costs too much, or its disk was closed
   */
  spend(bytes: number): Promise<void>;
}

/** A usual image costs less than twice what is on its disk. */
const disksPerImage = 3;
const minLimitBytes = 4 * 1024 ** 3;
/** What looking up anything costs at least, in bytes. */
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
          `reading the image's files takes more than ${formatBytes(limitBytes)}, though its disk has ${formatBytes(disk.size)}`,
          { fix: 'remove files with very many names, and large sparse files, from the image, or use another base' },
        );
      if (sinceTurn < bytesPerTurn) return;
      sinceTurn = 0;
      await nextTurn();
      disk.assertOpen?.();
    },
  };
}
