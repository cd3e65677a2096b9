import { expect, test } from '@jest/globals';
import { sha256Of } from '../../../src/platform/fs/files.js';
import type { InventoryFile } from '../../../src/image/golden-image.js';
import { readInventory } from '../../../src/image/inventory.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const tree: Tree = {
  bin: { link: 'usr/bin' },
  'etc/hostname': 'ubuntu\n',
  'etc/ssh/sshd_config': 'Port 22\n',
  'etc/systemd/system/multi-user.target.wants/daytona-daemon.service': {
    link: '/etc/systemd/system/daytona-daemon.service',
  },
  'usr/bin/dash': 'packaged, by its old name',
  'usr/bin/ssh': 'packaged',
  'usr/lib/python3/dist-packages/apt.py': 'packaged',
  'usr/lib/python3/dist-packages/__pycache__/apt.cpython-312.pyc': 'compiled from it',
  'usr/lib/python3/dist-packages/__pycache__/apt.cpython-312.opt-1.pyc': 'compiled from it',
  'usr/lib/python3/dist-packages/__pycache__/other.cpython-312.pyc': 'compiled from nothing',
  'usr/local/bin/daytona-daemon': 'daemon',
  'var/lib/dpkg/status': 'x',
  'var/lib/dpkg/info/dash.list': '/.\n/bin\n/bin/dash\n',
  'var/lib/dpkg/info/openssh.list': '/usr/bin/ssh\n/etc/ssh/sshd_config\n/usr/lib/python3/dist-packages/apt.py\n',
  'var/lib/dpkg/info/openssh.md5sums': 'x  usr/local/bin/daytona-daemon\n',
};

const pathsOf = (files: readonly InventoryFile[] = []): readonly string[] => files.map(({ path }) => path);

test('files that no package brings, and configuration', async () => {
  const { files = [] } = await readInventory(openFakeFiles(tree));
  expect(pathsOf(files)).toEqual([
    '/bin',
    '/etc/hostname',
    '/etc/ssh/sshd_config',
    '/etc/systemd/system/multi-user.target.wants/daytona-daemon.service',
    '/usr/lib/python3/dist-packages/__pycache__/other.cpython-312.pyc',
    '/usr/local/bin/daytona-daemon',
  ]);
  expect(files[1]).toEqual({
    path: '/etc/hostname',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 7,
    content: `sha256:${sha256Of('ubuntu\n')}`,
  });
  expect(files[3]).toMatchObject({ content: 'link:/etc/systemd/system/daytona-daemon.service' });
});

test('bytes of all files, by top directory', async () => {
  const { folders } = await readInventory(
    openFakeFiles({
      'etc/a': 'xx',
      'etc/b/c': 'x',
      'usr/bin/ssh': 'xxxx',
      alone: 'x',
      empty: { directory: true },
      'var/lib/dpkg/info/ssh.list': '/usr/bin/ssh',
    }),
  );
  expect(folders).toEqual([
    { path: '/etc', bytes: 3 },
    { path: '/usr', bytes: 4 },
    { path: '/var', bytes: 12 },
  ]);
});

test('a boot partition is of the image', async () => {
  const { files, folders } = await readInventory(
    openFakeFiles({ boot: { directory: true }, 'etc/x': 'x' }, { 'initrd.img-1': 'initrd' }),
  );
  expect(pathsOf(files)).toEqual(['/boot/initrd.img-1', '/etc/x']);
  expect(folders).toEqual([
    { path: '/boot', bytes: 6 },
    { path: '/etc', bytes: 1 },
  ]);
});

test('a large file is known by when it was changed', async () => {
  const { files } = await readInventory(
    openFakeFiles({ 'opt/large': Buffer.alloc(4 * 1024 ** 2 + 1), 'opt/small': Buffer.alloc(4 * 1024 ** 2) }),
    4 * 1024 ** 2,
  );
  expect(files?.map(({ content }) => content)).toEqual([
    'modified:2023-11-14T22:13:20.000Z',
    `sha256:${sha256Of(Buffer.alloc(4 * 1024 ** 2))}`,
  ]);
});

test('a name that would drive a terminal does not', async () => {
  const { files } = await readInventory(openFakeFiles({ 'opt/\u001b[2Jx\ny': 'x', 'opt/z': { link: '\u001b[31m' } }));
  expect(files?.map(({ path, content }) => path + content).join('')).not.toMatch(/\p{Cc}/u);
});
