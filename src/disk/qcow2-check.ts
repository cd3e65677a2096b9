import { z } from 'zod';
import { parseToolJson } from '../platform/process/tool-output.js';

/** QEMU omits the field if there are none. */
const checkSchema = z.object({ 'compressed-clusters': z.int().nonnegative().default(0) });

/**
 * The number of compressed clusters in the output of `qemu-img check --output=json`.
 * @throws Failure if it is malformed
 */
export function parseCompressedClusters(stdout: string): number {
  return parseToolJson('qemu-img check', stdout, checkSchema)['compressed-clusters'];
}
