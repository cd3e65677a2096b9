// Writes the tables of inputs and outputs, between their markers, from action.yml, those of benches from their results, and those of
// docs/troubleshooting.md from the sources:
//   node scripts/generate-readme-tables.mjs [--check] [README.md]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');

function fail(problem, mend) {
  console.error(`readme: ${problem}\n  ${mend}`);
  process.exit(1);
}

/** A cell stays one cell, whatever is in it. */
function formatCell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ').trim();
}

function formatDefault(value) {
  return value === '' ? '' : `\`${value.trim().replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')}\``;
}

function formatTable(headings, rows) {
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function replaceBetween(text, name, table, path) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) fail(`${path} has no ${begin} before a ${end}`, 'put both markers where the table belongs');
  return `${text.slice(0, start + begin.length)}\n${table}\n${text.slice(stop)}`;
}

const words = process.argv.slice(2);
const path = words.find((word) => !word.startsWith('-')) ?? join(root, 'README.md');
/** The actions with their tables in the README, by what the names of their markers begin with. */
const actions = { '': 'action.yml', 'channel-': join('channel', 'action.yml'), 'pull-': join('pull', 'action.yml') };

function addTables(text, [prefix, file]) {
  const action = parse(readFileSync(join(root, file), 'utf8'));
  const inputs = Object.entries(action.inputs).map(([name, input]) => [`\`${name}\``, formatCell(input.description), formatDefault(input.default)]);
  const outputs = Object.entries(action.outputs).map(([name, output]) => [`\`${name}\``, formatCell(output.description)]);
  const withInputs = replaceBetween(text, `${prefix}inputs`, formatTable(['input', 'what it says', 'default'], inputs), path);
  return replaceBetween(withInputs, `${prefix}outputs`, formatTable(['output', 'what it says'], outputs), path);
}

if (!existsSync(path)) fail(`${path} does not exist`, 'name the file that has the markers');
const before = readFileSync(path, 'utf8');
const after = Object.entries(actions).reduce(addTables, before);
if (!words.includes('--check')) writeFileSync(path, after);
else if (after !== before) fail(`the tables in ${relative(process.cwd(), path)} are not those of action.yml`, 'npm run readme');

// Without a path it is about all that is made so. They take --check from the same words.
if (!words.some((word) => !word.startsWith('-'))) {
  await import('./generate-bench-tables.mjs');
  await import('./generate-troubleshooting.mjs');
}
