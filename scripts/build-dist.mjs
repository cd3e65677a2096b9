// Bundles every entry into dist/NAME with ncc. Starts from an empty directory, so that no old files remain.
// tsc compiles first, because ncc's TypeScript loader would compile the project once per entry.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build');
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

rmSync(join(root, 'dist'), { recursive: true, force: true });
rmSync(build, { recursive: true, force: true });
try {
  run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  for (const name of ['main', 'post', 'pull', 'channel', 'cli', 'mount', 'relay']) {
    console.log(`bundle dist/${name}`);
    run(
      join('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js'),
      'build',
      join('build', 'entry', `${name}.js`),
      '--out',
      join('dist', name),
      '--license',
      'licenses.txt',
      '--quiet',
    );
  }
} finally {
  rmSync(build, { recursive: true, force: true });
}
