import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestProcesses } from '../../fixtures/ports.js';

const root = join(import.meta.dirname, '../../..');
const files = ['action.yml', 'pull/action.yml', 'channel/action.yml', '.github/workflows/golden-image.yml'];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-inputs-'));
  for (const file of files) await cp(join(root, file), join(directory, file), { recursive: true });
});

afterEach(async () => rm(directory, { recursive: true }));

async function generate(...options: readonly string[]): Promise<void> {
  const script = join(root, 'scripts/generate-inputs.mjs');
  await createTestProcesses().run({ argv: [process.execPath, script, ...options, directory], cwd: directory });
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = join(directory, file);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

test('the committed files are current, to the byte', async () => {
  await generate('--check');
  await generate();
  for (const file of files)
    expect(await readFile(join(directory, file), 'utf8')).toBe(await readFile(join(root, file), 'utf8'));
});

test.each([
  ['action.yml', "default: '10G'"],
  ['pull/action.yml', 'max-age:'],
  ['channel/action.yml', 'operation:'],
  ['.github/workflows/golden-image.yml', 'fromJSON(env.SETTINGS).disk-size'],
])('%s with a changed input is out of date, and is written again', async (file, part) => {
  const current = await readFile(join(directory, file), 'utf8');
  await edit(file, (text) => text.replace(part, 'stale'));
  await expect(generate('--check')).rejects.toMatchObject({
    exitCode: 1,
    evidence: [`docs: ${file} is out of date: it does not match src/inputs`, '  Fix: npm run docs'],
  });
  await generate();
  expect(await readFile(join(directory, file), 'utf8')).toBe(current);
});

test('a file without markers is left alone', async () => {
  await edit('pull/action.yml', (text) => text.replace('# inputs:begin', '#'));
  await expect(generate()).rejects.toMatchObject({
    evidence: [expect.stringMatching(/has no '# inputs:begin'/), expect.any(String)],
  });
});
