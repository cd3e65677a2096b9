import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SmokeReport } from '../../../src/smoke/smoke-report.js';
import { testBaseWithinMs } from '../../fixtures/base.js';
import { attempts, worksHere } from '../../fixtures/kvm-machine.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { runWithCli } from '../../fixtures/run-with-cli.js';

const minute = 60_000;
const emulatedWithinMs = 60 * minute;
const script = join(import.meta.dirname, 'prove-smoke.mjs');
const processes = createTestProcesses();
let directory: string;

/** What prove-smoke.mjs prints. */
interface Outcome {
  readonly report: SmokeReport;
  readonly left: Readonly<Record<string, readonly string[]>>;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-smoke-warm-'));
}, testBaseWithinMs);
afterAll(async () => rm(directory, { recursive: true, force: true }));

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
test(
  'the smoke test proves warm starts, and leaves nothing',
  async () => {
    const isReal = await worksHere(directory, processes);
    const output = await runWithCli({ script, isReal, directory, withinMs: emulatedWithinMs }, processes);
    process.stderr.write(`test:kvm: ${/^prove-smoke: .*$/m.exec(output)?.[0] ?? ''}\n`);
    const { report, left } = JSON.parse(/^prove-smoke: (.*)$/m.exec(output)![1]!) as Outcome;
    expect(report).toMatchObject({ vmm: 'cloud-hypervisor', accelerator: 'kvm' });
    expect(report.warm?.clones.map(({ hostname }) => hostname)).toEqual(['warm-1', 'warm-2']);
    for (const { resumeMs, identityMs, healthMs } of report.warm!.clones) {
      expect(resumeMs).toBeGreaterThan(0);
      expect(identityMs).toBeGreaterThan(resumeMs);
      expect(healthMs).toBeGreaterThan(identityMs);
    }
    expect(left).toEqual({ processes: [], interfaces: [], mounts: [], files: [] });
  },
  attempts * emulatedWithinMs + 20 * minute,
);
