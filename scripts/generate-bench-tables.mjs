// Writes what the newest benches measured into the README, between their markers, from bench/results:
//   node scripts/generate-bench-tables.mjs [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const path = join(root, 'README.md');
const tables = { pipeline: formatPipeline, growth: formatGrowth, pull: formatPull };

function formatPipeline({ rows, accelerator }) {
  const first = rows.find(({ seconds }) => seconds !== undefined);
  const headings = [accelerator === 'kvm' ? 'with KVM' : 'without KVM', 'image and boot files', 'ratio', 'with all the rest', 'ratio', 'CPU', 'memory', 'written', 'sent'];
  const timeCells = (name, row) => (row[name] === undefined ? ['', ''] : [formatSeconds(row[name]), `${(first[name] / row[name]).toFixed(1)} ×`]);
  const table = formatTable(headings, rows.map((row) => (row.notRun === undefined
    ? [row.what, ...timeCells('imageSeconds', row), ...timeCells('seconds', row), formatSeconds(row.cpuSeconds), `${row.peakMiB} MiB`, formatMiB(row.writtenMiB), formatMiB(row.sentMiB)]
    : [row.what, `not run: ${row.notRun}`, ...headings.slice(2).map(() => '')])));
  return `![Wall times of the rows below](bench/results/pipeline.svg)\n\n${table}`;
}

/** A column for each size, and a row for each step that the size could matter to. */
function formatGrowth({ rows }) {
  const steps = {
    'get the base': ({ inFolder }) => inFolder.steps['Get the base image'],
    'copy of the base (reflink)': ({ copySeconds }) => copySeconds,
    'assembly': ({ inFolder }) => inFolder.steps['Assemble the golden image'],
    'upload to a folder (reflink)': ({ inFolder }) => inFolder.steps['Stage the files'],
    'pull onto a host that has the version before': ({ pull }) => pull.seconds,
    'SHA-256 of the whole image': ({ inFolder }) => inFolder.steps['Hash the image'],
    'upload to versitygw': ({ steps }) => steps['Stage the files'],
  };
  const times = Object.entries(steps).map(([name, secondsOf]) => [name, ...rows.map((row) => formatSeconds(secondsOf(row)))]);
  return formatTable(['data in the base', ...rows.map(({ dataGB }) => `${dataGB} GB`)], [...times.slice(0, -2), ['sent', ...rows.map(({ sentMiB }) => formatMiB(sentMiB))], ...times.slice(-2)]);
}

function formatPull({ rows }) {
  return formatTable(['', 'bytes moved', 'wall time', 'memory'], rows.map(({ what, seconds, peakMiB, movedMiB }) => [what, formatMiB(movedMiB), formatSeconds(seconds), `${peakMiB} MiB`]));
}

function formatSeconds(seconds) {
  return seconds < 0.1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
}

function formatMiB(mebibytes) {
  return `${mebibytes.toFixed(mebibytes < 100 ? 1 : 0)} MiB`;
}

function formatTable(headings, rows) {
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function formatBench(name) {
  const results = join(root, 'bench', 'results', `${name}.json`);
  if (!existsSync(results)) return `No results yet: \`npm run bench -- ${name}\`.`;
  const measured = JSON.parse(readFileSync(results, 'utf8'));
  const { cores, cpu, memoryGiB, kernel, qemu, node } = measured.machine;
  const facts = `${cores} cores of an ${cpu}, ${memoryGiB} GiB, Linux ${/^[\d.]+/.exec(kernel)}, QEMU ${/\d[\d.]*/.exec(qemu)}, Node ${node.slice(1)}; ${measured.date.slice(0, 10)}.`;
  return `${tables[name](measured)}\n\n${facts}`;
}

function replaceBetween(text, name) {
  const [begin, end] = [`<!-- bench-${name}:begin -->`, `<!-- bench-${name}:end -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${path} has no ${begin} before a ${end}`);
  return `${text.slice(0, start + begin.length)}\n${formatBench(name)}\n${text.slice(stop)}`;
}

const before = readFileSync(path, 'utf8');
const after = Object.keys(tables).reduce(replaceBetween, before);
if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (after !== before) {
  console.error('the tables of benches in README.md are not those of bench/results\n  npm run readme');
  process.exit(1);
}
