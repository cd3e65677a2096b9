import { join } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import { toWaterfall } from '../report/boot-waterfall.js';
import { renderWaterfallSvg } from '../report/render-waterfall.js';
import type { SmokeReport } from '../smoke/smoke-report.js';

/** Draws the boot as `boot.svg` into the report's directory, if there is one. */
export async function writeBoot(smoke: SmokeReport | null | undefined, directory: string | undefined): Promise<void> {
  const waterfall = smoke === null || smoke === undefined ? undefined : toWaterfall(smoke);
  if (waterfall === undefined || directory === undefined) return;
  await createDirectories(directory);
  await writeFileAtomically(join(directory, 'boot.svg'), renderWaterfallSvg(waterfall));
}
