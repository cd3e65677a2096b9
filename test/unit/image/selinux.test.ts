import { expect, test } from '@jest/globals';
import type { Guest } from '../../../src/disk/open-guest.js';
import { openGuestFiles } from '../../../src/disk/guest-files.js';
import { findLabelProblem } from '../../../src/image/selinux.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { createFakeFilesystem } from '../../fixtures/fake-filesystem.js';

const write: Edit = { kind: 'write', path: '/opt/x', content: { text: '' }, attributes: rootOwned(0o644) };

test.each<readonly [what: string, edit: Edit, problem: RegExp | undefined]>([
  ['a file', write, undefined],
  [
    'packages',
    { kind: 'install', packages: ['curl'] },
    /files that packages and scripts create get no label: .*\/\.autorelabel/,
  ],
  [
    'a script',
    { kind: 'run', name: 'x.sh', script: { file: '/x.sh', sha256: '' } },
    /files that packages and scripts create get no label/,
  ],
])('row 53: a labelled base, and %s', async (_, edit, problem) => {
  const filesystem = {
    ...createFakeFilesystem({ 'etc/selinux/config': 'SELINUX=enforcing\n' }),
    readAttributes: async () => Promise.resolve(new Map([['security.selinux', Buffer.from('root_t')]])),
  };
  const mount = { path: '/', filesystem };
  const guest = { root: { mount }, files: openGuestFiles([mount]) } as unknown as Guest;
  const found = await findLabelProblem(guest, [write, edit]);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
