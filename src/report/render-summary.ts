import { formatDuration } from '../platform/format.js';
import { listFacts } from './render-text.js';
import type { RunReport } from './run-report.js';

/** The summary of a job in Markdown: the story first, then what took how long. */
export function renderSummary(report: RunReport): string {
  return [
    `### ${titles[report.outcome]}: ${escapeMarkdown(report.reason)}`,
    '',
    ...renderFailure(report),
    ...renderTable(report),
    ...renderTimeline(report),
    ...renderLaunch(report),
  ].join('\n');
}

const titles: Readonly<Record<RunReport['outcome'], string>> = {
  published: '✅ Published', unchanged: '⏭️ Unchanged', proven: '✅ Proven, not published', failed: '❌ Failed', cancelled: '🚫 Cancelled',
};

function renderFailure({ failure }: RunReport): readonly string[] {
  if (failure === undefined) return [];
  return [
    ...(failure.mend === undefined ? [] : [`**What to do:** ${escapeMarkdown(failure.mend)}`, '']),
    ...(failure.evidence.length === 0 ? [] : ['```text', ...failure.evidence.slice(-50).map((line) => line.replaceAll('```', "'''")), '```', '']),
  ];
}

function renderTable({ manifest, facts = manifest, outcome }: RunReport): readonly string[] {
  if (facts === undefined || outcome === 'unchanged') return [];
  return ['| | |', '|---|---|', ...listFacts(facts).map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`), ''];
}

/** Mermaid's gantt wants absolute times: the run begins at zero. */
function renderTimeline({ timeline }: RunReport): readonly string[] {
  if (timeline.length === 0) return [];
  const marks = { done: '', failed: 'crit, ', cancelled: 'done, ' } as const;
  return [
    '```mermaid', 'gantt', '  dateFormat x', '  axisFormat %M:%S',
    ...timeline.map(({ title, outcome, startMs, durationMs }) =>
      `  ${title.replace(/[:;#,]/g, ' ')} (${formatDuration(durationMs)}) :${marks[outcome]}${startMs}, ${startMs + Math.max(1, durationMs)}`),
    '```', '',
  ];
}

function renderLaunch({ launch }: RunReport): readonly string[] {
  if (launch === undefined) return [];
  return ['<details><summary>Launch it</summary>', '', '```sh', ...launch, '```', '</details>', ''];
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\|`<>*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
