import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleGolden } from '../../src/image/assemble-golden.js';
import type { EditDriver } from '../../src/image/edit-driver.js';
import { injectDriver } from '../../src/image/inject/inject-driver.js';
import { mountDriver } from '../../src/image/mount/mount-driver.js';
import { rootOwned, type FileEdit } from '../../src/image/plan.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { planTestDaemon } from '../fixtures/assemble.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory, type Tree } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk } from './guest.js';

const processes = createTestProcesses();
const ports = { processes, log: silentLog };
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('selinux');
});
afterAll(async () => directory.remove());

const isRoot = process.getuid?.() === 0;
const drivers: readonly EditDriver[] = isRoot ? [injectDriver, mountDriver] : [injectDriver];
const enforcing = { 'etc/selinux/config': 'SELINUX=enforcing\n' };
const label = (type: string): string => `system_u:object_r:${type}:s0`;
/** The label of files whose parent has none. */
const rootLabel = 'ea_set / security.selinux system_u:object_r:root_t:s0';

test.each<readonly [what: string, tree: Tree, spoil: readonly string[], problem: RegExp | undefined]>([
  [
    'enforcing',
    enforcing,
    [],
    /^the base uses SELinux \(enforcing\), but its files have no labels: .* \/\.autorelabel /,
  ],
  ['permissive', { 'etc/selinux/config': 'SELINUX=permissive\n' }, [], /\(permissive\), but its files have no labels/],
  ['disabled', { 'etc/selinux/config': '# SELINUX=enforcing\nSELINUX=disabled\n' }, [], undefined],
  ['missing', {}, [], undefined],
  ['labelled', enforcing, [rootLabel], undefined],
])('row 53: a base with SELinux %s', async (what, tree, spoil, problem) => {
  const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem(tree)), processes, { spoil });
  const place = join(directory.path, what);
  await mkdir(place);
  const warnings: string[] = [];
  await assembleGolden(
    {
      base,
      edits: await planTestDaemon(directory.path),
      driver: 'auto',
      mountHelper: ['false'],
      layout: 'flattened',
      compression: 'none',
      diskSize: base.virtualSize,
      directory: place,
      cacheDirectory: join(directory.path, 'cache'),
      forbiddenTexts: [],
    },
    { processes, log: { ...silentLog, warn: (line) => void warnings.push(line) } },
  );
  expect(warnings).toEqual(problem === undefined ? [] : [expect.stringMatching(problem)]);
});

