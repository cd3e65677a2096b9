import { describe, expect, test } from '@jest/globals';
import { renderSummary } from '../../../src/report/render-summary.js';
import { changeTexts, failedReport, makePublishedReport } from '../../fixtures/run-report.js';

describe('the summary of a job', () => {
  test('has all that a reader looks for, the table first, then what is folded away, then the drawings', async () => {
    const summary = renderSummary(await makePublishedReport());
    const places = [
      '### ✅ Published ubuntu-base.4',
      '| version | ubuntu-base.4 |',
      '| channel | latest |',
      '| image | 582.8 MiB, sha256 ',
      '| sent | 22.3 MiB of 1.7 GiB |',
      '| base | noble, serial 20261101 |',
      '| kernel | 6.8.0-90-generic |',
      '| daemon | v1.2.3',
      '/version returned 200 after 7.1 s',
      '# s3://images/team/snapshots/ubuntu-base.4.qcow2\nch-golden pull 4 --store s3://images/team\n',
      '<summary>changed since ubuntu-base.3',
      '<summary>Launch',
      '  Build daemon (21.4 s) :900, 22300',
      '  section Boot',
      '  kernel (590 ms) :310, 900',
    ].map((text) => summary.indexOf(text));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(summary.match(/^gantt$/gm)).toHaveLength(2);
    // At most one screen before the details.
    expect(summary.slice(0, summary.indexOf('<details>')).split('\n').length).toBeLessThan(25);
  });

  test('has the times of warm starts, if they were tested', async () => {
    const report = await makePublishedReport();
    const clone = { hostname: 'warm-1', resumeMs: 100, identityMs: 320, healthMs: 350 };
    const warm = { templateMs: 9000, clones: [clone, { ...clone, identityMs: 330, healthMs: 340 }] };
    const { manifest } = report;
    const summary = renderSummary({ ...report, manifest: { ...manifest!, smoke: { ...manifest!.smoke!, warm } } });
    expect(summary).toContain(
      '| warm starts | 2 clones at once: identity after 330 ms, daemon responded after 350 ms; ' +
        'template created in 9.0 s |',
    );
    expect(summary).toContain('  section Warm start\n');
    expect(renderSummary(report)).not.toMatch(/warm start/i);
  });

  test('of a failure: the reason, what to do, the last lines, and the step that failed', () => {
    const summary = renderSummary(failedReport);
    expect(summary).toMatch(
      /^### ❌ Failed: Smoke test: smoke-1: the daemon exits at once, with status 2\n\n\*\*Fix:\*\* give it/,
    );
    const first = summary.slice(0, summary.indexOf('<details>'));
    expect(first.match(/INVALIDARGUMENT/g)).toHaveLength(12);
    expect(first).toContain('29.123456');
    expect(summary.match(/INVALIDARGUMENT/g)).toHaveLength(42);
    expect(summary).toContain('  Smoke test (19.4 s) :crit, 30160, 49560');
  });

  test('markup in every text stays text', async () => {
    const hostile = '`</details><script>```\n### x | y';
    const summary = renderSummary(changeTexts(await makePublishedReport(), (text) => `${text}${hostile}`));
    const outside = summary.replace(/^```\w*\n[\s\S]*?^```$/gm, '');
    expect(
      outside
        .match(/(?<!\\)<\/?\w+/g)!
        .every((tag) => ['<details', '<summary', '</summary', '</details'].includes(tag)),
    ).toBe(true);
    expect(outside.match(/^### /gm)).toHaveLength(1);
    expect(summary.match(/^```$/gm)!.length).toBe(summary.match(/^```\w+$/gm)!.length);
  });
});
