// Measures the image step against the guide, on the same base and daemon in one run: `npm run bench`.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpForStart } from '../scripts/set-up.mjs';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'dist', 'cli', 'index.js');
const work = mkdtempSync(join(tmpdir(), 'ch-golden-bench-'));

/** Runs a program; answers with its wall time in seconds and its own peak memory in MiB, without that of programs it starts. */
async function measure(argv) {
  const start = performance.now();
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 20);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, peakMiB: Math.round(peak / 1024) };
}

function output(argv, env = {}) {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

function ourBuild(base, daemon, folder, extra = []) {
  return [process.execPath, cli, 'build', '--daemon-builder', 'prebuilt', '--daemon-binary', daemon, '--base-image', base,
    '--smoke', 'false', '--dry-run', 'true', '--store', join(folder, 'store'), '--report-folder', join(folder, 'report'),
    '--cache-folder', join(work, 'cache'), '--work-folder', join(folder, 'work'), ...extra];
}

function requireGuestfs() {
  if (existsSync('/usr/bin/virt-customize')) return;
  console.error('bench: the guide\'s tools are not installed\n  sudo apt-get install --no-install-recommends libguestfs-tools linux-image-amd64');
  process.exit(1);
}

async function main() {
  setUpForStart();
  requireGuestfs();
  const suite = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  console.log('prepare: one base and one daemon of 57 MB for both');
  const prepared = JSON.parse(output([process.execPath, cli, 'build', '--json', '--daemon-source', join(root, 'examples', 'daemon'),
    '--base-image', `bootstrap:${suite}`, '--smoke', 'false', '--dry-run', 'true', '--store', join(work, 'store'),
    '--report-folder', join(work, 'report'), '--cache-folder', join(work, 'cache'), '--work-folder', join(work, 'work')]));
  const base = join(work, 'cache', 'sha256', prepared.facts.base.sha256);
  const daemon = join(work, 'daemon-amd64');
  // The real daemon has 57 MB: ours of the examples is filled up to that with bytes that do not compress.
  output(['go', 'build', '-C', join(root, 'examples', 'daemon'), '-trimpath', '-o', daemon, './cmd/daemon'], { CGO_ENABLED: '0' });
  appendFileSync(daemon, randomBytes(57_000_000 - statSync(daemon).size));
  const unit = join(work, 'unit.service');
  writeFileSync(unit, '[Unit]\nDescription=Daytona Daemon Service\n[Service]\nExecStart=/usr/local/bin/daytona-daemon\nRestart=always\n[Install]\nWantedBy=multi-user.target\n');

  console.log('ours: base seen for the first time');
  const first = await measure(ourBuild(base, daemon, join(work, 'ours-1')));
  console.log('ours: base known, daemon changed');
  const again = await measure(ourBuild(base, daemon, join(work, 'ours-2')));
  console.log('the guide, Option A and Step 4: about six minutes without KVM');
  mkdirSync(join(work, 'guide'));
  // The shell's own memory says nothing of the appliance that it starts.
  const { seconds } = await measure([join(root, 'bench', 'guide.sh'), base, daemon, unit, join(work, 'guide')]);
  const guide = { seconds };

  const facts = { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 1024 ** 3), kernel: output(['uname', '-r']).trim(), qemu: output(['qemu-img', '--version']).split('\n')[0], node: process.version };
  const results = { date: new Date().toISOString(), facts, guide, first, again, ratioFirst: guide.seconds / first.seconds, ratioAgain: guide.seconds / again.seconds };
  mkdirSync(join(root, 'bench', 'results'), { recursive: true });
  writeFileSync(join(root, 'bench', 'results', 'image.json'), `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${facts.cores} cores, ${facts.cpu}, ${facts.memoryGiB} GiB, Linux ${facts.kernel}, ${facts.qemu}, node ${facts.node}`);
  for (const [name, row, ratio] of [['guide: Option A + Step 4', guide, 1], ['ours, base new', first, results.ratioFirst], ['ours, base known', again, results.ratioAgain]]) {
    console.log(`${name.padEnd(26)} ${row.seconds.toFixed(1).padStart(7)} s  ${(row.peakMiB === undefined ? '' : `${row.peakMiB} MiB`).padStart(9)}  ${ratio.toFixed(1).padStart(6)} x`);
  }
}

try {
  await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
