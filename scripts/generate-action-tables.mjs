// Writes the tables of inputs and outputs in docs/reference/action.md from the three action.yml files:
//   node scripts/generate-action-tables.mjs [--check] [PAGE]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { formatTable, readArguments, readPage, replaceBetween, root, writeOrCheck } from './generated-page.mjs';

/** The actions, by the prefix of their markers. */
const actions = { '': 'action.yml', 'channel-': join('channel', 'action.yml'), 'pull-': join('pull', 'action.yml') };

/** Keeps a cell one cell, whatever is in it. */
function formatCell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ').trim();
}

function formatDefault(value) {
  return value === ''
    ? ''
    : `\`${value
        .trim()
        .replace(/\s*\n\s*/g, ' ')
        .replaceAll('|', '\\|')}\``;
}

function addTables(text, [prefix, file]) {
  const action = parse(readFileSync(join(root, file), 'utf8'));
  const inputs = Object.entries(action.inputs).map(([name, input]) => [
    `\`${name}\``,
    formatCell(input.description),
    formatDefault(input.default),
  ]);
  const outputs = Object.entries(action.outputs).map(([name, output]) => [
    `\`${name}\``,
    formatCell(output.description),
  ]);
  const withInputs = replaceBetween(
    text,
    `${prefix}inputs`,
    formatTable(['Input', 'Description', 'Default'], inputs),
    path,
  );
  return replaceBetween(withInputs, `${prefix}outputs`, formatTable(['Output', 'Description'], outputs), path);
}

const { check, path } = readArguments('docs/reference/action.md');
writeOrCheck({ path, text: Object.entries(actions).reduce(addTables, readPage(path)), check, source: 'action.yml' });
