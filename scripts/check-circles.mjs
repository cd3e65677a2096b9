// Fails if files import each other in a circle, types included:
//   node scripts/check-circles.mjs [DIRECTORY]
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '../src'));
const files = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, name))
  .sort();

/** The files of the directory that a file imports, by `import`, `export … from` or `import()`. */
function listImports(file) {
  const names = ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);
  return names.filter((name) => name.startsWith('.')).map((name) => join(dirname(file), name).replace(/\.js$/, '.ts'));
}

/** One circle for each import that leads back to a file on the path to it. */
function findCircles() {
  const circles = [];
  const done = new Set();
  const visit = (file, path) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return circles;
}

const imports = new Map(files.map((file) => [file, listImports(file)]));
const circles = findCircles();
for (const circle of circles)
  console.error(`import circle: ${circle.map((file) => relative(root, file)).join(' -> ')}`);
if (files.length === 0) console.error(`no sources in ${root}`);
process.exitCode = circles.length > 0 || files.length === 0 ? 1 : 0;
