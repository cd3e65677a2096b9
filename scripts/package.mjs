// Packs what a release has beside the action: `npm run package [-- DIRECTORY]`, by default out/packages.
//   ch-golden-VERSION.tgz          the npm package, which has nothing to fetch
//   ch-golden-linux-x64            one executable that needs no Node
//   ch-golden_VERSION_amd64.deb    that, with man pages, completions and systemd units
//   SHA256SUMS
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createDeb } from './package/deb.mjs';
import { writeManPages } from './package/man-pages.mjs';
import { createNpmPackage } from './package/npm-package.mjs';
import { createSingleExecutable } from './package/single-executable.mjs';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const output = resolve(process.argv[2] ?? join(root, 'out', 'packages'));
const work = mkdtempSync(join(tmpdir(), 'ch-golden-package-'));
mkdirSync(output, { recursive: true });
try {
  const executable = join(output, 'ch-golden-linux-x64');
  const man = join(work, 'man');
  writeManPages({ root, directory: man, version });
  const names = [
    createNpmPackage({ root, work, output, version, man }),
    createSingleExecutable({ root, work, executable }),
    createDeb({ root, work, output, version, executable, man }),
  ];
  const sums = names.map((name) => {
    const sha256 = createHash('sha256')
      .update(readFileSync(join(output, name)))
      .digest('hex');
    return `${sha256}  ${name}\n`;
  });
  writeFileSync(join(output, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
} finally {
  rmSync(work, { recursive: true, force: true });
}
