import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { compileSmoke } from '../../fixtures/compile-smoke.js';

/** Tests on the real Cloud Hypervisor run only where it is installed. The module they load must load everywhere. */
test('the smoke test loads with Node and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ch-golden-smoke-'));
  try {
    await compileSmoke(directory);
    const module = `${directory}/src/smoke/prove-image.js`;
    const script = `const { proveImage } = await import('${module}'); console.log(typeof proveImage);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: directory,
    });
    expect(stdout).toBe('function\n');
  } finally {
    await rm(directory, { recursive: true });
  }
});
