import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createKvmGuest } from '../../../src/smoke/kvm-guest.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const run = promisify(execFile);
const processes = createTestProcesses();
const hasBinutils = (await Promise.all(['as', 'ld', 'readelf'].map(async (name) => processes.tryFind(name)))).every(
  Boolean,
);

(hasBinutils ? test : test.skip)('the machine code is that of kvm-guest.S', async () => {
  const script = join(import.meta.dirname, '../../../scripts/assemble-kvm-guest.mjs');
  expect((await run(process.execPath, [script, '--check'])).stderr).toBe('');
});

(hasBinutils ? test : test.skip)('is an ELF with an entry for PVH', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kvm-guest-'));
  try {
    const path = join(directory, 'guest.elf');
    await writeFile(path, createKvmGuest());
    const { stdout, stderr } = await run('readelf', ['--wide', '--headers', '--notes', path]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/LOAD +0x001000 0x0000000001000000 0x0000000001000000 0x\w+ 0x020000 RWE/);
    expect(stdout).toMatch(/Xen +0x00000004.*0x00000012.*00 00 00 01/);
  } finally {
    await rm(directory, { recursive: true });
  }
});
