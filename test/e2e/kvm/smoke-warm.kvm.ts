import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { SmokeReport } from '../../../src/smoke/smoke-report.js';
import { runWithCli, toTestLimit } from '../../fixtures/run-with-cli.js';

const withinMs = 60 * 60_000;
const script = join(import.meta.dirname, 'prove-smoke.mjs');

/** What prove-smoke.mjs prints. */
interface Outcome {
  readonly report: SmokeReport;
  readonly left: Readonly<Record<string, readonly string[]>>;
}

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
test(
  'the smoke test proves warm starts, and leaves nothing',
  async () => {
    const { report, left } = (await runWithCli({ script, withinMs })).outcome as Outcome;
    expect(report).toMatchObject({ vmm: 'cloud-hypervisor', accelerator: 'kvm' });
    expect(report.warm?.clones.map(({ hostname }) => hostname)).toEqual(['warm-1', 'warm-2']);
    for (const { resumeMs, identityMs, healthMs } of report.warm!.clones) {
      expect(resumeMs).toBeGreaterThan(0);
      expect(identityMs).toBeGreaterThan(resumeMs);
      expect(healthMs).toBeGreaterThan(identityMs);
    }
    expect(left).toEqual({ processes: [], interfaces: [], mounts: [], files: [] });
  },
  toTestLimit(withinMs),
);
