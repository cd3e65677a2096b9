import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { rootOwned, type FileEdit } from '../../../src/image/plan.js';
import { expandPattern, resolveEdits, type FileOperation } from '../../../src/image/resolve-edits.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const tree: Tree = {
  'etc/hostname': 'old',
  'etc/link': { link: '/etc/hostname' },
  'etc/ssh/ssh_host_a': 'x',
  'etc/ssh/ssh_host_b.pub': 'x',
  'etc/ssh/sshd_config': 'x',
  'var/log/a/b/c': 'x',
  'var/log/d': 'x',
  'var/log/line\nbreak': 'x',
  'var/run': { link: '/run' },
  run: { directory: true },
  lib: { link: 'usr/lib' },
  'usr/lib': { directory: true },
  'home/one/.bash_history': 'x',
  'home/two/.bash_history': 'x',
  'home/.bash_history': 'x',
  dangling: { link: '/nowhere' },
  boot: { directory: true },
  swap: { link: '/usr/lib' },
};

/** One line for each operation: what, in which filesystem, where. */
async function resolve(edits: readonly FileEdit[], boot?: Tree): Promise<readonly string[]> {
  return (await resolveEdits(edits, openFakeFiles(tree, boot))).map(describeOperation);
}

function describeOperation(operation: FileOperation): string {
  const place = `${operation.kind} ${operation.mount.path === '/' ? '' : `${operation.mount.path}:`}${operation.path}`;
  return operation.kind === 'link' ? `${place} to ${operation.target}` : place;
}

function write(path: string): FileEdit {
  return { kind: 'write', path, content: { text: 'new' }, attributes: rootOwned(0o644) };
}

function directory(path: string, mode = 0o755): FileEdit {
  return { kind: 'directory', path, attributes: rootOwned(mode) };
}

function remove(pattern: string): FileEdit {
  return { kind: 'remove', pattern };
}

describe('writing', () => {
  test('a new file in a directory that is there', async () => {
    expect(await resolve([write('/etc/motd')])).toEqual(['write /etc/motd']);
  });

  test('a file that is there goes first', async () => {
    expect(await resolve([write('/etc/hostname')])).toEqual(['remove-file /etc/hostname', 'write /etc/hostname']);
  });

  test('a link in the place goes, and not what it names', async () => {
    expect(await resolve([write('/etc/link')])).toEqual(['remove-file /etc/link', 'write /etc/link']);
  });

  test('missing parents are made once', async () => {
    expect(await resolve([write('/opt/a/one'), write('/opt/a/two'), write('/opt/three')])).toEqual([
      'make-directory /opt',
      'make-directory /opt/a',
      'write /opt/a/one',
      'write /opt/a/two',
      'write /opt/three',
    ]);
  });

  test('links in directories are followed', async () => {
    expect(await resolve([write('/lib/a'), write('/var/run/b')])).toEqual(['write /usr/lib/a', 'write /run/b']);
  });

  test('what lies on the boot partition has the path that it has there', async () => {
    expect(await resolve([write('/boot/a'), write('/boot/new/b'), remove('/boot/vm*')], { vmlinuz: 'x' })).toEqual([
      'write /boot:/a',
      'make-directory /boot:/new',
      'write /boot:/new/b',
      'remove-file /boot:/vmlinuz',
    ]);
  });

  test('an unwieldy path is taken as what it means', async () => {
    expect(await resolve([write('//etc/./ssh//x')])).toEqual(['write /etc/ssh/x']);
  });

  test.each<readonly [what: string, edits: readonly FileEdit[], message: RegExp]>([
    ['a directory in the way', [write('/etc/ssh')], /is a directory/],
    ['the root', [write('/')], /is a directory/],
    ['a directory of the plan in the way', [write('/opt/a/b'), write('/opt/a')], /is a directory/],
    ['a file on the way', [write('/etc/hostname/x')], /\/etc\/hostname in the image is not a directory/],
    ['a file of the plan on the way', [write('/etc/motd'), write('/etc/motd/x')], /is not a directory/],
    [
      'a link of the plan on the way',
      [{ kind: 'link', path: '/etc/l', target: '/etc' }, write('/etc/l/x')],
      /is not a directory/,
    ],
    [
      'a link to nothing on the way',
      [write('/dangling/x')],
      /^\/dangling in the image is a link to "[^"]+", which does not exist$/,
    ],
    ['twice the same', [write('/etc/motd'), write('/etc/motd')], /writes \/etc\/motd twice/],
    ['twice the same by another name', [write('/lib/x'), write('/usr/lib//x')], /twice/],
    ['a link over a written file', [write('/etc/motd'), { kind: 'link', path: '/etc/motd', target: 'x' }], /twice/],
    ['a mount point', [write('/boot')], /is a directory/],
  ])('%s is refused', async (_, edits, message) => {
    await expect(resolve(edits, { vmlinuz: 'x' })).rejects.toThrow(Failure);
    await expect(resolve(edits, { vmlinuz: 'x' })).rejects.toThrow(message);
  });
});

