import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { listPlaces, type LocalVersion } from '../../../src/host/local-versions.js';
import { toLaunch, toVmLaunch, formatLaunchEnvironment, launchArguments } from '../../../src/host/launch.js';
import { vmCommand } from '../../../src/host/vm/vm-record.js';
import { Failure } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { formatDocument } from '../../../src/platform/document.js';
import { parseManifest, type Manifest } from '../../../src/store/documents/manifest.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { makeVersionParts } from '../../fixtures/version-parts.js';

const kept = {
  image: 'ubuntu-base',
  version: 7,
  manifest: { cmdline: 'root=LABEL=x ro "$HOME" `id` \\' },
  files: [
    { role: 'image', path: '/a b/i.qcow2' },
    { role: 'kernel', path: '/k/vmlinuz' },
    { role: 'initramfs', path: '/k/initrd' },
  ],
};

test('the arguments boot an overlay in the directory of a VM', () => {
  expect(launchArguments(toLaunch(kept))).toEqual([
    '--kernel',
    '/k/vmlinuz',
    '--initramfs',
    '/k/initrd',
    '--cmdline',
    kept.manifest.cmdline,
    '--disk',
    'path=disk.qcow2,image_type=qcow2,backing_files=on,num_queues=1',
  ]);
});

test('the disk options are those of an overlay, whatever a manifest says', () => {
  const manifest = {
    ...kept.manifest,
    cloudHypervisor: { min: '50.0', diskOptions: ['image_type=raw', 'path=/etc/shadow'] },
  };
  expect(toLaunch({ ...kept, manifest }).diskOptions).toBe('image_type=qcow2,backing_files=on,num_queues=1');
  expect(launchArguments({ ...toLaunch(kept), ...{ diskOptions: 'path=/etc/shadow' } })).toEqual(
    launchArguments(toLaunch(kept)),
  );
});

test('the environment quotes what systemd and shells would read as their own', () => {
  expect(formatLaunchEnvironment(kept)).toBe(
    [
      'CH_GOLDEN_VERSION="ubuntu-base.7"',
      'CH_IMAGE_PATH="/a b/i.qcow2"',
      'CH_KERNEL_PATH="/k/vmlinuz"',
      'CH_INITRAMFS_PATH="/k/initrd"',
      'CH_CMDLINE="root=LABEL=x ro \\"\\$HOME\\" \\`id\\` \\\\"',
      'CH_DISK_OPTIONS="image_type=qcow2,backing_files=on,num_queues=1"',
      'CH_BOOT_PROFILE="stock"',
      '',
    ].join('\n'),
  );
});

describe('the identity of a VM', () => {
  const network = { address: '10.0.0.5/24', gateway: '10.0.0.1' };
  const identity = { hostname: 'vm-1', network, macAddress: '52:54:00:00:00:07' };
  const withProfile = (profile: 'stock' | 'fast') => ({
    ...kept,
    manifest: { ...kept.manifest, bootProfile: { profile, edits: [] } },
  });

  test('is on the command line of a fast image', () => {
    expect(toVmLaunch(withProfile('fast'), identity)).toEqual({
      ...toLaunch(kept),
      cmdline:
        `${kept.manifest.cmdline} systemd.hostname=vm-1 ` + 'ch-golden.address=10.0.0.5/24,10.0.0.1,52:54:00:00:00:07',
    });
    expect(formatLaunchEnvironment(withProfile('fast'))).toContain('CH_BOOT_PROFILE="fast"\n');
  });

  test('is not on that of another', () => {
    expect(toVmLaunch(withProfile('stock'), identity)).toEqual(toLaunch(kept));
    expect(toVmLaunch(kept, identity)).toEqual(toLaunch(kept));
  });
});

