import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attempts, worksHere } from '../../fixtures/kvm-machine.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { runWithCli } from '../../fixtures/run-with-cli.js';

/** Runs only with `npm run bench -- start`, which names the file that gets the times. */
const output = process.env['BENCH_START'];
const whenChosen = output === undefined ? test.skip : test;
const minute = 60_000;
const withinMs = 120 * minute;
const script = join(import.meta.dirname, '..', '..', '..', 'bench', 'measure-starts.mjs');
/** An emulated machine has 2 CPUs: more clones need more minutes, and memory of the real machine. */
const clones = { real: '20', emulated: process.env['BENCH_CLONES'] ?? '8' };
const processes = createTestProcesses();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-starts-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

whenChosen(
  'cold and warm starts',
  async () => {
    const isReal = await worksHere(directory, processes);
    const args = [isReal ? clones.real : clones.emulated];
    const console = await runWithCli({ script, args, isReal, directory, withinMs, memory: '12G' }, processes);
    const json = /^measure-starts: (.*)$/m.exec(console)?.[1];
    expect(json).toBeDefined();
    await writeFile(output!, JSON.stringify({ accelerator: isReal ? 'kvm' : 'emulated KVM', ...JSON.parse(json!) }));
  },
  attempts * withinMs,
);
