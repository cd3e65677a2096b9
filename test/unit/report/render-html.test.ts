import { describe, expect, test } from '@jest/globals';
import { renderHtml } from '../../../src/report/render-html.js';
import type { RunReport } from '../../../src/report/run-report.js';
import { changeTexts, failedReport, makePublishedReport } from '../../fixtures/run-report.js';

const hostile = '</pre></style></title><script>alert(1)</script><img src=x onerror="alert(1)">\'"&`';

describe('report.html', () => {
  test('has the timeline, the boot, the changelog and the manifest', async () => {
    const page = renderHtml(await makePublishedReport());
    for (const text of [
      'Published ubuntu-base.4 (if-unchanged is build)',
      'Assemble image',
      'userspace',
      'cloud-init-main.service',
      'changed since ubuntu-base.3',
      'openssl 3.0.13-0ubuntu3.5 → 3.0.13-0ubuntu3.6',
      '22.3 MiB of 1.7 GiB',
      '<dd>latest</dd>',
      '1 packages',
      'systemd 255.4-1ubuntu8 amd64',
      '100 chunks',
      'cloud-hypervisor --kernel',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toMatch(/undefined|NaN|\[object/);
    // Thousands of them would be megabytes.
    expect(page).not.toContain('a'.repeat(64));
  });

  test('needs no network and no script', async () => {
    for (const report of [await makePublishedReport(), failedReport]) {
      const page = renderHtml(report);
      expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|@import|url\(|\bon\w+=/i);
      expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    }
  });

  test.each(['published', 'failed'] as const)(
    'of a run that is %s: markup in every text stays text',
    async (outcome) => {
      const plain = outcome === 'failed' ? failedReport : await makePublishedReport();
      const tags = (report: RunReport): readonly string[] =>
        renderHtml(report)
          .match(/<[^>]*>/g)!
          .map((tag) => tag.replace(/style="[^"]*"/, ''));
      const page = renderHtml(changeTexts(plain, (text) => `${text}${hostile}`));
      expect(tags(changeTexts(plain, (text) => `${text}${hostile}`))).toEqual(tags(plain));
      expect(page.match(/&#60;script&#62;/g)!.length).toBeGreaterThan(outcome === 'failed' ? 10 : 40);
    },
  );

  test('of a failure: the fix and the lines come with it', () => {
    const page = renderHtml(failedReport);
    expect(page).toContain('give it what it needs through daemon-env');
    expect(page.match(/status=2\/INVALIDARGUMENT/g)).toHaveLength(30);
    expect(page).toContain('<li class="failed">');
  });

  test('of a run with nothing to do: what is there, and nothing that was made', async () => {
    const { launch, channel, sentBytes, ...report } = await makePublishedReport();
    expect([launch, channel, sentBytes]).not.toContain(undefined);
    const page = renderHtml({ ...report, outcome: 'unchanged', reason: 'nothing changed' });
    expect(page).toContain('Manifest');
    expect(page).not.toMatch(/<h2>(Image|Changes|Boot)/);
  });

  test('of a run that took no time', () => {
    expect(
      renderHtml({ ...failedReport, timeline: [{ title: 'x', outcome: 'done', startMs: 0, durationMs: 0 }] }),
    ).not.toMatch(/NaN|Infinity/);
  });
});
