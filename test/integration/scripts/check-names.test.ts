import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Output } from '../../../src/platform/process/processes.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const script = join(import.meta.dirname, '../../../scripts/check-names.mjs');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-names-'));
});
afterEach(async () => rm(directory, { recursive: true }));

async function check(files: Readonly<Record<string, string>>): Promise<Output> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return createTestProcesses().run({ argv: [process.execPath, script, directory] });
}

test('names that one file exports pass, also if others use or export them again', async () => {
  const pass = check({
    'a.ts': 'export const a = 1; export type a = number; const b = 2; export function f(): void {}',
    'b.ts': 'export { a } from "./a.js"; export type { a as c } from "./a.js"; function f(): void {} const b = 3;',
  });
  await expect(pass).resolves.toMatchObject({ stderr: '' });
});

test.each([
  ['a function', 'export async function one(): Promise<void> {}'],
  ['a type', 'export interface one {}'],
  ['one of several constants', 'export const other = 1, one = 2;'],
])('%s with the name of something else is found', async (_what, text) => {
  await expect(check({ 'a.ts': text, 'b.ts': 'export const one = 1;' })).rejects.toMatchObject({
    exitCode: 1,
    evidence: ['exported more than once: one in a.ts, b.ts'],
  });
});

test('a directory without sources does not pass', async () => {
  await expect(check({})).rejects.toMatchObject({ exitCode: 1 });
});
