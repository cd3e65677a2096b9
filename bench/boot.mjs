// Boots an image with the boot profile stock, and one with fast, on the same base and daemon. All times are the guest's
// own: in emulation its clock counts instructions, so runs repeat within a few percent even if the host is busy.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, output, report, root, suite as ownSuite } from './measure.mjs';

const runs = Number(process.env.BENCH_RUNS ?? 3);
/** Another suite's results have a file of their own. */
const suite = process.env.BENCH_SUITE ?? ownSuite;
const name = suite === ownSuite ? 'boot' : `boot-${suite}`;

/** The clones of one smoke test: with fast, the first has its identity on the kernel's command line. */
const ways = [
  { what: 'stock', profile: 'stock', clone: 0 },
  { what: 'fast, the seed alone', profile: 'fast', clone: 1 },
  { what: 'fast, identity on the command line', profile: 'fast', clone: 0 },
];

export async function benchBoot(work) {
  const boots = { stock: [], fast: [] };
  let facts;
  for (let run = 1; run <= runs; run++)
    for (const profile of Object.keys(boots)) {
      console.log(`${profile}, run ${run} of ${runs}`);
      facts = bootImage(join(work, `${profile}-${run}`), profile);
      boots[profile].push(facts.smoke);
      for (const { times } of facts.smoke.clones) console.log(JSON.stringify({ ...times, slowestUnits: undefined }));
    }
  const rows = ways.map(({ what, profile, clone }) => toRow(what, boots[profile], clone));
  report(name, rows, {
    runs,
    base: `bootstrap:${suite}`,
    linux: facts.kernel.version,
    vmm: `${facts.smoke.vmm} ${facts.smoke.vmmVersion}, ${facts.smoke.accelerator}`,
    profileEdits: facts.bootProfile.edits,
  });
  printMarks(rows);
}

/** Builds and boots an image without publishing it. */
function bootImage(directory, profile) {
  mkdirSync(directory, { recursive: true });
  output([
    process.execPath,
    cli,
    'build',
    ...['--daemon-source', join(root, 'examples', 'daemon')],
    ...['--base-image', `bootstrap:${suite}`],
    ...['--boot-profile', profile],
    // All clones of a stock image boot alike.
    ...['--vmm', 'qemu', '--clones', profile === 'stock' ? '1' : '2', '--smoke-timeout', '60m'],
    ...['--dry-run', 'true', '--store', join(directory, 'store')],
    ...['--report-folder', join(directory, 'report')],
  ]);
  return JSON.parse(readFileSync(join(directory, 'report', 'report.json'), 'utf8')).facts;
}

const marks = ['initramfsMs', 'userspaceMs', 'daemonMs', 'healthMs', 'finishedMs'];

/** The median of each mark since the kernel's start, and of all runs what must not happen. */
function toRow(what, reports, clone) {
  const clones = reports.map(({ clones: booted }) => booted[clone]);
  const times = Object.fromEntries(
    marks.map((mark) => [mark, median(clones.map(({ times: { kernelMs, ...at } }) => at[mark] - kernelMs))]),
  );
  // Of the host's clock if a guest did not see the daemon's first response.
  if (clones.some((booted) => booted.times.clock !== 'guest')) times.healthMs = null;
  return {
    what,
    ...times,
    cloudInit: [...new Set(clones.map(({ cloudInit }) => cloudInit))],
    failedUnits: [...new Set(clones.flatMap(({ failedUnits }) => failedUnits))],
    slowestUnits: clones[0].times.slowestUnits,
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function printMarks([stock, ...rows]) {
  console.log(''.padEnd(40) + marks.map((mark) => mark.padStart(16)).join(''));
  for (const row of [stock, ...rows])
    console.log(row.what.padEnd(40) + marks.map((mark) => formatMark(row[mark], stock[mark]).padStart(16)).join(''));
}

function formatMark(time, stock) {
  if (time === null) return '';
  const seconds = `${(time / 1000).toFixed(1)} s`;
  return stock === null ? seconds : `${seconds} ${Math.round((time / stock) * 100)} %`;
}
