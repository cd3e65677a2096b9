import { expect, test } from '@jest/globals';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../../src/platform/errors.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const units = join(import.meta.dirname, '../../../examples/host');
const processes = createTestProcesses();

async function verifyUnits(files: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await processes.run({
    argv: ['systemd-analyze', 'verify', '--man=no', ...files],
    onLine: (line) => void lines.push(line),
  });
  // Other units of this machine may have faults of their own.
  return lines.filter((line) => line.includes('ch-golden'));
}

test('systemd finds no fault with the example units', async () => {
  const names = (await readdir(units)).filter((name) => /\.(service|timer)$/.test(name));
  expect(names.sort()).toEqual(['ch-golden-pull.service', 'ch-golden-pull.timer', 'ch-golden-vm@.service']);
  expect(await verifyUnits(names.map((name) => join(units, name)))).toEqual([]);
});

test('and would find one', async () => {
  const directory = await makeTestDirectory('units');
  try {
    const timer = join(directory.path, 'ch-golden-pull.timer');
    await copyFile(join(units, 'ch-golden-pull.service'), join(directory.path, 'ch-golden-pull.service'));
    await writeFile(timer, '[Timer]\nOnCalendar=every now and then\nRandomDelay=5\n');
    const found = await verifyUnits([timer]).catch((error: unknown) =>
      error instanceof ToolError ? error.evidence : [],
    );
    expect(found.join('\n')).toMatch(/OnCalendar|RandomDelay/);
  } finally {
    await directory.remove();
  }
});
