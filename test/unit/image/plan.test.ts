import { expect, test } from '@jest/globals';
import { formatEdit, rootOwned, type Edit } from '../../../src/image/plan.js';

test.each<readonly [Edit, string]>([
  [{ kind: 'write', path: '/a', content: { text: 'x' }, attributes: rootOwned(0o644) }, 'write /a (0644)'],
  [{ kind: 'write', path: '/a', content: { text: 'x' }, attributes: rootOwned(0) }, 'write /a (0000)'],
  [
    { kind: 'write', path: '/a', content: { file: '/b', sha256: '' }, attributes: { mode: 0o4755, uid: 0, gid: 7 } },
    'write /a (04755, owner 0:7)',
  ],
  [
    { kind: 'directory', path: '/d', attributes: { mode: 0o700, uid: 1000, gid: 1000 } },
    'make directory /d (0700, owner 1000:1000)',
  ],
  [{ kind: 'link', path: '/l', target: '../x' }, 'link /l to ../x'],
  [{ kind: 'remove', pattern: '/tmp/*' }, 'remove /tmp/*'],
  [{ kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) }, 'empty /etc/machine-id'],
  [{ kind: 'enable-unit', unit: 'a.service', target: 'multi-user.target' }, 'enable a.service for multi-user.target'],
])('%#', (edit, line) => {
  expect(formatEdit(edit)).toBe(line);
});