describe('removing and then writing', () => {
  test('a removed directory is made again', async () => {
    expect(await resolve([remove('/var/log/a'), write('/var/log/a/x')])).toEqual([
      'remove-file /var/log/a/b/c',
      'remove-directory /var/log/a/b',
      'remove-directory /var/log/a',
      'make-directory /var/log/a',
      'write /var/log/a/x',
    ]);
  });

  test('a removed link is no way any more', async () => {
    expect(await resolve([remove('/swap'), write('/swap/x')])).toEqual([
      'remove-file /swap',
      'make-directory /swap',
      'write /swap/x',
    ]);
  });

  test('a link to a removed directory makes that one', async () => {
    expect(await resolve([remove('/usr'), write('/lib/x')])).toEqual([
      'remove-directory /usr/lib',
      'remove-directory /usr',
      'make-directory /usr',
      'make-directory /usr/lib',
      'write /usr/lib/x',
    ]);
  });

  test('a removed directory may become a file', async () => {
    expect(await resolve([remove('/run'), write('/run')])).toEqual(['remove-directory /run', 'write /run']);
  });

  test('what is removed twice is removed once', async () => {
    expect(await resolve([remove('/etc/hostname'), remove('/etc/host*'), write('/etc/hostname')])).toEqual([
      'remove-file /etc/hostname',
      'write /etc/hostname',
    ]);
  });
});

describe('directories, links and units', () => {
  test('a new directory gets its attributes, one that is there too', async () => {
    expect(await resolve([directory('/opt/x'), directory('/etc/ssh')])).toEqual([
      'make-directory /opt',
      'make-directory /opt/x',
      'set-attributes /opt/x',
      'set-attributes /etc/ssh',
    ]);
  });

  test('a directory twice is made once, the last attributes count', async () => {
    const operations = await resolveEdits(
      [write('/opt/x'), directory('/opt', 0o700), directory('/opt', 0o711)],
      openFakeFiles(tree),
    );
    expect(operations.map(describeOperation)).toEqual([
      'make-directory /opt',
      'write /opt/x',
      'set-attributes /opt',
      'set-attributes /opt',
    ]);
    expect(operations.at(-1)).toMatchObject({ attributes: { mode: 0o711 } });
  });

  test('a directory where a file is, is refused', async () => {
    await expect(resolve([directory('/etc/hostname')])).rejects.toThrow(/not a directory/);
    await expect(resolve([directory('/dangling')])).rejects.toThrow(/which does not exist/);
  });

  test('the root takes attributes', async () => {
    expect(await resolve([directory('/')])).toEqual(['set-attributes /']);
  });

  test('a link replaces what is there', async () => {
    expect(await resolve([{ kind: 'link', path: '/etc/link', target: 'other' }])).toEqual([
      'remove-file /etc/link',
      'link /etc/link to other',
    ]);
  });

  test('a unit is enabled by a link', async () => {
    expect(await resolve([{ kind: 'enable-unit', unit: 'a.service', target: 'multi-user.target' }])).toEqual([
      'make-directory /etc/systemd',
      'make-directory /etc/systemd/system',
      'make-directory /etc/systemd/system/multi-user.target.wants',
      'link /etc/systemd/system/multi-user.target.wants/a.service to /etc/systemd/system/a.service',
    ]);
  });

  test('emptying a file is writing nothing to it', async () => {
    const operations = await resolveEdits(
      [{ kind: 'empty', path: '/etc/hostname', attributes: rootOwned(0o444) }],
      openFakeFiles(tree),
    );
    expect(operations.at(-1)).toMatchObject({
      kind: 'write',
      path: '/etc/hostname',
      content: { text: '' },
      attributes: { mode: 0o444 },
    });
  });
});

