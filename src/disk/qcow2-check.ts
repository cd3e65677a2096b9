import { z } from 'zod';
import { parseToolJson } from '../platform/process/tool-output.js';

/** QEMU leaves the field out where there are none. */
const checkSchema = z.object({ 'compressed-clusters': z.int().nonnegative().default(0) });

/** How many clusters `qemu-img check --output=json` found compressed. @throws Failure where that is not what it says */
export function parseCompressedClusters(stdout: string): number {
  return parseToolJson('qemu-img check', stdout, checkSchema)['compressed-clusters'];
}
