// From base and daemon to an image in an S3 store: ch-golden and its alternatives, on the same base, daemon and server.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, startS3 } from '../scripts/s3-server.mjs';
import { drawBars } from './draw-bars.mjs';
import { buildLargeDaemon, cli, createBase, measure, report, root, startRelay, suite } from './measure.mjs';

const bucket = 'golden';
const nothingToDo = 3;

/** The alternatives. `needs` maps programs to Debian packages; `filesystem` is one that the kernel must support. */
const peers = [
  {
    what: 'manual guide, virt-customize per step, aws s3 cp',
    script: 'guide.sh',
    needs: { 'virt-customize': 'libguestfs-tools linux-image-amd64', aws: 'awscli' },
  },
  {
    what: 'virt-customize once, aws s3 cp',
    script: 'virt-customize.sh',
    needs: { 'virt-customize': 'libguestfs-tools linux-image-amd64', aws: 'awscli' },
  },
  { what: 'Packer, QEMU builder, aws s3 cp', script: 'packer.sh', needs: { packer: 'packer', aws: 'awscli' } },
  {
    what: 'mkosi, its own base, aws s3 cp',
    script: 'mkosi.sh',
    base: suite,
    filesystem: 'vfat',
    needs: { mkosi: 'mkosi', aws: 'awscli' },
  },
];

export async function benchPipeline(work) {
  const server = await startS3(join(work, 's3'), bucket);
  const relay = await startRelay(server.endpoint);
  try {
    console.log('prepare: one base and one daemon of 57 MB for all');
    const input = { base: createBase(work), daemon: join(work, 'daemon-amd64'), unit: join(work, 'unit.service') };
    buildLargeDaemon(input.daemon);
    writeFileSync(
      input.unit,
      '[Unit]\nDescription=Daytona Daemon Service\n' +
        '[Service]\nExecStart=/usr/local/bin/daytona-daemon\nRestart=always\n' +
        '[Install]\nWantedBy=multi-user.target\n',
    );
    const rows = [];
    for (const peer of peers) rows.push(await runPeer(work, input, peer, relay));
    rows.push(...(await runOurs(work, input, relay)));
    report('pipeline', rows, { daemonMB: 57, accelerator: process.env.GUEST_ACCELERATOR ?? 'tcg' });
    writeFileSync(
      join(root, 'bench', 'results', 'pipeline.svg'),
      drawBars('From base and daemon to an image in an S3 store', rows),
    );
  } finally {
    relay.stop();
    server.stop();
  }
}

/** Measures the script and the upload together. */
async function runPeer(work, input, { what, script, base = input.base.path, filesystem, needs }, relay) {
  const missing = Object.keys(needs).filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0) return { what, notRun: `needs ${missing.map((program) => needs[program]).join(' ')}` };
  if (filesystem !== undefined && !hasFilesystem(filesystem))
    return { what, notRun: `needs a kernel with ${filesystem}` };
  const directory = join(work, script.replace('.sh', ''));
  mkdirSync(directory);
  console.log(what);
  const [before, start] = [relay.sentMiB(), Date.now()];
  try {
    const measured = await measure(
      [
        join(root, 'bench', 'peers', 'publish.sh'),
        join(root, 'bench', 'peers', script),
        base,
        input.daemon,
        input.unit,
        directory,
        `s3://${bucket}/${script}/`,
        relay.endpoint,
      ],
      { ...credentials, BASE_KERNEL: input.base.kernel, BASE_INITRAMFS: input.base.initramfs },
    );
    const imageSeconds = (Number(readFileSync(`${directory}.made`, 'utf8')) - start) / 1000;
    return { what, ...measured, imageSeconds, sentMiB: relay.sentMiB() - before };
  } catch (error) {
    const log = join(directory, 'log');
    const why = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').at(-1) : error.message;
    return { what, notRun: `failed on this machine: ${why.slice(0, 120)}` };
  }
}

/** True if the kernel has it or can load it. */
function hasFilesystem(name) {
  return (
    spawnSync('modprobe', [name]).status === 0 ||
    new RegExp(`\\t${name}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'))
  );
}

async function runOurs(work, { base, daemon }, relay) {
  const build = async (what, prefix, { smoke = 'false', expected = 0 } = {}) => {
    console.log(what);
    const [before, start] = [relay.sentMiB(), Date.now()];
    const measured = await measure(
      [
        process.execPath,
        cli,
        'build',
        '--daemon-builder',
        'prebuilt',
        '--daemon-binary',
        daemon,
        '--base-image',
        base.path,
        '--smoke',
        smoke,
        '--store',
        `s3://${bucket}/${prefix}`,
        '--endpoint',
        relay.endpoint,
        '--region',
        'us-east-1',
        '--force-path-style',
        'true',
        '--cache-folder',
        join(work, 'cache'),
        '--work-folder',
        join(work, 'work'),
        '--trace',
        join(work, 'trace'),
      ],
      credentials,
      expected,
    );
    return { what, ...measured, ...readTrace(join(work, 'trace'), start), sentMiB: relay.sentMiB() - before };
  };
  const cold = await build('ch-golden, new base', 'cold');
  const warm = await build('ch-golden, known base', 'warm');
  buildLargeDaemon(daemon);
  const changed = await build('ch-golden, new daemon', 'warm');
  const unchanged = await build('ch-golden, nothing changed', 'warm', { expected: nothingToDo });
  buildLargeDaemon(daemon);
  return [
    cold,
    warm,
    changed,
    unchanged,
    await build('ch-golden, new daemon, two clones booted', 'warm', { smoke: 'true' }),
  ];
}

/** Seconds until image and boot files were complete, and the longest time in between without a running tool. */
function readTrace(path, start) {
  const events = JSON.parse(readFileSync(path, 'utf8')).traceEvents.filter(({ ph }) => ph === 'X');
  const assembly = events.find(({ name }) => name === 'Assemble image');
  if (assembly === undefined) return {};
  const end = assembly.ts + assembly.dur;
  const tools = events
    .filter(({ cat, ts }) => cat === 'process' && ts >= assembly.ts && ts < end)
    .sort((one, other) => one.ts - other.ts);
  let [busyUntil, longest] = [tools[0].ts, 0];
  for (const { ts, dur } of tools) {
    longest = Math.max(longest, ts - busyUntil);
    busyUntil = Math.max(busyUntil, ts + dur);
  }
  return { imageSeconds: (end / 1000 - start) / 1000, longestGapMs: Math.round(longest / 1000) };
}
