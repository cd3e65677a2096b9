import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { runWithCli, toTestLimit } from '../../fixtures/run-with-cli.js';

/** Runs only with `npm run bench -- start`, which names the file that gets the times. */
const output = process.env['BENCH_START'];
const whenChosen = output === undefined ? test.skip : test;
const withinMs = 120 * 60_000;
const script = join(import.meta.dirname, '..', '..', '..', 'bench', 'measure-starts.mjs');
/** An emulated machine has 2 CPUs: more clones need more minutes, and memory of the real machine. */
const clones = { real: '20', emulated: process.env['BENCH_CLONES'] ?? '8' };

whenChosen(
  'cold and warm starts',
  async () => {
    const args = (isReal: boolean): readonly string[] => [isReal ? clones.real : clones.emulated];
    const { outcome, isReal } = await runWithCli({ script, args, bootProfile: 'stock', withinMs, memory: '12G' });
    await writeFile(output!, JSON.stringify({ accelerator: isReal ? 'kvm' : 'emulated KVM', ...(outcome as object) }));
  },
  toTestLimit(withinMs),
);
