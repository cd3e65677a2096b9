import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { compileSmoke } from '../../fixtures/compile-smoke.js';

/** The tests on the real Cloud Hypervisor run where its binary is; what they start is to start everywhere. */
test('the smoke test starts where there is Node, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ch-golden-smoke-'));
  try {
    await compileSmoke(folder);
    const script = `const { proveImage } = await import('${folder}/src/smoke/prove-image.js'); console.log(typeof proveImage);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
    });
    expect(stdout).toBe('function\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});
