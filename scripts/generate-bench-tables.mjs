// Writes the tables of the last benchmark runs into docs/reference/performance.md and the README, from bench/results:
//   node scripts/generate-bench-tables.mjs [--check]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable, readArguments, readPage, replaceBetween, root, writeOrCheck } from './generated-page.mjs';

function formatPipeline({ rows, accelerator }) {
  const first = rows.find(({ seconds }) => seconds !== undefined);
  const times = ['Image and boot files', 'Speedup', 'Published', 'Speedup'];
  const headings = [
    accelerator === 'kvm' ? 'With KVM' : 'Without KVM',
    ...times,
    'CPU',
    'Memory',
    'Written',
    'Uploaded',
  ];
  const timeCells = (name, row) =>
    row[name] === undefined ? ['', ''] : [formatSeconds(row[name]), `${(first[name] / row[name]).toFixed(1)} ×`];
  const table = formatTable(
    headings,
    rows.map((row) =>
      row.notRun === undefined
        ? [
            row.what,
            ...timeCells('imageSeconds', row),
            ...timeCells('seconds', row),
            formatSeconds(row.cpuSeconds),
            `${row.peakMiB} MiB`,
            formatMiB(row.writtenMiB),
            formatMiB(row.sentMiB),
          ]
        : [row.what, `not run: ${row.notRun}`, ...headings.slice(2).map(() => '')],
    ),
  );
  return `![Wall times of the rows below](../../bench/results/pipeline.svg)\n\n${table}`;
}

/** A column for each size, and a row for each step whose time may depend on the size. */
function formatGrowth({ rows }) {
  const steps = {
    'fetch the base': ({ inDirectory }) => inDirectory.steps['Fetch base image'],
    'copy the base (reflink)': ({ copySeconds }) => copySeconds,
    assemble: ({ inDirectory }) => inDirectory.steps['Assemble image'],
    'publish to a directory (reflink)': ({ inDirectory }) => inDirectory.steps['Stage files'],
    'pull onto a host with the previous version': ({ pull }) => pull.seconds,
    'SHA-256 of the whole image': ({ inDirectory }) => inDirectory.steps['Hash image'],
    'upload to versitygw (S3)': ({ steps }) => steps['Stage files'],
  };
  const times = Object.entries(steps).map(([name, secondsOf]) => [
    name,
    ...rows.map((row) => formatSeconds(secondsOf(row))),
  ]);
  return formatTable(
    ['Data in the base', ...rows.map(({ dataGB }) => `${dataGB} GB`)],
    [...times.slice(0, -2), ['uploaded', ...rows.map(({ sentMiB }) => formatMiB(sentMiB))], ...times.slice(-2)],
  );
}

function formatPull({ rows }) {
  return formatTable(
    ['', 'Bytes transferred', 'Wall time', 'Memory'],
    rows.map(({ what, seconds, peakMiB, movedMiB }) => [
      what,
      formatMiB(movedMiB),
      formatSeconds(seconds),
      `${peakMiB} MiB`,
    ]),
  );
}

/** Times since the kernel's start, by the guest's clock, and their part of the stock image's. */
function formatBoot({ rows, base, linux, runs }) {
  const [stock] = rows;
  const marks = {
    initramfsMs: 'Initramfs',
    userspaceMs: 'systemd',
    daemonMs: 'Daemon started',
    healthMs: 'First response',
    finishedMs: 'Boot finished',
  };
  const cell = (row, mark) => {
    if (row[mark] === null) return '';
    const seconds = formatSeconds(row[mark] / 1000);
    return row === stock ? seconds : `${seconds} (${Math.round((row[mark] / stock[mark]) * 100)} %)`;
  };
  const table = formatTable(
    ['', ...Object.values(marks)],
    rows.map((row) => [row.what, ...Object.keys(marks).map((mark) => cell(row, mark))]),
  );
  const measured = runs === 1 ? 'One run' : `Median of ${runs} runs`;
  return `${table}\n\n${measured}, \`${base}\`, Linux ${linux} in the guest.`;
}

/** A warm start goes from `resumed` over `identity` to its response. */
function formatStart({ rows, accelerator }) {
  const [cold] = rows;
  const mib = (value) => (value === undefined ? '' : formatMiB(value));
  const time = (value) => (value === undefined ? '' : formatSeconds(value));
  return formatTable(
    [
      accelerator === 'kvm' ? 'With KVM' : 'With emulated KVM',
      'Resumed',
      'Own identity',
      'Responds',
      'Speedup',
      'Memory',
      'Disk',
    ],
    rows.map(({ what, seconds, resumedSeconds, identitySeconds, memoryMiB, diskMiB }) => [
      what,
      time(resumedSeconds),
      time(identitySeconds),
      time(seconds),
      memoryMiB === undefined ? `${(cold.seconds / seconds).toFixed(1)} ×` : '',
      mib(memoryMiB),
      mib(diskMiB),
    ]),
  );
}

function formatSeconds(seconds) {
  return seconds < 0.1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
}

function formatMiB(mebibytes) {
  return `${mebibytes.toFixed(mebibytes < 100 ? 1 : 0)} MiB`;
}

/** The README answers two questions: how long an image takes, and how much of it is uploaded. */
function formatSummary() {
  const { rows } = readResults('pipeline');
  const measured = rows.filter(({ what, imageSeconds }) => imageSeconds !== undefined && !what.includes('booted'));
  const cells = measured.map(({ what, imageSeconds, sentMiB }) => [
    what,
    formatSeconds(imageSeconds),
    formatMiB(sentMiB),
  ]);
  return formatTable(['From base image and daemon to a bootable image', 'Time', 'Uploaded'], cells);
}

function readResults(name) {
  const path = join(root, 'bench', 'results', `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function formatBench(name, format) {
  const measured = readResults(name);
  const command = name === 'boot-trixie' ? 'BENCH_SUITE=trixie npm run bench -- boot' : `npm run bench -- ${name}`;
  if (measured === undefined) return `No results yet: run \`${command}\`.`;
  const { cores, cpu, memoryGiB, kernel, qemu, node } = measured.machine;
  const programs = `Linux ${/^[\d.]+/.exec(kernel)}, QEMU ${/\d[\d.]*/.exec(qemu)}, Node ${node.slice(1)}`;
  const facts = `Measured ${measured.date.slice(0, 10)} on ${cores} cores of an ${cpu}, ${memoryGiB} GiB, ${programs}.`;
  return `${format(measured)}\n\n${facts}`;
}

const { check } = readArguments('');
const tables = {
  pipeline: formatPipeline,
  growth: formatGrowth,
  start: formatStart,
  pull: formatPull,
  boot: formatBoot,
  'boot-trixie': formatBoot,
};
const performance = join(root, 'docs', 'reference', 'performance.md');
const addTable = (page, [name, format]) =>
  replaceBetween(page, `bench-${name}`, formatBench(name, format), performance);
const text = Object.entries(tables).reduce(addTable, readPage(performance));
writeOrCheck({ path: performance, text, check, source: 'bench/results' });
const readme = join(root, 'README.md');
const summary = replaceBetween(readPage(readme), 'bench-summary', formatSummary(), readme);
writeOrCheck({ path: readme, text: summary, check, source: 'bench/results' });
