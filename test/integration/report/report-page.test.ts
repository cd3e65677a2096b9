import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderHtml } from '../../../src/report/render-html.js';
import type { RunReport } from '../../../src/report/run-report.js';
import { changeTexts, failedReport, makePublishedReport } from '../../fixtures/run-report.js';

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (program) => spawnSync(program, ['--version']).status === 0,
);
if (chromium === undefined)
  process.stderr.write('\n*** NO chromium ON PATH: report.html IS NOT OPENED IN A BROWSER ***\n\n');
const inBrowser = chromium === undefined ? describe.skip : describe;

/** Measures whether anything is wider than its window, from a page with a frame for each: they have no scripts. */
const measure =
  '<script>onload = () => { document.title = JSON.stringify(' +
  '[...document.querySelectorAll("iframe")].map((f) => {' +
  ' const d = f.contentDocument; return { wide: d.documentElement.scrollWidth, window: f.clientWidth,' +
  ' text: d.body.innerText.length, scripts: d.scripts.length,' +
  ' broken: [...d.querySelectorAll("main *")]' +
  '.filter((e) => e.getBoundingClientRect().right > f.clientWidth + 1)' +
  '.map((e) => e.tagName).join() }; })); };</script>';

inBrowser('report.html in a browser', () => {
  let directory: string;
  let reports: Readonly<Record<string, RunReport>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-page-'));
    const published = await makePublishedReport();
    reports = { published, failed: failedReport, long: changeTexts(published, (text) => `${text}${'x'.repeat(300)}`) };
  });

  afterAll(async () => rm(directory, { recursive: true, force: true }));

  function browse(words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(
      chromium!,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--hide-scrollbars',
        '--allow-file-access-from-files',
        `--user-data-dir=${join(directory, 'profile')}`,
        ...words,
      ],
      { encoding: 'utf8', env: { ...process.env, HOME: directory } },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  // One start of the browser for all of them: it takes seconds.
  test('nothing is wider than the window, at 390 and 1200 pixels', async () => {
    for (const [name, report] of Object.entries(reports))
      await writeFile(join(directory, `${name}.html`), renderHtml(report));
    const shown = Object.keys(reports).flatMap((name) => [390, 1200].map((width) => ({ name, width })));
    // Headless windows have a least width of their own: a frame has the width that it is given.
    const frames = shown.map(
      ({ name, width }) => `<iframe src="${name}.html" style="border:0;width:${width}px;height:800px"></iframe>`,
    );
    const page = join(directory, 'frames.html');
    await writeFile(page, `<!doctype html><body>${frames.join('')}${measure}</body>`);
    const dom = browse(['--dump-dom', '--virtual-time-budget=5000', pathToFileURL(page).href]);
    const measured = JSON.parse(/<title>(\[.*?\])<\/title>/.exec(dom)![1]!) as readonly Record<string, unknown>[];
    expect(measured).toHaveLength(6);
    expect(shown.map(({ name, width }, index) => ({ name, width, ...measured[index] }))).toEqual(
      shown.map(({ name, width }) => ({
        name,
        width,
        wide: width,
        window: width,
        broken: '',
        scripts: 0,
        text: expect.any(Number),
      })),
    );
    expect(measured.filter(({ text }) => Number(text) <= 300)).toEqual([]);
  });

  test('has a picture in both schemes', async () => {
    const page = join(directory, 'published.html');
    await writeFile(page, renderHtml(reports['published']!));
    const shots = ['light', 'dark'].map((scheme) =>
      join(process.env['CH_GOLDEN_SCREENSHOTS'] ?? directory, `report-${scheme}.png`),
    );
    browse([`--screenshot=${shots[0]!}`, '--window-size=1200,1400', pathToFileURL(page).href]);
    browse([
      `--screenshot=${shots[1]!}`,
      '--window-size=1200,1400',
      '--blink-settings=preferredColorScheme=0',
      pathToFileURL(page).href,
    ]);
    const [light, dark] = await Promise.all(shots.map(async (shot) => readFile(shot)));
    expect(light!.length).toBeGreaterThan(20_000);
    expect(dark!.equals(light!)).toBe(false);
  });
});
