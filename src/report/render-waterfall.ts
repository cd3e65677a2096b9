import { formatDuration } from '../platform/format.js';
import type { Bar, Waterfall } from './boot-waterfall.js';
import { escapeHtml } from './escape-html.js';

const width = 960;
const labelWidth = 300;
const rowHeight = 22;
const headHeight = 56;
const margin = 16;
const colours = { phase: '#3b6ea5', unit: '#c08a2e', warm: '#4f8f4f' } as const;

/** The waterfall as a self-contained SVG document. */
export function renderWaterfallSvg({ title, bars }: Waterfall): string {
  const last = Math.max(1, ...bars.map(({ endMs }) => endMs));
  const scale = (width - labelWidth - 2 * margin) / last;
  const height = headHeight + bars.length * rowHeight + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ' font-family="sans-serif" font-size="12">',
    `<title>${escapeHtml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin}" y="24" font-size="14" fill="#222">${escapeHtml(title)}</text>`,
    ...drawScale(last, scale, height),
    ...bars.flatMap((bar, row) => drawBar(bar, headHeight + row * rowHeight, scale)),
    '</svg>',
    '',
  ].join('\n');
}

function drawScale(last: number, scale: number, height: number): readonly string[] {
  const step = chooseStep(last);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => {
    const x = place(index * step, scale);
    const line = `<path d="M${x} ${headHeight - 6}V${height - margin}" stroke="#ddd"/>`;
    const label = formatDuration(index * step);
    return `${line}<text x="${x}" y="${headHeight - 10}" text-anchor="middle" fill="#666">${label}</text>`;
  });
}

/** At most ten ticks, at 1, 2 or 5 times a power of ten. */
function chooseStep(last: number): number {
  const power = 10 ** Math.floor(Math.log10(last / 10));
  return [1, 2, 5].map((factor) => factor * power).find((step) => last / step <= 10) ?? 10 * power;
}

function drawBar({ kind, name, startMs, endMs }: Bar, y: number, scale: number): readonly string[] {
  const label = `${name.length > 34 ? `${name.slice(0, 33)}…` : name} (${formatDuration(endMs - startMs)})`;
  const x = place(startMs, scale);
  const length = Math.max(1, (endMs - startMs) * scale).toFixed(1);
  return [
    `<text x="${labelWidth}" y="${y + 15}" text-anchor="end" fill="#222">${escapeHtml(label)}</text>`,
    `<rect x="${x}" y="${y + 3}" width="${length}" height="${rowHeight - 6}" fill="${colours[kind]}"/>`,
  ];
}

function place(milliseconds: number, scale: number): string {
  return (labelWidth + margin + milliseconds * scale).toFixed(1);
}

/** The waterfall as a Mermaid gantt chart, for the job summary. */
export function renderWaterfallMermaid({ title, bars }: Waterfall): readonly string[] {
  const rows = (kind: Bar['kind']): readonly string[] =>
    bars
      .filter((bar) => bar.kind === kind)
      .map(({ name, startMs, endMs }) => {
        const range = `${startMs.toFixed()}, ${Math.max(startMs + 1, endMs).toFixed()}`;
        return `  ${escapeMermaid(name)} (${formatDuration(endMs - startMs)}) :${range}`;
      });
  const [units, warm] = [rows('unit'), rows('warm')];
  return [
    '```mermaid',
    'gantt',
    `  title ${escapeMermaid(title)}`,
    '  dateFormat x',
    '  axisFormat %M:%S',
    '  section Boot',
    ...rows('phase'),
    ...(units.length === 0 ? [] : ['  section Slowest units', ...units]),
    ...(warm.length === 0 ? [] : ['  section Warm start', ...warm]),
    '```',
    '',
  ];
}

/** Removes characters that end a name in Mermaid. Names come from guests. */
export function escapeMermaid(text: string): string {
  return text.replace(/[:;#,`]/g, ' ');
}
