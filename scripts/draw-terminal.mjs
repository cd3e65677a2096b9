// Draws docs/images/run.svg, the terminal in the README, from docs/images/run.txt, which scripts/record-run.mjs has
// recorded:
//   node scripts/draw-terminal.mjs [--check]
import { join } from 'node:path';
import { readArguments, readPage, root, writeOrCheck } from './generated-page.mjs';

const columns = 116;
const cell = { width: 7.8, height: 18 };
const margin = { left: 16, top: 44, bottom: 14 };
const width = Math.ceil(columns * cell.width + 2 * margin.left);

function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Breaks a line at spaces into lines that fit. */
function wrap(line) {
  if (line.length <= columns) return [line];
  const space = line.lastIndexOf(' ', columns);
  const end = space > columns / 2 ? space : columns;
  return [line.slice(0, end), ...wrap(`  ${line.slice(end).trimStart()}`)];
}

/** Colours a line by its kind: a prompt, a finished step with its time, a warning, or plain output. */
function splitLine(line) {
  const step = /^([✔✖]) (.*?)( +[\d.]+ (?:ms|s)| +\d+ min(?: \d+ s)?)(  .*)?$/.exec(line);
  if (step !== null) {
    const [, mark, title, time, result = ''] = step;
    return [
      [mark === '✔' ? 'good' : 'bad', `${mark} `],
      ['strong', title],
      ['quiet', time],
      ['', result],
    ];
  }
  if (line.startsWith('$ '))
    return [
      ['good', '$ '],
      ['strong', line.slice(2)],
    ];
  if (line.startsWith('! '))
    return [
      ['warning', '! '],
      ['', line.slice(2)],
    ];
  return [[line.startsWith('> ') ? 'quiet' : '', line]];
}

/** `textLength` keeps the columns aligned with any font. */
function drawLine(line, index) {
  if (line === '') return '';
  const spans = splitLine(line)
    .filter(([, text]) => text !== '')
    .map(([kind, text]) => (kind === '' ? escape(text) : `<tspan class="${kind}">${escape(text)}</tspan>`));
  const y = margin.top + (index + 1) * cell.height;
  const length = (line.length * cell.width).toFixed(1);
  return `<text x="${margin.left}" y="${y}" textLength="${length}" xml:space="preserve">${spans.join('')}</text>\n`;
}

/** File URLs and commands to copy are useless in a picture, so an ellipsis replaces them. */
function shorten(text) {
  return text.trimEnd().replace(/(?:\n\n(?:.*file:\/\/.*|launch .*(?:\n {2}.*)*)(?:\n.*file:\/\/.*)*)+/gi, '\n  ...');
}

function drawTerminal(text) {
  const lines = shorten(text).split('\n').flatMap(wrap);
  const height = margin.top + lines.length * cell.height + margin.bottom + 8;
  const dots = ['#ff5f57', '#febc2e', '#28c840']
    .map((fill, index) => `<circle cx="${22 + index * 20}" cy="20" r="6" fill="${fill}"/>`)
    .join('');
  const box = `viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="A terminal with two runs of npm start">
<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9 }
.good { fill: #3fb950 } .bad { fill: #f85149 } .warning { fill: #d29922 }
.strong { fill: #f0f6fc } .quiet { fill: #8b949e }</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots}
${lines.map(drawLine).join('')}</svg>
`;
}

const { check } = readArguments('');
const path = join(root, 'docs', 'images', 'run.svg');
writeOrCheck({
  path,
  text: drawTerminal(readPage(join(root, 'docs', 'images', 'run.txt'))),
  check,
  source: 'docs/images/run.txt',
});
