import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { compileSmoke } from '../../fixtures/compile-smoke.js';

/** The tests on the real Cloud Hypervisor run where its binary is; what they start is to start everywhere. */
test('the smoke test starts where there is Node, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-smoke-'));
  try {
    await compileSmoke(directory);
    const script = `const { proveImage } = await import('${directory}/src/smoke/prove-image.js'); console.log(typeof proveImage);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: directory,
    });
    expect(stdout).toBe('function\n');
  } finally {
    await rm(directory, { recursive: true });
  }
});