describe('whatever the strings of a manifest are', () => {
  let directory: string;
  let original: Manifest;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'launch-'));
    const parts = await makeVersionParts(directory, 'layered');
    const digest = sha256Of('x');
    const file = (role: string, name: string): object => ({
      role,
      name,
      size: 10,
      sha256: role === 'base' ? parts.base.sha256 : digest,
      chunkSize: 4,
      chunks: [digest, digest, digest],
    });
    original = parseManifest(
      formatDocument({
        schema: 1,
        image: 'ubuntu-base',
        version: 3,
        ...toVersionFacts(parts),
        files: [
          file('image', 'ubuntu-base.3.qcow2'),
          file('kernel', 'ubuntu-base.3.vmlinuz'),
          file('initramfs', 'ubuntu-base.3.initramfs'),
          file('base', `${parts.base.sha256}.img`),
        ],
        storeDefects: ['none'],
        distribution: { id: 'ubuntu', version: '24.04' },
        pin: { snapshot: '20260501T000000Z', unpinned: ['curl 8.5.0-2ubuntu10.6 amd64'] },
      }),
      'the manifest',
    );
  });
  afterAll(async () => rm(directory, { recursive: true }));

  /** All that Cloud Hypervisor is told of a version, as `vm create` and `vm start` do. */
  function commandOf(manifest: Manifest): readonly string[] {
    const { image, version } = manifest;
    const files = manifest.files.map((file) => ({ ...file, path: join('/root', listPlaces(manifest, file)[0]!) }));
    const launch: LocalVersion = { image, version, manifest, bytes: Buffer.alloc(0), files };
    return vmCommand({
      schema: 1,
      name: 'vm-001',
      ...toLaunch(launch),
      cpus: 2,
      memoryMiB: 1024,
      macAddress: '52:54:00:f9:4b:fd',
      tap: 'tap0',
    });
  }

  type Path = readonly (string | number)[];

  /** Where a document has strings. */
  function stringsOf(value: unknown, path: Path = []): readonly Path[] {
    if (typeof value === 'string') return [path];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => stringsOf(inner, [...path, key]));
  }

  function withStrings(changes: readonly (readonly [Path, string])[]): Manifest | undefined {
    const copy = JSON.parse(JSON.stringify(original)) as Record<string | number, unknown>;
    for (const [path, text] of changes) {
      const holder = path.slice(0, -1).reduce((place, step) => place[step] as Record<string | number, unknown>, copy);
      holder[path.at(-1)!] = text;
    }
    try {
      return parseManifest(formatDocument(copy), 'the manifest');
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect((error as Failure).message).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      return undefined;
    }
  }

  const attack = fc.constantFrom(
    ',path=/etc/shadow',
    '--disk',
    'path=/etc/shadow,readonly=off',
    '../../../../etc/shadow',
    '/etc/shadow',
    '$(id)',
    '`id`',
    '" --api-socket=x "',
    "' --seccomp=false '",
    'a\nb',
    '\u0000',
    '%n',
    'json:{}',
    'image_type=raw',
    'backing_files=on',
    'vhost_user=on,socket=/x',
    '6.8.0,path=x',
    '6.8.0-91-generic',
    'other-image',
    '53.0',
    'x'.repeat(3000),
    'ü',
    '\u202e',
    '-',
    '',
  );
  const hostile = fc.oneof(
    attack,
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string({ unit: 'grapheme' }), attack).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
  );

  test('none of those that may be anything changes the command', () => {
    const free: readonly (string | number)[] = [
      'builder',
      'base',
      'daemon',
      'edits',
      'packages',
      'distribution',
      'pin',
      'smoke',
      'storeDefects',
    ];
    const places = stringsOf(original).filter(([first]) => free.includes(first!));
    const expected = commandOf(original);
    let accepted = 0;
    fc.assert(
      fc.property(fc.subarray([...places], { minLength: 1 }), fc.infiniteStream(hostile), (chosen, texts) => {
        const manifest = withStrings(chosen.map((path) => [path, texts.next().value as string]));
        if (manifest === undefined) return;
        accepted += 1;
        expect(commandOf(manifest)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('an accepted one becomes only the kernel arguments, a checked name, or no argument at all', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...stringsOf(original)), hostile, (place, text) => {
        const manifest = withStrings([[place, text]]);
        if (manifest === undefined) return;
        accepted += 1;
        const command = commandOf(manifest);
        const at = command.indexOf('--cmdline');
        expect(command[at + 1]).toBe(manifest.cmdline);
        expect(command[at + 1]).toMatch(/^[!-,.-~][ -~]{0,2046}$/);
        expect([...command.slice(0, at + 1), ...command.slice(at + 2)]).toEqual([
          'cloud-hypervisor',
          '--api-socket',
          'path=run/api.sock',
          '--log-file',
          'vmm.log',
          '--kernel',
          expect.stringMatching(/^\/root\/kernels\/vmlinuz-\d[A-Za-z0-9.+~_-]{0,99}$/),
          '--initramfs',
          expect.stringMatching(/^\/root\/kernels\/initrd\.img-\d[A-Za-z0-9.+~_-]{0,99}$/),
          '--cmdline',
          '--disk',
          'path=disk.qcow2,image_type=qcow2,backing_files=on,num_queues=1',
          'path=cloud-init.iso,readonly=on,image_type=raw,num_queues=1',
          '--cpus',
          'boot=2',
          '--memory',
          'size=1024M',
          '--net',
          'tap=tap0,mac=52:54:00:f9:4b:fd',
          '--serial',
          'file=serial.log',
          '--console',
          'off',
        ]);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('the environment has seven lines, and every reader gets back what was written', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
          minLength: 1,
          maxLength: 2047,
        }),
        (cmdline) => {
          const lines = formatLaunchEnvironment({ ...kept, manifest: { cmdline } })
            .trimEnd()
            .split('\n');
          expect(lines).toHaveLength(7);
          const [, quoted = ''] = /^CH_CMDLINE="(.*)"$/.exec(lines[4]!) ?? [];
          // Nothing that a shell or systemd would act on is left without a backslash.
          expect(quoted.replace(/\\["\\`$]/g, '')).not.toMatch(/["\\`$]/);
          expect(quoted.replace(/\\(["\\`$])/g, '$1')).toBe(cmdline);
        },
      ),
    );
  });
});
