import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { buildInputDefinitions } from '../../../src/inputs/definitions.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const script = join(import.meta.dirname, '../../../scripts/generate-action-tables.mjs');
const markers =
  '# Title\n<!-- inputs:begin -->\na stale table\n<!-- inputs:end -->\n' +
  'between\n<!-- outputs:begin --><!-- outputs:end -->\nend\n' +
  '<!-- channel-inputs:begin --><!-- channel-inputs:end -->\n' +
  '<!-- channel-outputs:begin --><!-- channel-outputs:end -->\n' +
  '<!-- pull-inputs:begin --><!-- pull-inputs:end -->\n<!-- pull-outputs:begin --><!-- pull-outputs:end -->\n';
let directory: string;
let page: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-action-tables-'));
  page = join(directory, 'action.md');
});

afterEach(async () => rm(directory, { recursive: true }));

async function generate(...options: readonly string[]): Promise<void> {
  await createTestProcesses().run({ argv: [process.execPath, script, ...options, page], cwd: directory });
}

test('the tables are written, and are current then', async () => {
  await writeFile(page, markers);
  await generate();
  const text = await readFile(page, 'utf8');
  for (const { name } of buildInputDefinitions) expect(text).toContain(`\n| \`${name}\` | `);
  expect(text).toContain(
    '| `daemon-builder` | How to build the daemon. prebuilt uses daemon-binary as is.' +
      ' One of go, nx, prebuilt. | `go` |\n',
  );
  expect(text).toMatch(/<!-- outputs:begin -->\n\| Output \| .*\| `reason` \| [^\n]*\|\n<!-- outputs:end -->\nend\n/s);
  expect(text).toMatch(
    new RegExp(
      '\\nend\\n<!-- channel-inputs:begin -->\\n\\| Input \\| .*\\| `operation` \\| [^\\n]*\\|\\n' +
        '.*<!-- channel-outputs:begin -->\\n.*\\| `changed` \\| .*<!-- channel-outputs:end -->\\n',
      's',
    ),
  );
  expect(text).toMatch(
    new RegExp(
      '<!-- pull-inputs:begin -->\\n\\| Input \\| .*\\| `max-age` \\| ' +
        '.*<!-- pull-outputs:begin -->\\n.*\\| `launch-arguments` \\| .*\\n<!-- pull-outputs:end -->\\n$',
      's',
    ),
  );
  expect(text).not.toContain('stale');
  expect(text.split('\n').filter((line) => /^(# Title|between|end)$/.test(line))).toEqual([
    '# Title',
    'between',
    'end',
  ]);
  await generate('--check');
  await generate();
  expect(await readFile(page, 'utf8')).toBe(text);
});

test('tables that are not current are found, and left alone', async () => {
  await writeFile(page, markers);
  await expect(generate('--check')).rejects.toMatchObject({
    exitCode: 1,
    evidence: ['docs: action.md is out of date: it does not match action.yml', '  Fix: npm run docs'],
  });
  expect(await readFile(page, 'utf8')).toBe(markers);
});

test.each([
  ['no end', '<!-- inputs:begin -->\n'],
  [
    'the end before the beginning',
    '<!-- inputs:end --><!-- inputs:begin --><!-- outputs:begin --><!-- outputs:end -->',
  ],
  ['no outputs', '<!-- inputs:begin --><!-- inputs:end -->'],
])('%s: nothing is written', async (_name, text) => {
  await writeFile(page, text);
  await expect(generate()).rejects.toMatchObject({
    exitCode: 1,
    evidence: [expect.stringMatching(/^docs: .* has no <!-- /), expect.any(String)],
  });
  expect(await readFile(page, 'utf8')).toBe(text);
});

test('no file', async () => {
  await expect(generate()).rejects.toMatchObject({
    evidence: [`docs: ${page} does not exist`, '  Fix: create it with its markers'],
  });
});
