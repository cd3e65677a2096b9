import { formatDuration } from '../platform/format.js';
import { formatCommand } from '../platform/process/processes.js';
import { toWaterfall } from './boot-waterfall.js';
import { listFacts, renderChangesSince } from './render-text.js';
import { escapeMermaid, renderWaterfallMermaid } from './render-waterfall.js';
import type { RunReport } from './run-report.js';

/** The job summary in Markdown: results first, then timings. */
export function renderSummary(report: RunReport): string {
  return [
    `### ${titles[report.outcome]} ${escapeMarkdown(report.reason)}`,
    '',
    ...renderFailure(report),
    ...renderTable(report),
    ...renderPull(report),
    ...renderChangelog(report),
    ...renderLaunch(report),
    ...renderTimeline(report),
    ...renderBoot(report),
  ].join('\n');
}

const titles: Readonly<Record<RunReport['outcome'], string>> = {
  published: '✅',
  unchanged: '⏭️',
  proven: '✅',
  built: '✅',
  failed: '❌ Failed:',
  cancelled: '🚫 Cancelled:',
};

/** How many lines of evidence are shown; the rest are folded away. */
const mostLines = 12;

function renderFailure({ failure }: RunReport): readonly string[] {
  if (failure === undefined) return [];
  const { fix, evidence } = failure;
  return [
    ...(fix === undefined ? [] : [`**Fix:** ${escapeMarkdown(fix)}`, '']),
    ...(evidence.length === 0 ? [] : renderLines(evidence.slice(-mostLines))),
    ...(evidence.length <= mostLines
      ? []
      : ['<details><summary>More log lines</summary>', '', ...renderLines(evidence.slice(-200)), '</details>', '']),
  ];
}

function renderLines(lines: readonly string[]): readonly string[] {
  return ['```text', ...lines.map((line) => line.replaceAll('```', "'''")), '```', ''];
}

function renderTable({ manifest, facts = manifest, outcome, ...published }: RunReport): readonly string[] {
  if (facts === undefined || outcome === 'unchanged') return [];
  return [
    '| | |',
    '|---|---|',
    ...listFacts(facts, published).map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`),
    '',
  ];
}

/** Where the image is, and how a host gets it. Files of a version are in `STORE/snapshots`. */
function renderPull({ outcome, version, files }: RunReport): readonly string[] {
  const uri = files?.['image'];
  const [, store] = /^(.+)\/snapshots\/[^/]+$/.exec(uri ?? '') ?? [];
  if (outcome !== 'published' || uri === undefined || store === undefined) return [];
  return renderLines([`# ${uri}`, formatCommand(['ch-golden', 'pull', String(version), '--store', store])]);
}

function renderChangelog({ manifest, facts = manifest, image, outcome }: RunReport): readonly string[] {
  const [title, ...lines] = outcome === 'unchanged' || facts === undefined ? [] : renderChangesSince(facts, image);
  if (title === undefined) return [];
  return [`<details><summary>${escapeMarkdown(title)}</summary>`, '', ...renderLines(lines), '</details>', ''];
}

/** Mermaid's gantt needs absolute times: the run starts at zero. */
function renderTimeline({ timeline }: RunReport): readonly string[] {
  if (timeline.length === 0) return [];
  const marks = { done: '', failed: 'crit, ', cancelled: 'done, ' } as const;
  return [
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %M:%S',
    ...timeline.map(({ title, outcome, startMs, durationMs }) => {
      const endMs = startMs + Math.max(1, durationMs);
      return `  ${escapeMermaid(title)} (${formatDuration(durationMs)}) :${marks[outcome]}${startMs}, ${endMs}`;
    }),
    '```',
    '',
  ];
}

function renderBoot({ manifest, facts = manifest, outcome }: RunReport): readonly string[] {
  const boot =
    outcome === 'unchanged' || facts?.smoke === null || facts === undefined ? undefined : toWaterfall(facts.smoke);
  return boot === undefined ? [] : renderWaterfallMermaid(boot);
}

function renderLaunch({ launch }: RunReport): readonly string[] {
  if (launch === undefined) return [];
  return ['<details><summary>Launch</summary>', '', '```sh', ...launch, '```', '</details>', ''];
}

/** Escapes text for Markdown, on one line. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\|`<>*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
