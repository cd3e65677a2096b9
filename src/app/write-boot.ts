import { join } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import { toWaterfall } from '../report/boot-waterfall.js';
import { renderWaterfallSvg } from '../report/render-waterfall.js';
import type { SmokeReport } from '../smoke/smoke-report.js';

/** Draws the boot into the report's directory, as `boot.svg`, where there is a directory and a boot. */
export async function writeBoot(smoke: SmokeReport | null | undefined, directory: string | undefined): Promise<void> {
  const waterfall = smoke === null || smoke === undefined ? undefined : toWaterfall(smoke);
  if (waterfall === undefined || directory === undefined) return;
  await createDirectories(directory);
  await writeFileAtomically(join(directory, 'boot.svg'), renderWaterfallSvg(waterfall));
}
