// The CLI in a copy of this Node: https://nodejs.org/api/single-executable-applications.html. Its script must be CommonJS,
// so it is bundled again.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Node's own mark of the place for the script. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** @returns the name of the executable */
export function createSingleExecutable({ root, work, executable }) {
  const build = join(root, 'build');
  const node = (...words) =>
    execFileSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const tool = (...path) => join(root, 'node_modules', ...path);
  const bundle = join(work, 'single');
  const [config, blob] = [join(work, 'sea.json'), join(work, 'sea.blob')];
  rmSync(build, { recursive: true, force: true });
  try {
    node(tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
    // Without a type, ncc bundles modules as CommonJS.
    writeFileSync(join(build, 'package.json'), '{}');
    mkdirSync(bundle);
    const entry = join(build, 'entry', 'single.js');
    node(tool('@vercel', 'ncc', 'dist', 'ncc', 'cli.js'), 'build', entry, '--out', bundle, '--quiet');
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
  const main = join(bundle, 'index.js');
  writeFileSync(
    config,
    JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
  );
  node('--experimental-sea-config', config);
  rmSync(executable, { force: true });
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  node(tool('postject', 'dist', 'cli.js'), executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse);
  return basename(executable);
}
