// Shared by all benches.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const cli = join(root, 'dist', 'cli', 'index.js');
/** The suite of this machine. Its packages make up the bootstrap base. */
export const suite = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];

/** Runs its arguments as a command, then prints the CPU time and the I/O of its children. */
const wrapper = '"$@"; code=$?; times >&3; cat "/proc/$$/io" >&3; exit $code';

/**
 * Runs a program. Returns its wall time and, together with all its descendants, the CPU time, the bytes written to
 * disks and the peak memory, which is sampled: anonymous and shared pages, including a guest's memory.
 */
export async function measure([program, ...args], env = {}, expected = 0) {
  const start = performance.now();
  const child = spawn('bash', ['-c', wrapper, 'measure', program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  let usage = '';
  child.stdio[3].setEncoding('utf8').on('data', (text) => {
    usage += text;
  });
  let peakKiB = 0;
  const timer = setInterval(() => {
    peakKiB = Math.max(peakKiB, memoryOfTree(child.pid));
  }, 100);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== expected) throw new Error(`${[program, ...args].join(' ')} failed with exit code ${code}`);
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    cpuSeconds: parseTimes(usage),
    peakMiB: Math.round(peakKiB / 1024),
    writtenMiB: Number(/^write_bytes: (\d+)$/m.exec(usage)?.[1]) / 1024 ** 2,
  };
}

/** The second line of `times` is for the shell's children: `1m2.345s 0m6.789s`. */
function parseTimes(text) {
  const [, children = ''] = text.split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

function memoryOfTree(root) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readProcess)
    .filter((one) => one !== undefined);
  const tree = new Set([root]);
  // A parent can have a higher id than its child, so repeat until nothing is added.
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  return processes.filter(({ pid }) => tree.has(pid)).reduce((sum, { memory }) => sum + memory, 0);
}

function readProcess(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const valueOf = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { pid: Number(pid), parent: valueOf('PPid'), memory: valueOf('RssAnon') + valueOf('RssShmem') };
  } catch {
    // It has just exited.
    return undefined;
  }
}

/** Relays a client to a server on 127.0.0.1, and counts the bytes that the client sends. */
export async function startRelay(target) {
  const { hostname, port } = new URL(target);
  let sent = 0;
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.on('data', ({ length }) => {
      sent += length;
    });
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => [client, server].forEach((one) => one.destroy()));
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${relay.address().port}`,
    sentMiB: () => sent / 1024 ** 2,
    stop: () => relay.close(),
  };
}

export function output(argv, env = {}) {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${argv.join(' ')} failed with exit code ${status}: ${stderr}`);
  return stdout;
}

/**
 * Builds a base from the distribution's packages. Returns its path and those of its kernel and initramfs, because it
 * has no boot loader.
 */
export function createBase(work) {
  output([
    process.execPath,
    cli,
    'build',
    '--daemon-source',
    join(root, 'examples', 'daemon'),
    '--base-image',
    `bootstrap:${suite}`,
    '--smoke',
    'false',
    '--dry-run',
    'true',
    '--store',
    join(work, 'store'),
    '--output-folder',
    join(work, 'kept'),
    '--report-folder',
    join(work, 'report'),
    '--cache-folder',
    join(work, 'base'),
    '--work-folder',
    join(work, 'work'),
  ]);
  const { facts, kept } = JSON.parse(readFileSync(join(work, 'report', 'report.json'), 'utf8'));
  return { path: join(work, 'base', 'sha256', facts.base.sha256), kernel: kept.kernel, initramfs: kept.initramfs };
}

/** The example daemon, padded with incompressible bytes to the 57 MB of the real one. */
export function buildLargeDaemon(path) {
  // Go does not replace a file that starts like its own output.
  rmSync(path, { force: true });
  output(['go', 'build', '-C', join(root, 'examples', 'daemon'), '-trimpath', '-o', path, './cmd/daemon'], {
    CGO_ENABLED: '0',
  });
  appendFileSync(path, randomBytes(57_000_000 - statSync(path).size));
}

/** Writes the results with facts about this machine and `more`, and prints a line for each row. */
export function report(name, rows, more = {}) {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: output(['uname', '-r']).trim(),
    qemu: output(['qemu-img', '--version']).split('\n')[0],
    node: process.version,
  };
  const directory = join(root, 'bench', 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, `${name}.json`),
    `${JSON.stringify({ date: new Date().toISOString(), machine, ...more, rows }, null, 2)}\n`,
  );
  console.log(
    `\n${machine.cores} cores, ${machine.cpu}, ${machine.memoryGiB} GiB,` +
      ` Linux ${machine.kernel}, ${machine.qemu}, node ${machine.node}`,
  );
  const first = rows.find(({ seconds }) => seconds !== undefined);
  if (first === undefined) return;
  for (const row of rows)
    console.log([row.what.padEnd(56), ...formatRow(row, first).map((cell) => cell.padStart(22))].join(''));
}

function formatRow(
  { notRun, seconds, imageSeconds, longestGapMs, cpuSeconds, peakMiB, writtenMiB, sentMiB, movedMiB },
  first,
) {
  if (notRun !== undefined) return [`  not run: ${notRun}`];
  const cell = (value, unit, digits = 0) => (value === undefined ? '' : `${value.toFixed(digits)} ${unit}`);
  return [
    cell(seconds, 's', 1),
    cell(imageSeconds, 's to the image', 1),
    cell(longestGapMs, 'ms between tools'),
    cell(cpuSeconds, 's CPU', 1),
    cell(peakMiB, 'MiB'),
    cell(writtenMiB, 'MiB written'),
    cell(sentMiB, 'MiB sent', 1),
    cell(movedMiB, 'MiB moved', 1),
    `${(first.seconds / seconds).toFixed(1)} x`,
  ].filter((text) => text !== '');
}
