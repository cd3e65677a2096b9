// Imports a module of src/ that has only relative imports, so that generators do not need a build.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root } from './generated-page.mjs';

const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };

/** Writes a module and everything it imports as JavaScript. `path` is relative to `src/`, and ends in `.js`. */
function transpile(path, directory, written = new Set()) {
  if (written.has(path)) return;
  written.add(path);
  const text = readFileSync(join(root, 'src', path.replace(/\.js$/, '.ts')), 'utf8');
  const { outputText } = ts.transpileModule(text, { compilerOptions: options });
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), outputText);
  for (const { fileName } of ts.preProcessFile(outputText).importedFiles)
    transpile(join(dirname(path), fileName), directory, written);
}

/** @param path such as `inputs/definitions.js` */
export async function importSource(path) {
  const directory = mkdtempSync(join(tmpdir(), 'ch-golden-source-'));
  try {
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    transpile(path, directory);
    return await import(pathToFileURL(join(directory, path)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
