import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { pathExists } from '../../../src/platform/fs/files.js';
import type { BaseImage } from '../../../src/base/base-image.js';
import type { AssembleRequest } from '../../../src/image/assemble-golden.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import {
  below,
  bootTree,
  guestTree,
  linuxRootX86,
  makeBase,
  makeDisk,
  makeKernel,
  makeTestDirectory,
  type SmallDisk,
  type SmallPartition,
  type Tree,
} from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let edits: readonly Edit[];
let good: BaseImage;
let count = 0;

beforeAll(async () => {
  directory = await makeTestDirectory('refusals');
  edits = await planTestDaemon(directory.path);
  good = await makeBaseOf({ table: 'gpt', partitions: [rootPartition()] });
});
afterAll(async () => directory.remove());

function rootPartition(changes: Tree = {}, options: readonly string[] = []): SmallPartition {
  return {
    number: 1,
    sizeMiB: 12,
    content: { tree: { ...guestTree, ...below('boot', bootTree()), ...changes }, options },
  };
}

/** A raw base; `spoil` may break it by commands of debugfs in its first partition. */
async function makeBaseOf(disk: SmallDisk, spoil: readonly string[] = []): Promise<BaseImage> {
  const path = join(directory.path, `disk-${count++}.raw`);
  await makeDisk(path, disk, processes);
  for (const command of spoil)
    await processes.run({ argv: ['debugfs', '-w', '-R', command, `${path}?offset=${mebibyte}`] });
  return makeBase(path, 'raw', processes);
}

/** How an assembly fails; nothing of it may go on afterwards. */
async function failureOf(base: BaseImage, changes: Partial<AssembleRequest> = {}): Promise<Failure> {
  const name = `golden-${count++}`;
  const failure: unknown = await assemble(
    base,
    { directory: directory.path, name },
    { edits, compression: 'none', ...changes },
    processes,
  ).then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
  expect(await waitForNothingLeft(join(directory.path, name))).toEqual([]);
  expect(failure).toBeInstanceOf(Failure);
  return failure as Failure;
}

test('the base that the others are variants of is good', async () => {
  expect(
    (await assemble(good, { directory: directory.path, name: 'good' }, { edits, compression: 'none' }, processes))
      .digest.chunks.length,
  ).toBeGreaterThan(0);
});

