import { formatDuration } from '../platform/format.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionFacts } from '../store/documents/version-facts.js';
import { toWaterfall } from './boot-waterfall.js';
import { escapeHtml } from './escape-html.js';
import { listFacts, renderChangesSince } from './render-text.js';
import { htmlStyle } from './html-style.js';
import type { RunReport } from './run-report.js';

/** How many changes of a kind are listed; the rest are counted. */
const mostChanges = 50;

/** The report as one self-contained page: no network, no script, for phones and wide screens, light and dark. */
export function renderHtml(report: RunReport): string {
  const title = `${report.image}${report.version === undefined ? '' : `.${report.version}`}: ${report.outcome}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Nothing is loaded or run, whatever a guest has printed.
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${htmlStyle}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<header class="${report.outcome}"><p class="outcome">${report.outcome}</p>`,
    `<h1>${escapeHtml(report.reason)}</h1></header>`,
    ...renderFailure(report),
    ...renderFacts(report),
    ...renderTimeline(report),
    ...renderBoot(report),
    ...renderChangelog(report),
    ...renderLaunch(report),
    ...renderManifest(report),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Facts of the image that was built; undefined if nothing changed. */
function getFacts({ manifest, facts = manifest, outcome }: RunReport): VersionFacts | Manifest | undefined {
  return outcome === 'unchanged' ? undefined : facts;
}

function renderFailure({ failure }: RunReport): readonly string[] {
  const lines =
    failure === undefined
      ? []
      : [
          ...(failure.fix === undefined ? [] : [`<p class="fix"><b>Fix:</b> ${escapeHtml(failure.fix)}</p>`]),
          ...(failure.evidence.length === 0 ? [] : [renderText(failure.evidence)]),
        ];
  return lines.length === 0 ? [] : renderSection('Failure', lines);
}

function renderFacts(report: RunReport): readonly string[] {
  const facts = getFacts(report);
  if (facts === undefined) return [];
  return renderSection('Image', [
    '<dl>',
    ...listFacts(facts, report).map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`),
    '</dl>',
  ]);
}

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

function renderTimeline({ timeline }: RunReport): readonly string[] {
  if (timeline.length === 0) return [];
  return renderSection(
    'Timeline',
    renderBars(
      timeline.map(({ title, outcome, startMs, durationMs }) => ({
        kind: outcome,
        name: outcome === 'done' ? title : `${title}: ${outcome}`,
        startMs,
        endMs: startMs + durationMs,
      })),
    ),
  );
}

function renderBoot(report: RunReport): readonly string[] {
  const smoke = getFacts(report)?.smoke;
  const boot = smoke === undefined || smoke === null ? undefined : toWaterfall(smoke);
  return boot === undefined
    ? []
    : renderSection('Boot', [`<p>${escapeHtml(boot.title)}</p>`, ...renderBars(boot.bars)]);
}

/** HTML bars instead of an SVG, whose text would be too small on a phone. */
function renderBars(rows: readonly Row[]): readonly string[] {
  const last = Math.max(1, ...rows.map(({ endMs }) => endMs));
  const percent = (milliseconds: number): string => ((100 * milliseconds) / last).toFixed(2);
  return [
    '<ol class="bars">',
    ...rows.map(({ kind, name, startMs, endMs }) =>
      [
        `<li class="${escapeHtml(kind)}"><span class="name">${escapeHtml(name)}</span>`,
        `<span class="time">${formatDuration(endMs - startMs)}</span>`,
        `<span class="track"><span class="bar" style="margin-left:${percent(startMs)}%;`,
        `width:${percent(endMs - startMs)}%"></span></span></li>`,
      ].join(''),
    ),
    '</ol>',
    `<p class="scale"><span>0</span><span>${formatDuration(last)}</span></p>`,
  ];
}

function renderChangelog(report: RunReport): readonly string[] {
  const facts = getFacts(report);
  const [title, ...lines] = facts === undefined ? [] : renderChangesSince(facts, report.image, mostChanges);
  return title === undefined
    ? []
    : renderSection('Changes', [`<p>${escapeHtml(title)}</p>`, ...(lines.length === 0 ? [] : [renderText(lines)])]);
}

function renderLaunch({ launch }: RunReport): readonly string[] {
  return launch === undefined ? [] : renderSection('Launch', [renderText(launch)]);
}

/** If nothing changed, the manifest of the existing version. */
function renderManifest({ manifest, facts = manifest }: RunReport): readonly string[] {
  if (facts === undefined) return [];
  const { packages } = facts;
  return renderSection('Manifest', [
    `<details><summary>${packages.length} packages</summary>`,
    renderText(packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`)),
    '</details>',
    '<details><summary>Full manifest, without packages and chunk digests</summary>',
    renderText(JSON.stringify({ ...facts, packages: `${packages.length} packages` }, countChunks, 2).split('\n')),
    '</details>',
  ]);
}

/** There are thousands of chunk digests, and nobody reads them. */
function countChunks(key: string, value: unknown): unknown {
  return key === 'chunks' && Array.isArray(value) ? `${value.length} chunks` : value;
}

function renderSection(title: string, lines: readonly string[]): readonly string[] {
  return ['<section>', `<h2>${title}</h2>`, ...lines, '</section>'];
}

function renderText(lines: readonly string[]): string {
  return `<pre>${escapeHtml(lines.join('\n'))}</pre>`;
}
