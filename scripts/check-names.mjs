// Fails if two files export different things under one name:
//   node scripts/check-names.mjs [DIRECTORY]
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '../src'));
const files = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, name))
  .sort();

/** What a file declares and exports. A type and a value of one name in one file, such as a schema's, are one thing. */
function listDeclared(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const isExported = (statement) =>
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  const names = source.statements
    .filter(isExported)
    .flatMap((statement) => (ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]))
    .flatMap(({ name }) => (name === undefined || !ts.isIdentifier(name) ? [] : [name.text]));
  return [...new Set(names)];
}

const owners = new Map();
for (const file of files)
  for (const name of listDeclared(file)) owners.set(name, [...(owners.get(name) ?? []), relative(root, file)]);
const shared = [...owners].filter(([, places]) => places.length > 1);
for (const [name, places] of shared) console.error(`exported more than once: ${name} in ${places.join(', ')}`);
if (files.length === 0) console.error(`no sources in ${root}`);
process.exitCode = shared.length > 0 || files.length === 0 ? 1 : 0;