describe('guests that are refused', () => {
  const bytes = Buffer.from('LABELONE');
  test.each<
    readonly [what: string, disk: SmallDisk, spoil: readonly string[], message: RegExp, fix: RegExp | undefined]
  >([
    [
      'no kernel',
      { table: 'gpt', partitions: [{ number: 1, sizeMiB: 12, content: { tree: guestTree } }] },
      [],
      /no kernel with an initramfs/,
      /install a kernel/,
    ],
    [
      'a kernel without its initramfs',
      {
        table: 'gpt',
        partitions: [{ number: 1, sizeMiB: 12, content: { tree: { ...guestTree, 'boot/vmlinuz-6': makeKernel(1) } } }],
      },
      [],
      /found vmlinuz-6/,
      /install a kernel/,
    ],
    [
      'a kernel that is none',
      {
        table: 'gpt',
        partitions: [
          {
            number: 1,
            sizeMiB: 12,
            content: { tree: { ...guestTree, 'boot/vmlinuz-6': makeBytes(1, 5000), 'boot/initrd.img-6': 'x' } },
          },
        ],
      },
      [],
      /vmlinuz-6 in the image is not an x86-64 bzImage/,
      undefined,
    ],
    [
      'two roots',
      { table: 'gpt', partitions: [rootPartition(), { ...rootPartition(), number: 2 }] },
      [],
      /2 root filesystems/,
      /label/,
    ],
    [
      'LVM',
      { table: 'dos', partitions: [{ number: 1, sizeMiB: 4, type: '8e', content: bytes }] },
      [],
      /LVM/,
      /plain ext4/,
    ],
    [
      'XFS',
      { table: 'gpt', partitions: [{ number: 1, sizeMiB: 4, type: linuxRootX86, content: Buffer.from('XFSB') }] },
      [],
      /no ext4 root/,
      /ext4/,
    ],
    [
      'a journal to replay',
      { table: 'gpt', partitions: [rootPartition()] },
      ['feature needs_recovery'],
      /was not unmounted cleanly/,
      /e2fsck/,
    ],
    [
      'a block that two files have',
      { table: 'gpt', partitions: [rootPartition()] },
      ['set_inode_field /etc/os-release block[IND] 1', 'freeb 1 3000'],
      /has errors after the edits/,
      /e2fsck/,
    ],
  ])('%s', async (_, disk, spoil, message, fix) => {
    const failure = await failureOf(await makeBaseOf(disk, spoil));
    expect(failure.message).toMatch(message);
    expect(failure.fix ?? '').toMatch(fix ?? /^$/);
  });

  test('a wrong link count, and what e2fsck says of it is quoted', async () => {
    const failure = await failureOf(
      await makeBaseOf({ table: 'gpt', partitions: [rootPartition()] }, [
        'set_inode_field /etc/os-release links_count 9',
      ]),
    );
    expect(failure.message).toMatch(/partition 1 has errors after the edits/);
    expect(failure.evidence.join('\n')).toMatch(/ref count is 9, should be 1/);
  });

  test('a filesystem without room for the daemon', async () => {
    const failure = await failureOf(good, {
      edits: await planTestDaemon(directory.path, 14 * mebibyte),
      diskSize: 100 * mebibyte,
    });
    expect(failure.message).toBe("the image's filesystem for / is full: the edits do not fit");
    expect(failure.fix).toMatch(/a base with a larger filesystem/);
    expect(failure.evidence.join('\n')).toMatch(/Could not allocate block/);
  });

  test('a filesystem without inodes for the daemon', async () => {
    const crowd = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`srv/${index}`, '']));
    const base = await makeBaseOf({ table: 'gpt', partitions: [rootPartition(crowd, ['-N', '368'])] });
    const own = Array.from(
      { length: 60 },
      (_, index): Edit => ({
        kind: 'write',
        path: `/opt/${index}`,
        content: { text: 'x' },
        attributes: rootOwned(0o644),
      }),
    );
    expect((await failureOf(base, { edits: own })).message).toMatch(/filesystem for \/ is full/);
  });

  test('a file name that debugfs would take for commands: refused, and no shell sees it', async () => {
    const proof = '/ch-golden-was-here';
    const base = await makeBaseOf({
      table: 'gpt',
      partitions: [rootPartition({ [`var/log/x\n!cd ..;cd ..;cd ..;cd ..;cd ..;echo >ch-golden-was-here`]: 'x' })],
    });
    expect((await failureOf(base)).message).toMatch(/control characters/);
    expect(await pathExists(proof)).toBe(false);
  });
});

