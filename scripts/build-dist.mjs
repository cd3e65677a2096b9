// Bundles every entry into dist/NAME with ncc, from an empty folder, so that nothing old stays in it.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const entries = readdirSync(join(root, 'src', 'entry')).filter((name) => name.endsWith('.ts')).map((name) => basename(name, '.ts'));
const bundled = ['main', 'post', 'cli'].filter((name) => entries.includes(name));

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const name of bundled) {
  console.log(`bundle dist/${name}`);
  execFileSync(process.execPath, [
    join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js'), 'build', join('src', 'entry', `${name}.ts`),
    '--out', join('dist', name), '--transpile-only', '--license', 'licenses.txt', '--quiet',
  ], { cwd: root, stdio: 'inherit' });
}
