// Measures how the cost of a new daemon grows with the size of the image: it should not. On a filesystem with reflinks.
import { spawnSync } from 'node:child_process';
import { constants, copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, startS3 } from '../scripts/s3-server.mjs';
import { buildLargeDaemon, cli, createBase, measure, output, report, root, startRelay } from './measure.mjs';

const bucket = 'golden';
const gigabyte = 1e9;
/** Data in the base, in GB. The first is about the size of the packages. */
const sizes = [0.5, 2, 4, 8];
const diskBytes = 12 * 1024 ** 3;

export async function benchGrowth(work) {
  if (process.getuid() !== 0)
    throw new Error('growth mounts filesystems, so it needs root: sudo npm run bench -- growth');
  if (spawnSync('mkfs.xfs', ['-V']).status !== 0)
    throw new Error('mkfs.xfs is not installed: sudo apt-get install xfsprogs');
  // In a private mount namespace, so that no mount or loop device can be left behind.
  const { status } = spawnSync('unshare', ['--mount', process.execPath, import.meta.filename, work], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`growth failed with exit code ${status}`);
}

async function growIn(work) {
  const files = mountSharing(work);
  const server = await startS3(join(files, 's3'), bucket);
  const relay = await startRelay(server.endpoint);
  try {
    console.log('prepare: a disk with free space');
    const disk = createDisk(work);
    const rows = [];
    for (const [index, size] of sizes.entries()) {
      console.log(`${size} GB`);
      const base = join(files, 'base.qcow2');
      const added = (size - (sizes[index - 1] ?? size)) * gigabyte;
      output([join(root, 'bench', 'grow-base.sh'), disk.path, String(disk.rootOffset), String(added), base]);
      if (size === sizes.at(-1)) rmSync(disk.path);
      rows.push(await measureSize({ size, base, directory: join(files, `${size}`) }, relay));
      for (const path of [base, join(files, `${size}`), join(files, 's3', bucket, `${size}`)])
        rmSync(path, { recursive: true });
    }
    report('growth', rows, { filesystem: 'xfs with reflinks' });
    printSteps(rows);
  } finally {
    relay.stop();
    server.stop();
  }
}

/** An XFS in a file that frees the space of removed files. */
function mountSharing(work) {
  const directory = join(work, 'files');
  mkdirSync(directory);
  writeFileSync(`${directory}.xfs`, '');
  truncateSync(`${directory}.xfs`, 64 * 1024 ** 3);
  output(['mkfs.xfs', '-q', '-m', 'reflink=1', `${directory}.xfs`]);
  output(['mount', '-o', 'loop,discard', `${directory}.xfs`, directory]);
  return directory;
}

/** The bootstrap base as a larger raw disk, with its last partition and the root filesystem in it grown. */
function createDisk(work) {
  const path = join(work, 'disk.raw');
  output(['qemu-img', 'convert', '-O', 'raw', createBase(work).path, path]);
  truncateSync(path, diskBytes);
  output(['sfdisk', '--quiet', '--no-reread', '--relocate', 'gpt-bak-std', path]);
  const { sectorsize, lastlba, partitions } = JSON.parse(output(['sfdisk', '--json', path])).partitiontable;
  const { node, start } = partitions.reduce((one, other) => (one.start > other.start ? one : other));
  output(['sh', '-c', 'echo ", +" | sfdisk --quiet --no-reread -N "$1" "$2"', 'sh', node.slice(path.length), path]);
  growFilesystem(path, start * sectorsize, (lastlba + 1 - start) * sectorsize);
  return { path, rootOffset: start * sectorsize };
}

/**
 * In a separate file: inside a disk, resize2fs would truncate the disk, and growing a mounted filesystem needs a
 * privilege that containers lack.
 */
function growFilesystem(disk, offset, size) {
  const part = `${disk}.part`;
  output(['dd', 'status=none', 'bs=1M', 'conv=sparse', `if=${disk}`, `skip=${offset / 1024 ** 2}`, `of=${part}`]);
  truncateSync(part, size);
  output(['e2fsck', '-fp', part]);
  output(['resize2fs', part]);
  output([
    'dd',
    'status=none',
    'bs=1M',
    'conv=sparse,notrunc',
    `if=${part}`,
    `of=${disk}`,
    `seek=${offset / 1024 ** 2}`,
  ]);
  rmSync(part);
}

/** Publishes two versions that differ in the daemon, and pulls the second to a host that has the first. */
async function measureSize({ size, base, directory }, relay) {
  mkdirSync(directory);
  const bucketStore = [
    '--store',
    `s3://${bucket}/${size}`,
    '--endpoint',
    relay.endpoint,
    '--region',
    'us-east-1',
    '--force-path-style',
    'true',
  ];
  // Its copies share blocks with the files of the run, so the time is that of ch-golden.
  const directoryStore = ['--store', join(directory, 'store')];
  const daemon = join(directory, 'daemon-amd64');
  const build = async (store) => {
    buildLargeDaemon(daemon);
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
        base,
        '--disk-size',
        '12G',
        '--smoke',
        'false',
        ...store,
        '--report-folder',
        join(directory, 'report'),
        '--cache-folder',
        join(directory, 'cache'),
        '--work-folder',
        join(directory, 'work'),
      ],
      credentials,
    );
    const { timeline } = JSON.parse(readFileSync(join(directory, 'report', 'report.json'), 'utf8'));
    return {
      ...measured,
      steps: Object.fromEntries(timeline.map(({ title, durationMs }) => [title, durationMs / 1000])),
    };
  };
  const pull = async (version) =>
    measure([process.execPath, cli, 'pull', version, '--root', join(directory, 'host'), ...bucketStore], credentials);

  for (const store of [bucketStore, directoryStore]) await build(store);
  await pull('1');
  const inDirectory = await build(directoryStore);
  const before = relay.sentMiB();
  const built = await build(bucketStore);
  const sentMiB = relay.sentMiB() - before;
  const pulled = await pull('2');
  return {
    what: `${size} GB of data, new daemon`,
    dataGB: size,
    ...built,
    sentMiB,
    inDirectory,
    pull: pulled,
    copySeconds: timeCopy(base, join(directory, 'copy')),
  };
}

function timeCopy(from, to) {
  const start = performance.now();
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  return (performance.now() - start) / 1000;
}

/** Seconds of each step by size, and the ratio of the last to the first. */
function printSteps(rows) {
  const columns = rows.map(({ steps, inDirectory, pull, copySeconds }) => ({
    ...steps,
    'build for a directory': inDirectory.seconds,
    'stage in a directory': inDirectory.steps['Stage files'],
    pull: pull.seconds,
    'pull, CPU': pull.cpuSeconds,
    'copy of the base': copySeconds,
  }));
  for (const name of Object.keys(columns[0])) {
    const cells = columns.map((column) => `${column[name].toFixed(2)} s`.padStart(12));
    console.log(
      `${name.padEnd(28)}${cells.join('')}${(columns.at(-1)[name] / columns[0][name]).toFixed(2).padStart(10)} x`,
    );
  }
}

if (process.argv[1] === import.meta.filename) await growIn(process.argv[2]);
