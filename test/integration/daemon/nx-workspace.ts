import { cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathExists, sha256OfFile } from '../../../src/platform/fs/files.js';
import { createTestProcesses } from '../../fixtures/ports.js';

export const fixture = join(import.meta.dirname, '../../fixtures/nx-workspace');
const cache = process.env['CH_GOLDEN_TEST_CACHE'] ?? join(tmpdir(), 'ch-golden-test-cache');

/** A copy of the fixture with nx from the registry, which is installed once on a machine. */
export async function makeNxWorkspace(directory: string): Promise<void> {
  await cp(fixture, directory, { recursive: true });
  await symlink(join(await installNx(), 'node_modules'), join(directory, 'node_modules'));
}

async function installNx(): Promise<string> {
  const installed = join(cache, `nx-${(await sha256OfFile(join(fixture, 'package-lock.json'))).slice(0, 16)}`);
  if (await pathExists(installed)) return installed;
  await mkdir(cache, { recursive: true });
  const part = await mkdtemp(`${installed}.part-`);
  await Promise.all(
    ['package.json', 'package-lock.json'].map(async (name) => cp(join(fixture, name), join(part, name))),
  );
  await createTestProcesses().run({ argv: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd: part });
  // Another run may have been faster: its installation is as good.
  await rename(part, installed).catch(async () => rm(part, { recursive: true, force: true }));
  return installed;
}
