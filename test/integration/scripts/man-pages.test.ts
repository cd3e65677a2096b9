import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine } from '../../../src/inputs/command-line.js';

const root = join(import.meta.dirname, '../../..');
/** The name of a skipped test says what is missing. */
const hasGroff = spawnSync('groff', ['--version']).status === 0;

function readHelp(command: readonly string[]): string {
  const parsed = parseCommandLine([...command, '--help'], {
    version: '1.2.3',
    defaults: { cache: '/cache', work: '/work' },
  });
  return 'print' in parsed ? parsed.print : '';
}

let directory: string;
let pages: readonly (readonly [name: string, text: string])[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-man-'));
  // A script in JavaScript, which has no types.
  const { writeManPages } = (await import(join(root, 'scripts/package/man-pages.mjs'))) as {
    writeManPages(request: {
      readonly root: string;
      readonly directory: string;
      readonly version: string;
      readonly readHelp: (command: readonly string[]) => string;
    }): readonly string[];
  };
  writeManPages({ root, directory, version: '1.2.3', readHelp });
  const names = await readdir(directory);
  pages = await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

/** What groff reports about pages, with all of its warnings on. */
function checkFormat(paths: readonly string[]): string {
  const { stderr, status } = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8', ...paths], { encoding: 'utf8' });
  return status === 0 ? stderr : `exit code ${status}: ${stderr}`;
}

test('there is a page for ch-golden and for each command', () => {
  const names = pages.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['ch-golden.1', 'ch-golden-build.1', 'ch-golden-vm.1', 'ch-golden-vm-create.1']),
  );
  // What `ch-golden --help` lists, in any of its groups.
  for (const name of ['ch-golden-smoke.1', 'ch-golden-publish.1', 'ch-golden-pull.1', 'ch-golden-config.1'])
    expect(names).toContain(name);
});

test('each page has the sections of a man page, and only macros that it knows', () => {
  for (const [name, text] of pages) {
    const title = name.replace(/\.1$/, '').replaceAll('-', '\\-');
    const lines = text.trimEnd().split('\n');
    expect(lines[0]).toBe(`.TH ${title.toUpperCase()} 1 "" "ch-golden 1.2.3" "ch-golden"`);
    expect(lines.slice(1, 4)).toEqual(['.SH NAME', expect.stringContaining(`${title} \\- `), '.SH SYNOPSIS']);
    for (const line of lines) expect(line).toMatch(/^(\.(TH|SH|B|BR) \S|\.TP$|[^.'\s])/);
    expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
  }
});

test('a page refers only to pages that exist', () => {
  const names = new Set(pages.map(([name]) => name));
  for (const [, text] of pages)
    for (const [, name = ''] of text.matchAll(/^\.BR (\S+) \(1\),?$/gm))
      expect(names).toContain(`${name.replaceAll('\\-', '-')}.1`);
});

(hasGroff ? test : test.skip)('groff formats every page without a warning', async () => {
  expect(checkFormat(pages.map(([name]) => join(directory, name)))).toBe('');
  const broken = join(directory, 'broken.1');
  await writeFile(broken, '.TH BROKEN 1\n.SH NAME\nbroken \\- page\n.NOSUCH macro\n');
  expect(checkFormat([broken])).toMatch(/NOSUCH/);
});
