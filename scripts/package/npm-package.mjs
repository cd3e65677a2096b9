// The npm package `ch-golden`: the bundles of the CLI, and neither dependencies nor install scripts.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const files = ['bin', 'dist/cli', 'dist/mount', 'dist/relay', 'LICENSE', 'README.md'];

/**
 * @param man the directory of the man pages
 * @returns the name of the tarball in `output`
 */
export function createNpmPackage({ root, work, output, version, man }) {
  const directory = join(work, 'npm');
  mkdirSync(directory);
  for (const name of files) cpSync(join(root, name), join(directory, name), { recursive: true });
  const { description, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  cpSync(man, join(directory, 'man'), { recursive: true });
  const manifest = {
    name: 'ch-golden',
    version,
    description,
    license,
    type: 'module',
    engines,
    os: ['linux'],
    bin: { 'ch-golden': 'bin/ch-golden' },
    man: readdirSync(man).map((name) => `man/${name}`),
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
