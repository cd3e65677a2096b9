import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Output } from '../../../src/platform/process/processes.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const script = join(import.meta.dirname, '../../../scripts/check-circles.mjs');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-circles-'));
});
afterEach(async () => rm(directory, { recursive: true }));

async function check(files: Readonly<Record<string, string>>): Promise<Output> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return createTestProcesses().run({ argv: [process.execPath, script, directory] });
}

test('files that import no circle pass, also if two ways lead to one file', async () => {
  const pass = check({
    'a.ts': 'import "./b.js"; import "./c/d.js";',
    'b.ts': 'import "./c/d.js"; import "node:fs";',
    'c/d.ts': 'export const d = 1;',
  });
  await expect(pass).resolves.toMatchObject({ stderr: '' });
});

test.each([
  ['values', 'import { b } from "./c/b.js";', 'export { a } from "../a.js";'],
  ['types', 'import type { B } from "./c/b.js";', 'import { type A } from "../a.js";'],
  ['what is imported later', 'import "./c/b.js";', 'await import("../a.js");'],
])('a circle of %s is found', async (_what, a, b) => {
  await expect(check({ 'a.ts': a, 'c/b.ts': b, 'z.ts': 'import "./a.js";' })).rejects.toMatchObject({
    exitCode: 1,
    evidence: ['import circle: a.ts -> c/b.ts -> a.ts'],
  });
});

test('a directory without sources does not pass', async () => {
  await expect(check({})).rejects.toMatchObject({ exitCode: 1 });
});
