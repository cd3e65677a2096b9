// Compares ch-golden with its alternatives: `npm run bench`. One bench only:
//   npm run bench -- pull
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpForStart } from '../scripts/set-up.mjs';
import { benchBoot } from './boot.mjs';
import { benchGrowth } from './growth.mjs';
import { benchPipeline } from './pipeline.mjs';
import { benchPull } from './pull.mjs';
import { benchStart } from './start.mjs';

const benches = { pipeline: benchPipeline, pull: benchPull, growth: benchGrowth, boot: benchBoot, start: benchStart };
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`bench: unknown bench ${unknown}: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
setUpForStart();
for (const name of chosen.length === 0 ? Object.keys(benches) : chosen) {
  const work = mkdtempSync(join(tmpdir(), `ch-golden-bench-${name}-`));
  try {
    await benches[name](work);
  } catch (error) {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