describe('requests that are refused', () => {
  test.each<readonly [what: string, changes: Partial<AssembleRequest>, message: RegExp]>([
    ["a disk smaller than the base's", { diskSize: 8 * mebibyte }, /smaller than the base's disk/],
    ['a disk of odd bytes', { diskSize: 100 * mebibyte + 1 }, /is not a multiple of 512/],
    [
      'to inherit from a raw base',
      { compression: 'inherit' },
      /compression inherit is not possible: the base is not compressed/,
    ],
    [
      'to inherit into a layer',
      { compression: 'inherit', layout: 'layered' },
      /compression inherit is not possible: a layered image/,
    ],
    [
      'an edit twice',
      {
        edits: [
          { kind: 'link', path: '/a', target: 'b' },
          { kind: 'link', path: '/a', target: 'c' },
        ],
      },
      /writes \/a twice/,
    ],
    ['a hostile path', { edits: [{ kind: 'link', path: '/a\n!id', target: 'b' }] }, /expected an absolute path/],
    ['a hostile target', { edits: [{ kind: 'link', path: '/a', target: 'b\n!id' }] }, /control characters/],
  ])('%s', async (_, changes, message) => {
    expect((await failureOf(good, changes)).message).toMatch(message);
  });

  test('a binary that is not what was said', async () => {
    const path = join(directory.path, 'other');
    for (const content of ['other', Buffer.alloc(2 * mebibyte, 'other')]) {
      await writeFile(path, content);
      expect(
        (
          await failureOf(good, {
            edits: [
              {
                kind: 'write',
                path: '/opt/x',
                content: { file: path, sha256: '0'.repeat(64) },
                attributes: rootOwned(0o755),
              },
            ],
          })
        ).message,
      ).toMatch(/could not write \/opt\/x/);
    }
    const missing = await failureOf(good, {
      edits: [
        { kind: 'write', path: '/opt/x', content: { file: `${path}.gone`, sha256: '' }, attributes: rootOwned(0o755) },
      ],
    });
    expect(missing.message).toMatch(/could not write \/opt\/x/);
    expect(missing.evidence.join('\n')).toMatch(/No such file/);
  });
});

describe('what the audit finds', () => {
  function write(path: string, text: string): Edit {
    return { kind: 'write', path, content: { text }, attributes: rootOwned(0o600) };
  }

  test('left in the base, each in a line', async () => {
    const left: readonly (readonly [path: string, text: string, what: string])[] = [
      ['/etc/apt/apt.conf.d/99x', 'Acquire::http::Proxy "http://proxy.build:3142";\n', 'a proxy of the build machine'],
      ['/etc/build-info', 'from /home/rünner/work/_temp\n', 'names the build machine: /home/rünner/work'],
      ['/etc/environment', 'PATH=/bin\nhttps_proxy=http://proxy.build:3128\n', 'a proxy of the build machine'],
      ['/home/ubuntu/.aws/credentials', '[default]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n', 'an AWS access key'],
      ['/root/.ssh/id_ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----\n', 'a private key'],
    ];
    const base = await makeBaseOf({
      table: 'gpt',
      partitions: [rootPartition(Object.fromEntries(left.map(([path, text]) => [path.slice(1), text])))],
    });
    const failure = await failureOf(base, { forbiddenTexts: ['/home/rünner/work'] });
    expect(failure.message).toBe('the audit of the finished image found 5 problems');
    expect(failure.evidence).toEqual(left.map(([path, , what]) => `${path}: ${what}`));
  });

  test('written by edits: identities and names of the build machine, no key or proxy', async () => {
    const written = [
      write('/etc/ssh/ssh_host_ed25519_key', 'x'),
      write('/var/log/left.log', 'x'),
      write('/etc/build-info', 'from /home/rünner/work/_temp\n'),
      write('/etc/apt/apt.conf.d/90proxy', 'Acquire::http::Proxy "http://proxy.site:3142";\n'),
      write('/etc/ssl/private/site.key', '-----BEGIN PRIVATE KEY-----\n'),
    ];
    expect(
      (await failureOf(good, { edits: [...edits, ...written], forbiddenTexts: ['/home/rünner/work'] })).evidence,
    ).toEqual([
      '/etc/ssh/ssh_host_ed25519_key: an SSH host key: every VM would have the same',
      '/var/log/left.log: a log of another machine',
      '/etc/build-info: names the build machine: /home/rünner/work',
    ]);
  });

  test('without hygiene, all that a guest has', async () => {
    const failure = await failureOf(good, { edits: [{ kind: 'link', path: '/a', target: 'b' }] });
    for (const path of [
      '/etc/machine-id',
      '/etc/ssh/ssh_host_rsa_key',
      '/var/lib/cloud/instances',
      '/var/log/syslog',
      '/root/.bash_history',
    ]) {
      expect(failure.evidence.some((line) => line.startsWith(`${path}: `))).toBe(true);
    }
  });
});

describe('a base that goes wrong while it is read', () => {
  test.each([
    ['cut short', 300_000],
    ['a header alone', 65536],
  ])('%s', async (_, length) => {
    const base = await makeBase(join(directory.path, `disk-0.raw`), 'zlib', processes, [
      `cluster_size=${length > 65536 ? 32768 : 65536}`,
    ]);
    await truncate(base.path, length);
    const failure = await failureOf(base, { compression: 'zstd' });
    expect(failure.message).not.toBe('');
  });

  test('that is gone', async () => {
    expect((await failureOf({ ...good, path: `${good.path}.gone` })).evidence.join('\n')).toMatch(/No such file/);
  });
});

test.each([0, 150, 350, 600])('a cancel after %d ms ends all, and leaves nothing that runs', async (milliseconds) => {
  const controller = new AbortController();
  const name = `cancel-${milliseconds}`;
  const assembling = assemble(
    good,
    { directory: directory.path, name },
    { edits, cacheDirectory: join(directory.path, name, 'cache'), compression: 'zstd' },
    createTestProcesses(controller.signal),
  );
  const timer = setTimeout(() => controller.abort(new Failure('cancelled by the test')), milliseconds);
  const outcome = await assembling.then(
    () => 'done',
    (error: unknown) => error,
  );
  clearTimeout(timer);
  if (outcome !== 'done') expect(outcome).toBeInstanceOf(Failure);
  expect(await waitForNothingLeft(join(directory.path, name))).toEqual([]);
});
