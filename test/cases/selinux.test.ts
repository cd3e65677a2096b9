import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleGolden } from '../../src/image/assemble-golden.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { planTestDaemon } from '../fixtures/assemble.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory, type Tree } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk } from './guest.js';

jest.setTimeout(120_000);
const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('selinux');
});
afterAll(async () => directory.remove());

test.each<readonly [what: string, tree: Tree, warns: boolean]>([
  ['enforcing', { 'etc/selinux/config': '# SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=targeted\n' }, true],
  ['permissive', { 'etc/selinux/config': 'SELINUX=permissive\n' }, true],
  ['disabled', { 'etc/selinux/config': 'SELINUX=disabled\n' }, false],
  ['not there', {}, false],
])('row 53, in part: a base with SELinux %s', async (what, tree, warns) => {
  const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem(tree)), processes);
  const place = join(directory.path, what);
  await mkdir(place);
  const warnings: string[] = [];
  await assembleGolden(
    {
      base,
      edits: await planTestDaemon(directory.path),
      driver: 'auto',
      mountProgram: '',
      layout: 'flattened',
      compression: 'none',
      diskSize: base.virtualSize,
      directory: place,
      cacheDirectory: join(directory.path, 'cache'),
      forbiddenTexts: [],
    },
    { processes, log: { ...silentLog, warn: (line) => void warnings.push(line) } },
  );
  expect(warnings).toEqual(
    warns ? [expect.stringMatching(`^the base uses SELinux \\(${what}\\): .* an empty /\\.autorelabel`)] : [],
  );
});