/** An ACL as setxattr(2) takes it: user 1000 may read and execute, up to the mask. Source: Linux, posix_acl_xattr.h. */
function formatAcl(owner: number, mask: number, other: number): string {
  const entries = [
    [0x01, owner, -1],
    [0x02, 5, 1000],
    [0x04, 4, -1],
    [0x10, mask, -1],
    [0x20, other, -1],
  ] as const;
  const acl = Buffer.alloc(4 + entries.length * 8);
  acl.writeUInt32LE(2, 0);
  for (const [index, [tag, bits, id]] of entries.entries()) {
    acl.writeUInt16LE(tag, 4 + index * 8);
    acl.writeUInt16LE(bits, 6 + index * 8);
    acl.writeInt32LE(id, 8 + index * 8);
  }
  return acl.toString('hex');
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
const access = 'system.posix_acl_access';
const inherited = 'system.posix_acl_default';
const selinux = 'security.selinux';
const anyAcl = formatAcl(7, 7, 5);

/** setxattr(2) and lgetxattr(2) on x86-64 for each attribute of each path: not every machine has setfattr. */
const setProgram = String.raw`while (@ARGV) { my ($path, $name, $hex) = splice @ARGV, 0, 3;
  my $value = pack("H*", $hex);
  syscall(188, $path, $name, $value, length($value), 0) == 0 or die "$path: $name: $!\n"; }`;
const getProgram = String.raw`while (@ARGV) { my ($path, $name) = splice @ARGV, 0, 2; my $value = "\0" x 4096;
  my $size = syscall(192, $path, $name, $value, 4096);
  print $size < 0 ? "" : unpack("H*", substr($value, 0, $size)), "\n"; }`;

/** Mounts the first partition, or another raw filesystem, in a private namespace, and runs perl there. */
async function runMounted(path: string, offset: number, options: string, argv: readonly string[]): Promise<string> {
  const place = join(directory.path, 'mnt');
  await mkdir(place, { recursive: true });
  const script = 'mount -o "$1" "$2" "$3" && cd "$3" && shift 3 && exec perl -e "$@"';
  const { stdout } = await processes.run({
    argv: [
      'unshare',
      '--mount',
      '--',
      'sh',
      '-c',
      script,
      'sh',
      `loop,offset=${offset},${options}`,
      path,
      place,
      ...argv,
    ],
  });
  return stdout;
}

const asRoot = isRoot ? describe : describe.skip;

asRoot('row 53: labels and ACLs are those of the replaced file, or come from the directory', () => {
  /** Set by the kernel in the base. */
  const before: readonly (readonly [path: string, name: string, hex: string])[] = [
    ['.', selinux, hex(label('root_t'))],
    ['etc', selinux, hex(label('etc_t'))],
    ['etc/machine-id', selinux, hex(label('machine_id_t'))],
    ['etc/machine-id', access, anyAcl],
    ['etc/old', selinux, hex(label('old_t'))],
    ['srv', selinux, hex(label('srv_t'))],
    ['srv', inherited, anyAcl],
    ['srv/plain', selinux, hex(label('plain_t'))],
    ['opt/listed', access, anyAcl],
  ];
  const edits: readonly FileEdit[] = [
    { kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) },
    { kind: 'write', path: '/etc/new.conf', content: { text: 'x' }, attributes: rootOwned(0o640) },
    { kind: 'link', path: '/etc/old', target: 'new.conf' },
    { kind: 'link', path: '/etc/link', target: 'new.conf' },
    { kind: 'write', path: '/srv/data', content: { text: 'x' }, attributes: rootOwned(0o640) },
    { kind: 'write', path: '/srv/plain', content: { text: 'x' }, attributes: rootOwned(0o644) },
    { kind: 'write', path: '/srv/deep/er/data', content: { text: 'x' }, attributes: rootOwned(0o755) },
    { kind: 'directory', path: '/srv/private', attributes: rootOwned(0o700) },
    { kind: 'directory', path: '/opt/listed', attributes: rootOwned(0o750) },
  ];
  /** The attributes that the kernel reads in the image. */
  const after: readonly (readonly [path: string, name: string, hex: string])[] = [
    ['etc/machine-id', selinux, hex(label('machine_id_t'))],
    ['etc/machine-id', access, formatAcl(4, 4, 4)],
    ['etc/new.conf', selinux, hex(label('etc_t'))],
    ['etc/new.conf', access, ''],
    ['etc/old', selinux, hex(label('old_t'))],
    ['etc/link', selinux, hex(label('etc_t'))],
    ['srv/data', selinux, hex(label('srv_t'))],
    ['srv/data', access, formatAcl(6, 4, 0)],
    ['srv/data', inherited, ''],
    ['srv/plain', selinux, hex(label('plain_t'))],
    ['srv/plain', access, ''],
    ['srv/deep/er', selinux, hex(label('srv_t'))],
    ['srv/deep/er', access, formatAcl(7, 5, 5)],
    ['srv/deep/er', inherited, anyAcl],
    ['srv/deep/er/data', selinux, hex(label('srv_t'))],
    ['srv/deep/er/data', access, formatAcl(7, 5, 5)],
    ['srv/private', access, formatAcl(7, 0, 0)],
    ['srv/private', inherited, anyAcl],
    ['opt/listed', access, formatAcl(7, 5, 0)],
  ];
  /** In bytes. All attributes fit into inodes of 512. */
  const inodeSizes = [512];
  const tree = {
    'etc/old': 'x',
    'srv/plain': 'x',
    'opt/listed': { directory: true },
    'etc/machine-id': 'abc\n',
  } as const;

  test.each(inodeSizes.flatMap((size) => drivers.map((driver) => [driver.name, size, driver] as const)))(
    'with driver %s and inodes of %d bytes',
    async (name, inodeSize, driver) => {
      const base = await makeCaseBase(
        directory.path,
        oneDisk(guestFilesystem(tree, ['-I', String(inodeSize)])),
        processes,
      );
      const partition = 1024 ** 2;
      await runMounted(base.path, partition, 'rw', [setProgram, ...before.flat()]);
      const place = join(directory.path, `${name}-${inodeSize}`);
      await mkdir(place);
      const overlay = join(place, 'overlay.qcow2');
      const raw = join(place, 'result.raw');
      await processes.run({
        argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base.path, overlay],
      });
      await driver.apply({ overlay, edits, directory: place }, ports);
      await processes.run({ argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', overlay, raw] });
      await processes.run({ argv: ['e2fsck', '-fn', `${raw}?offset=${partition}`] });
      const stdout = await runMounted(raw, partition, 'ro', [
        getProgram,
        ...after.flatMap(([path, attribute]) => [path, attribute]),
      ]);
      const values = stdout.split('\n');
      expect(after.map(([path, attribute], index) => [path, attribute, values[index]])).toEqual(after);
    },
  );
});

asRoot('row 53: files whose attributes are in a separate block', () => {
  /** Bytes: more than an inode has space for, less than a block of 1,024. */
  const large = hex('x'.repeat(600));
  const shared = ['opt/a', 'opt/b', 'opt/kept', 'srv'] as const;
  const before = [
    ...shared.map((path) => [path, 'user.large', large] as const),
    ...shared.map((path) => [path, selinux, hex(label('shared_t'))] as const),
    ['opt/alone', 'user.large', hex('y'.repeat(700))],
    ['opt/empty', 'user.large', hex('z'.repeat(650))],
    ['opt/two', 'user.large', hex('2'.repeat(600))],
    ['opt/one', 'user.large', hex('1'.repeat(600))],
    ['etc/replaced', 'user.large', hex('r'.repeat(600))],
    ['etc/replaced', selinux, hex(label('replaced_t'))],
  ] as const;
  const tree = {
    ...Object.fromEntries(['a', 'b', 'kept', 'alone', 'two', 'one'].map((name) => [`opt/${name}`, name])),
    'opt/empty': { directory: true },
    'etc/replaced': 'old',
    'srv/kept': 'x',
  } as const;
  const edits: readonly FileEdit[] = [
    ...['a', 'b', 'alone', 'empty', 'two', 'two-too', 'one'].map(
      (name) => ({ kind: 'remove', pattern: `/opt/${name}` }) as const,
    ),
    { kind: 'write', path: '/etc/replaced', content: { text: 'new' }, attributes: rootOwned(0o600) },
  ];
  const after = [
    ['opt/kept', 'user.large', large],
    ['opt/kept', selinux, hex(label('shared_t'))],
    ['srv', 'user.large', large],
    ['opt/one-too', 'user.large', hex('1'.repeat(600))],
    ['etc/replaced', selinux, hex(label('replaced_t'))],
    ['etc/replaced', 'user.large', ''],
    ...['a', 'b', 'alone', 'empty', 'two', 'two-too', 'one'].map((name) => [`opt/${name}`, 'user.large', ''] as const),
  ] as const;

  test.each(
    [
      ['-I', '128'],
      ['-I', '256'],
      ['-I', '256', '-O', 'metadata_csum_seed'],
      ['-I', '256', '-O', '^metadata_csum'],
    ].flatMap((options) => drivers.map((driver) => [driver.name, options, driver] as const)),
  )('are removed and replaced by driver %s, in a filesystem with %j', async (name, options, driver) => {
    const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem(tree, options)), processes, {
      spoil: [
        'ln /opt/two /opt/two-too',
        'sif /opt/two links_count 2',
        'ln /opt/one /opt/one-too',
        'sif /opt/one links_count 2',
      ],
    });
    const partition = 1024 ** 2;
    await runMounted(base.path, partition, 'rw', [setProgram, ...before.flat()]);
    const { stdout } = await processes.run({
      argv: ['debugfs', '-R', 'stat /opt/kept', `${base.path}?offset=${partition}`],
    });
    expect(stdout).toMatch(/File ACL: [1-9]/);
    const place = join(directory.path, `blocks-${name}-${options.join('')}`);
    await mkdir(place);
    const [overlay, raw] = [join(place, 'overlay.qcow2'), join(place, 'result.raw')];
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base.path, overlay] });
    await driver.apply({ overlay, edits, directory: place }, ports);
    await processes.run({ argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', overlay, raw] });
    await processes.run({ argv: ['e2fsck', '-fn', `${raw}?offset=${partition}`] });
    const values = await runMounted(raw, partition, 'ro', [
      getProgram,
      ...after.flatMap(([path, attribute]) => [path, attribute]),
    ]);
    expect(after.map(([path, attribute], index) => [path, attribute, values.split('\n')[index]])).toEqual(after);
  });
});
