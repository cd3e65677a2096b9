// Compares what a host downloads after a change of the daemon with `aws s3 cp` of the same files from the same server.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, startS3 } from '../scripts/s3-server.mjs';
import { buildLargeDaemon, cli, measure, output, report } from './measure.mjs';

const bucket = 'golden';
const mebibyte = 1024 ** 2;
const nothingToDo = 3;

function publish(work, store) {
  const daemon = join(work, 'daemon-amd64');
  buildLargeDaemon(daemon);
  const suite = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const published = output(
    [
      process.execPath,
      cli,
      'build',
      '--json',
      '--daemon-builder',
      'prebuilt',
      '--daemon-binary',
      daemon,
      '--base-image',
      `bootstrap:${suite}`,
      '--smoke',
      'false',
      ...store,
      '--cache-folder',
      join(work, 'cache'),
      '--work-folder',
      join(work, 'work'),
    ],
    credentials,
  );
  return JSON.parse(published).manifest;
}

export async function benchPull(work) {
  if (spawnSync('aws', ['--version']).status !== 0)
    throw new Error('aws is not installed: sudo apt-get install awscli');
  const server = await startS3(join(work, 's3'), bucket);
  try {
    const store = [
      '--store',
      `s3://${bucket}`,
      '--endpoint',
      server.endpoint,
      '--region',
      'us-east-1',
      '--force-path-style',
      'true',
    ];
    console.log('prepare: two versions in a store, with different daemons of 57 MB');
    publish(work, store);
    const { files, version } = publish(work, store);
    const host = (name) => ['--root', join(work, name)];
    const pull = async (args, expected = 0) =>
      measure([process.execPath, cli, 'pull', ...args, ...store], credentials, expected);
    const movedBy = (args) =>
      JSON.parse(output([process.execPath, cli, 'pull', '--json', ...args, ...store], credentials)).fetchedBytes /
      mebibyte;

    mkdirSync(join(work, 'aws'));
    const names = files.map(({ name }) => name);
    console.log(`aws s3 cp: ${names.join(', ')}`);
    const aws = await measure(
      [
        'aws',
        's3',
        'cp',
        `s3://${bucket}/snapshots/`,
        join(work, 'aws'),
        '--recursive',
        '--quiet',
        '--endpoint-url',
        server.endpoint,
        '--region',
        'us-east-1',
        '--exclude',
        '*',
        ...names.flatMap((name) => ['--include', name]),
      ],
      credentials,
    );
    console.log('ch-golden: an empty host');
    const complete = await pull([String(version), ...host('new')]);
    console.log('ch-golden: a host with the previous version');
    await pull(['1', ...host('old')]);
    const step = await pull([String(version), ...host('old')]);
    const again = await pull([String(version), ...host('old')], nothingToDo);
    const back = await measure([process.execPath, cli, 'host', 'rollback', ...host('old')]);
    await pull(['1', ...host('counted')]);
    const movedMiB = movedBy([String(version), ...host('counted')]);
    const allMiB = files.reduce((sum, { size }) => sum + size, 0) / mebibyte;
    report('pull', [
      { what: 'aws s3 cp of all files', ...aws, movedMiB: allMiB },
      { what: 'ch-golden, onto an empty host', ...complete, movedMiB: allMiB },
      { what: 'ch-golden, new daemon', ...step, movedMiB },
      { what: 'ch-golden, nothing changed', ...again, movedMiB: 0 },
      { what: 'ch-golden host rollback', ...back, movedMiB: 0 },
    ]);
  } finally {
    server.stop();
  }
}
