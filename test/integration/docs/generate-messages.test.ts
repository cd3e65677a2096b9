import { expect, test } from '@jest/globals';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestProcesses } from '../../fixtures/ports.js';

const root = join(import.meta.dirname, '../../..');

test('the page has every message of the sources, and is found out where it does not', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-messages-'));
  const page = join(directory, 'page.md');
  const generate = async (...words: readonly string[]): Promise<unknown> =>
    createTestProcesses().run({
      argv: [process.execPath, join(root, 'scripts/generate-messages.mjs'), ...words, page],
    });
  try {
    await copyFile(join(root, 'docs/reference/messages.md'), page);
    await generate();
    const text = await readFile(page, 'utf8');
    // One of each way in which messages come to be.
    expect(text).toContain(
      '| `the audit of the finished image found …` ' +
        '| `remove these files from the base, or from what the build installs` |',
    );
    expect(text).toContain('| `…: … keeps crashing: … restarts, …` |');
    expect(text).toContain('| `…: the kernel panicked: …` |');
    expect(text).toContain(
      '| `bucket … does not exist at …` | `check store, endpoint and region, or create the bucket` |',
    );
    expect(text).toContain('| `invalid line … in daemon-env (expected KEY=VALUE without control characters)`');
    await generate('--check');
    await writeFile(page, text.replace(/^\| `the audit of the finished image.*\n/m, ''));
    await expect(generate('--check')).rejects.toMatchObject({
      exitCode: 1,
      evidence: expect.arrayContaining(['  Fix: npm run docs']) as unknown,
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
