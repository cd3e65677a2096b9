// man pages from `--help`: ch-golden(1), and one for each command. Builds nothing: dist/cli must be current.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param readHelp the help of a command, from the built CLI if it is not given
 * @returns the names of the files in `directory`
 */
export function writeManPages({ root, directory, version, readHelp = readBuiltHelp(root) }) {
  mkdirSync(directory, { recursive: true });
  const pages = listPages([], readHelp);
  return pages.map(({ command, sections }) => {
    const name = `${['ch-golden', ...command].join('-')}.1`;
    writeFileSync(join(directory, name), formatPage({ command, sections, version, pages }));
    return name;
  });
}

function readBuiltHelp(root) {
  return (command) =>
    execFileSync(process.execPath, [join(root, 'dist', 'cli', 'index.js'), ...command, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
}

function listPages(command, readHelp) {
  const sections = parseHelp(readHelp(command));
  const below = [...sections]
    .filter(([heading]) => isHeading(heading) && heading !== 'Arguments')
    .flatMap(([, rows]) => rows.map(({ term }) => term.split(' ')[0]))
    .filter((name) => !name.startsWith('-'))
    .filter((name) => name !== 'help')
    .flatMap((name) => listPages([...command, name], readHelp));
  return [{ command, sections }, ...below];
}

/** Whether a section has rows. */
function isHeading(heading) {
  return heading !== 'usage' && heading !== 'description';
}

/** The usage, the description, and the rows of each section by its heading. Long lines of help are wrapped. */
export function parseHelp(help) {
  const [usage, description, ...rest] = help.trimEnd().split('\n\n');
  const sections = new Map([
    ['usage', joinLines(usage).replace(/^Usage: /, '')],
    ['description', joinLines(description)],
  ]);
  for (const block of rest) {
    const [heading, ...lines] = block.split('\n');
    sections.set(heading.replace(/:$/, ''), parseRows(lines));
  }
  return sections;
}

/** A row begins after two spaces; deeper lines go on with its text. */
function parseRows(lines) {
  const rows = [];
  for (const line of lines) {
    const [, term, text = ''] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    if (term !== undefined) rows.push({ term, text });
    else rows.push(joinRow(rows.pop(), line));
  }
  return rows;
}

function joinRow({ term, text }, line) {
  return { term, text: joinLines(`${text}\n${line}`) };
}

function joinLines(text) {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function formatPage({ command, sections, version, pages }) {
  const name = ['ch-golden', ...command].join('-');
  const description = sections.get('description');
  const groups = [...sections].filter(([heading]) => isHeading(heading));
  const others = pages.filter((page) => page.command.length === command.length + 1 && isBelow(page.command, command));
  const parents = command.length === 0 ? [] : [['ch-golden', ...command.slice(0, -1)].join('-')];
  const related = [...parents, ...others.map((page) => ['ch-golden', ...page.command].join('-'))];
  return [
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "ch-golden ${version}" "ch-golden"`,
    '.SH NAME',
    `${escape(name)} \\- ${escape(lowerFirst(description.replace(/\.$/, '')))}`,
    '.SH SYNOPSIS',
    `.B ${escape(sections.get('usage'))}`,
    '.SH DESCRIPTION',
    escape(description.endsWith('.') ? description : `${description}.`),
    ...groups.flatMap(([heading, rows]) => [
      `.SH ${escape(heading.toUpperCase())}`,
      ...rows.flatMap(({ term, text }) => ['.TP', `.B ${escape(term)}`, escape(text)]),
    ]),
    ...(command.length === 0 ? exitStatus : []),
    ...(related.length === 0 ? [] : ['.SH SEE ALSO', related.map((page) => `.BR ${escape(page)} (1)`).join(',\n')]),
    '',
  ].join('\n');
}

const exitStatus = [
  '.SH EXIT STATUS',
  ...[
    ['0', 'Done.'],
    ['1', 'Failed.'],
    ['2', 'Invalid usage.'],
    ['3', 'Nothing to do.'],
    ['130', 'Cancelled.'],
  ].flatMap(([code, text]) => ['.TP', `.B ${code}`, text]),
];

function isBelow(command, parent) {
  return parent.every((word, index) => command[index] === word);
}

function lowerFirst(text) {
  return `${text[0].toLowerCase()}${text.slice(1)}`;
}

/** To roff, backslashes are special, a dot or apostrophe at the start of a line too, and a plain dash is a hyphen. */
function escape(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