describe('patterns', () => {
  test.each([
    ['/etc/ssh/ssh_host_*', ['/etc/ssh/ssh_host_a', '/etc/ssh/ssh_host_b.pub']],
    ['/etc/ssh/*.pub', ['/etc/ssh/ssh_host_b.pub']],
    ['/etc/ssh/ssh*_*', ['/etc/ssh/ssh_host_a', '/etc/ssh/ssh_host_b.pub', '/etc/ssh/sshd_config']],
    ['/home/*/.bash_history', ['/home/one/.bash_history', '/home/two/.bash_history']],
    ['/home/*', ['/home/.bash_history', '/home/one', '/home/two']],
    ['/var/log/**', ['/var/log/a/b/c', '/var/log/d', '/var/log/line\nbreak']],
    ['/var/log/*', ['/var/log/a', '/var/log/d', '/var/log/line\nbreak']],
    ['/lib', ['/lib']],
    ['/etc/link/*', []],
    ['/etc/hostname/**', []],
    ['/nowhere/*/x', []],
    ['/etc/ssh/ssh.host_a', []],
    ['/etc/[hs]*', []],
  ])('%s', async (pattern, paths) => {
    expect((await expandPattern(pattern, openFakeFiles(tree))).map((file) => file.path)).toEqual(paths);
  });

  test('a directory goes with all that is in it, deepest first', async () => {
    expect(await resolve([remove('/var/log/*')])).toEqual([
      'remove-file /var/log/a/b/c',
      'remove-directory /var/log/a/b',
      'remove-directory /var/log/a',
      'remove-file /var/log/d',
      'remove-file /var/log/line\nbreak',
    ]);
  });

  test('a last ** leaves the directories', async () => {
    expect(await resolve([remove('/var/log/**')])).toEqual([
      'remove-file /var/log/a/b/c',
      'remove-file /var/log/d',
      'remove-file /var/log/line\nbreak',
    ]);
  });

  test('a link goes, not what it names', async () => {
    expect(await resolve([remove('/var/run')])).toEqual(['remove-file /var/run']);
  });
});

describe('hostile paths', () => {
  const hostile = [
    'etc/relative',
    '',
    '/etc/../passwd',
    '/..',
    '/a\nrm /etc',
    '/a\0b',
    '/a"b',
    '/\u001b[2J',
    `/${'a/'.repeat(2000)}`,
    `/${'a'.repeat(256)}`,
    `/${'ü'.repeat(128)}`,
    '/a\u007f',
  ];
  test.each(hostile)('%j is refused in every edit', async (path) => {
    await expect(resolve([write(path)])).rejects.toThrow(Failure);
    await expect(resolve([directory(path)])).rejects.toThrow(/expected an absolute path/);
    await expect(resolve([remove(path)])).rejects.toThrow(/expected an absolute path/);
    await expect(resolve([{ kind: 'link', path, target: 'x' }])).rejects.toThrow(/expected an absolute path/);
    await expect(resolve([{ kind: 'empty', path, attributes: rootOwned(0o644) }])).rejects.toThrow(
      /expected an absolute path/,
    );
  });

  test.each(['../../../evil', 'a\nb', 'a"b'])('a unit named %j is refused', async (unit) => {
    await expect(resolve([{ kind: 'enable-unit', unit, target: 'multi-user.target' }])).rejects.toThrow(
      /expected an absolute path/,
    );
    await expect(resolve([{ kind: 'enable-unit', unit: 'a.service', target: unit }])).rejects.toThrow(
      /expected an absolute path/,
    );
  });

  test('what a shell would expand is a name', async () => {
    expect(await resolve([write("/etc/$(id);`id`|'x' -rf {a,b} ~ \\ ü")])).toEqual([
      "write /etc/$(id);`id`|'x' -rf {a,b} ~ \\ ü",
    ]);
  });
});
