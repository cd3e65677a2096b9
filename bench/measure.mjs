// What all benches measure with.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const cli = join(root, 'dist', 'cli', 'index.js');

/** Runs a program; answers with its wall time in seconds and its own peak memory in MiB, without that of programs it starts. */
export async function measure(argv, env = {}, wanted = 0) {
  const start = performance.now();
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
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
  if (code !== wanted) throw new Error(`${argv.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, peakMiB: Math.round(peak / 1024) };
}

export function output(argv, env = {}) {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** The example daemon, filled up with bytes that do not compress to the 57 MB that the real one has. */
export function buildLargeDaemon(path) {
  // Go leaves a file that begins as its own would.
  rmSync(path, { force: true });
  output(['go', 'build', '-C', join(root, 'examples', 'daemon'), '-trimpath', '-o', path, './cmd/daemon'], { CGO_ENABLED: '0' });
  appendFileSync(path, randomBytes(57_000_000 - statSync(path).size));
}

/** Keeps the results with what they were measured on, and prints one line for each row. */
export function report(name, rows) {
  const machine = {
    cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 1024 ** 3), kernel: output(['uname', '-r']).trim(),
    qemu: output(['qemu-img', '--version']).split('\n')[0], node: process.version,
  };
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`);
  console.log(`\n${machine.cores} cores, ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ${machine.qemu}, node ${machine.node}`);
  for (const { what, seconds, peakMiB, movedMiB } of rows) {
    const cells = [`${seconds.toFixed(1)} s`, peakMiB === undefined ? '' : `${peakMiB} MiB`, movedMiB === undefined ? '' : `${movedMiB.toFixed(1)} MiB moved`, `${(rows[0].seconds / seconds).toFixed(1)} x`];
    console.log([what.padEnd(40), ...cells.map((cell) => cell.padStart(18))].join(''));
  }
}
