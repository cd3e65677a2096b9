// Boots an image with the boot profile stock, and one with fast, on the same base and daemon. All times are the guest's
// own: in emulation its clock counts instructions, so runs repeat within a few percent, whatever else the host does.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, output, report, root, suite } from './measure.mjs';

const runs = Number(process.env.BENCH_RUNS ?? 3);

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
    }
  const rows = ways.map(({ what, profile, clone }) => toRow(what, boots[profile], clone));
  report('boot', rows, {
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
    ...['--vmm', 'qemu', '--clones', '2', '--smoke-timeout', '60m'],
    ...['--dry-run', 'true', '--store', join(directory, 'store')],
    ...['--report-folder', join(directory, 'report')],
  ]);
  return JSON.parse(readFileSync(join(directory, 'report', 'report.json'), 'utf8')).facts;
}

const marks = ['initramfsMs', 'userspaceMs', 'daemonMs', 'finishedMs'];

/** The median of each mark since the kernel's start, and of all runs what must not happen. */
function toRow(what, reports, clone) {
  const clones = reports.map(({ clones: booted }) => booted[clone]);
  const times = Object.fromEntries(
    marks.map((mark) => [mark, median(clones.map(({ times: { kernelMs, ...at } }) => at[mark] - kernelMs))]),
  );
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
  for (const row of [stock, ...rows])
    console.log(
      row.what.padEnd(40) +
        marks
          .map((mark) =>
            `${(row[mark] / 1000).toFixed(1)} s ${Math.round((row[mark] / stock[mark]) * 100)} %`.padStart(16),
          )
          .join(''),
    );
}
