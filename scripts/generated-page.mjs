// Shared by the generators of docs/. A page is written, or with --check compared with the one on disk.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '..');

export function fail(problem, fix) {
  console.error(`docs: ${problem}\n  Fix: ${fix}`);
  process.exit(1);
}

export function formatTable(headings, rows) {
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Replaces what is between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
export function replaceBetween(text, name, content, path) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start)
    fail(`${path} has no ${begin} before a ${end}`, 'put both markers where the generated part belongs');
  return `${text.slice(0, start + begin.length)}\n${content}\n${text.slice(stop)}`;
}

/** Reads `--check` and an optional path from the command line. */
export function readArguments(defaultPath) {
  const given = process.argv.slice(2);
  return {
    check: given.includes('--check'),
    path: given.find((argument) => !argument.startsWith('-')) ?? join(root, defaultPath),
  };
}

export function readPage(path) {
  if (!existsSync(path)) fail(`${path} does not exist`, 'create it with its markers');
  return readFileSync(path, 'utf8');
}

export function writeOrCheck({ path, text, check, source }) {
  if (!check) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
    fail(`${relative(process.cwd(), path)} is out of date: it does not match ${source}`, 'npm run docs');
}
