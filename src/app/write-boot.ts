import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../platform/fs/files.js';
import { describeBoot } from '../report/boot-waterfall.js';
import { renderWaterfallSvg } from '../report/render-waterfall.js';
import type { SmokeReport } from '../smoke/smoke-report.js';

/** Draws the boot into the report's folder, as `boot.svg`, where there is a folder and a boot. */
export async function writeBoot(smoke: SmokeReport | null | undefined, folder: string | undefined): Promise<void> {
  const waterfall = smoke === null || smoke === undefined ? undefined : describeBoot(smoke);
  if (waterfall === undefined || folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, 'boot.svg'), renderWaterfallSvg(waterfall));
}
