// The npm package `ch-golden`: the bundles of the CLI, and neither dependencies nor install scripts.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeManPages } from './man-pages.mjs';

const files = ['bin', 'dist/cli', 'dist/mount', 'dist/relay', 'LICENSE', 'README.md'];

/** @returns the name of the tarball in `output` */
export function createNpmPackage({ root, work, output, version }) {
  const directory = join(work, 'npm');
  mkdirSync(directory);
  for (const name of files) cpSync(join(root, name), join(directory, name), { recursive: true });
  const { description, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const man = writeManPages({ root, directory: join(directory, 'man'), version });
  const manifest = {
    name: 'ch-golden',
    version,
    description,
    license,
    type: 'module',
    engines,
    os: ['linux'],
    bin: { 'ch-golden': 'bin/ch-golden' },
    man: man.map((name) => `man/${name}`),
    files: [...files, 'man'],
    homepage: 'https://github.com/daytona/ch-golden-action',
    repository: { type: 'git', url: 'git+https://github.com/daytona/ch-golden-action.git' },
  };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', output], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(packed)[0].filename;
}
