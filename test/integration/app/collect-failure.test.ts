import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearFailure, collectOnFailure } from '../../../src/app/collect-failure.js';
import { CancelledError, Failure } from '../../../src/platform/errors.js';
import { silentLog, type Log } from '../../../src/platform/progress/log.js';
import type { Steps } from '../../../src/platform/progress/steps.js';
import type { Vmm } from '../../../src/smoke/machine.js';
import { recordMachine } from '../../../src/smoke/machine-record.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const planted = [
  'swordfish-4711',
  'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
  'AKIAIOSFODNN7EXAMPLE',
  'hunter2hunter2',
  'urltoken99',
  'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW',
];
const leak = [
  'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE',
  'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
  'GET https://me:hunter2hunter2@example.org/x?access_token=urltoken99',
  'PLANTED=swordfish-4711',
  'daemon[7]: -----BEGIN OPENSSH PRIVATE KEY-----',
  'daemon[7]: b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW',
  'Kernel panic - not syncing',
].join('\n');
const vmms = {
  qemu: {
    kind: 'qemu',
    version: '7.2.22',
    accelerator: 'tcg',
    guestNetwork: { address: '10.0.2.15/24', gateway: '10.0.2.2' },
  },
  'cloud-hypervisor': {
    kind: 'cloud-hypervisor',
    version: '53.0.0',
    accelerator: 'kvm',
    guestNetwork: { address: '192.168.249.2/24', gateway: '192.168.249.1' },
  },
} as const;

const throwAtStart: Vmm['start'] = async () => Promise.reject(new Error('not here'));

describe('after a failure', () => {
  let root: string;
  let from: string;
  let to: string;
  let warnings: string[];
  const processes = createTestProcesses();

  beforeEach(async () => {
    // A shell must not take the path apart.
    root = await mkdtemp(join(tmpdir(), "ch-golden capsule $x'-"));
    from = join(root, 'run');
    to = join(root, 'report');
    warnings = [];
    await mkdir(from);
  });

  afterEach(async () => rm(root, { recursive: true, force: true }));

  async function makeRun(kind: Vmm['kind'] = 'qemu'): Promise<void> {
    const [snapshots, machine] = [join(from, 'golden', 'snapshots'), join(from, 'smoke', 'smoke-1')];
    for (const directory of [snapshots, machine]) await mkdir(directory, { recursive: true });
    const [image, overlay, seed, kernel, initramfs] = [
      join(snapshots, 'image.qcow2'),
      join(machine, 'disk.qcow2'),
      join(machine, 'seed.iso'),
      join(snapshots, 'vmlinuz'),
      join(snapshots, 'initramfs'),
    ];
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', image, '8M'] });
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, overlay] });
    for (const path of [seed, kernel, initramfs]) await writeFile(path, path);
    await writeFile(join(machine, 'serial.log'), `[    0.0] Linux version\n${leak}\n`);
    await writeFile(join(machine, 'hvc0.log'), '@@ch-golden begin status\n');
    await recordMachine(
      {
        image,
        overlay,
        seed,
        copied: false,
        spec: {
          name: 'smoke-1',
          directory: machine,
          kernel,
          initramfs,
          cmdline: "root=LABEL=a ro console=ttyS0 it's",
          memoryMiB: 512,
          cpus: 2,
          disks: [
            { path: overlay, format: 'qcow2', readOnly: false },
            { path: seed, format: 'raw', readOnly: true },
            { path: join(from, 'smoke', 'golden.qcow2'), format: 'qcow2', readOnly: true, serial: 'golden' },
          ],
          network: { macAddress: '52:54:00:c4:00:01', guestPort: 2280 },
        },
      },
      { ...vmms[kind], start: throwAtStart },
    );
  }

  const log: Log = { ...silentLog, warn: (line) => void warnings.push(line) };
  const steps: Steps = { timeline: () => [], run: async (_title, work) => work(log) };
  const fail = async (
    error: unknown = new Failure('smoke-1: kernel panic: Kernel panic', {
      fix: 'fix it',
      evidence: leak.split('\n'),
    }),
    ports = { processes, steps },
  ): Promise<unknown> =>
    collectOnFailure({ from, to, secrets: ['swordfish-4711'] }, async () => Promise.reject(error as Error), ports).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  const read = async (name: string): Promise<string> => readFile(join(to, name), 'utf8');

  test('everything is in one directory, and no secret is', async () => {
    await makeRun();
    const error = new Failure('smoke-1: kernel panic', { fix: 'fix it', evidence: leak.split('\n') });
    expect(await fail(error)).toBe(error);
    expect((await readdir(to, { recursive: true })).sort()).toEqual([
      'consoles',
      'consoles/smoke-1-hvc0.log',
      'consoles/smoke-1-machine.json',
      'consoles/smoke-1-serial.log',
      'contents.txt',
      'disk.qcow2',
      'failure.txt',
      'launch.txt',
      'qemu-img-check.json',
      'qemu-img-info.json',
      'qemu-img-map.json',
      'replay.sh',
      'seed.iso',
      'tools.txt',
    ]);
    expect(await read('failure.txt')).toMatch(
      /^smoke-1: kernel panic\nFix: fix it\n\n[\s\S]*Kernel panic - not syncing/,
    );
    expect(await read('consoles/smoke-1-serial.log')).toContain('Linux version');
    expect(JSON.parse(await read('qemu-img-info.json'))).toMatchObject({
      format: 'qcow2',
      'virtual-size': 8 * 1024 ** 2,
    });
    expect(JSON.parse(await read('qemu-img-check.json'))).toMatchObject({ 'check-errors': 0 });
    expect(await read('launch.txt')).toMatch(
      /^# smoke-1: qemu 7\.2\.22, tcg\nqemu-system-x86_64 .*-append 'root=LABEL=a ro console=ttyS0 it'\\''s'/,
    );
    expect(await read('tools.txt')).toMatch(/^qemu-img: qemu-img version \d/m);
    expect(await read('contents.txt')).not.toContain('NOT COLLECTED');
    // Its way back is by name: the run's directory is gone.
    expect((await processes.run({ argv: ['qemu-img', 'info', '-f', 'qcow2', join(to, 'disk.qcow2')] })).stdout).toMatch(
      /backing file: image\.qcow2/,
    );
    for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      for (const secret of planted)
        expect({ file: entry.name, secret, there: bytes.includes(secret) }).toEqual({
          file: entry.name,
          secret,
          there: false,
        });
    }
    expect(warnings).toEqual([]);
  });

  test('a disk with a secret on it stays behind, and so does a large one', async () => {
    await makeRun();
    const overlay = join(from, 'smoke', 'smoke-1', 'disk.qcow2');
    await writeFile(join(from, 'bytes'), 'PLANTED=swordfish-4711'.padEnd(512));
    await processes.run({ argv: ['qemu-io', '-f', 'qcow2', '-c', 'write -q -s bytes 4096 512', overlay], cwd: from });
    await fail();
    expect(await read('contents.txt')).toContain('NOT COLLECTED: the disk of the VM: it contains a secret');
    await truncate(overlay, 128 * 1024 ** 2 + 1);
    await clearFailure(to);
    await fail();
    expect(await read('contents.txt')).toMatch(
      /NOT COLLECTED: the disk of the VM: smoke-1 wrote 128\.0 MiB, more than the limit of 128 MiB/,
    );
    expect(await readdir(to)).not.toContain('disk.qcow2');
  });

  test('what cannot be had is named, the rest is there, and the first failure is thrown', async () => {
    await makeRun();
    await rm(join(from, 'golden', 'snapshots', 'image.qcow2'));
    await rm(join(from, 'smoke', 'smoke-1', 'seed.iso'));
    const error = new TypeError('first');
    expect(
      await fail(error, {
        steps,
        processes: { ...processes, run: async () => Promise.reject(new Error('no programs today')) },
      }),
    ).toBe(error);
    const contents = await read('contents.txt');
    for (const what of [
      'qemu-img info',
      'qemu-img check',
      'qemu-img map',
      'the seed of the VM',
      'replay.sh',
      'the disk of the VM',
    ])
      expect(contents).toContain(`NOT COLLECTED: ${what}: `);
    expect(await read('failure.txt')).toMatch(/^first\n[\s\S]*TypeError: first/);
    expect(await read('tools.txt')).toContain('qemu-img: no programs today');
    expect(await readdir(join(to, 'consoles'))).toHaveLength(3);
  });

  test('a directory that cannot be made is a warning', async () => {
    await writeFile(to, 'a file');
    const error = new Failure('first');
    expect(await fail(error)).toBe(error);
    expect(warnings).toEqual([expect.stringMatching(/^Cannot collect diagnostics: EEXIST/)]);
  });

  test('before there is an image or a VM there is less to keep; a run that was cancelled keeps nothing', async () => {
    await fail(new CancelledError('cancelled by SIGTERM'));
    expect(await readdir(root)).toEqual(['run']);
    await fail();
    expect((await readdir(to)).sort()).toEqual(['contents.txt', 'failure.txt', 'tools.txt']);
  });

  test('the next run begins with a directory without it, and touches nothing else there', async () => {
    await makeRun();
    await fail();
    await writeFile(join(to, 'mine.txt'), '');
    await writeFile(join(to, 'consoles', 'mine.log'), '');
    await clearFailure(to);
    expect((await readdir(to, { recursive: true })).sort()).toEqual(['consoles', 'consoles/mine.log', 'mine.txt']);
  });

  describe.each(['qemu', 'cloud-hypervisor'] as const)('replay.sh with %s', (kind) => {
    const program = kind === 'qemu' ? 'qemu-system-x86_64' : 'cloud-hypervisor';
    let kept: Readonly<Record<'image' | 'kernel' | 'initramfs', string>>;

    beforeEach(async () => {
      await makeRun(kind);
      await fail();
      const snapshots = join(from, 'golden', 'snapshots');
      kept = {
        image: join(snapshots, 'image.qcow2'),
        kernel: join(snapshots, 'vmlinuz'),
        initramfs: join(snapshots, 'initramfs'),
      };
      await mkdir(join(root, 'bin'));
      // Says what it was given; `unshare` runs what it is given, for not every machine allows it.
      await writeFile(join(root, 'bin', program), '#!/bin/sh\nprintf "%s\\n" "$@" > argv.txt\n');
      await writeFile(
        join(root, 'bin', 'unshare'),
        '#!/bin/sh\nprintf "%s " "$@" > unshare.txt\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
      );
      for (const name of [program, 'unshare']) await chmod(join(root, 'bin', name), 0o755);
    });

    const run = (
      ...words: readonly string[]
    ): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
      spawnSync(join(to, 'replay.sh'), words, {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` },
      });

    test('is sound, and says what it needs', () => {
      expect(spawnSync('sh', ['-n', join(to, 'replay.sh')]).status).toBe(0);
      const shellcheck = spawnSync('shellcheck', [join(to, 'replay.sh')], { encoding: 'utf8' });
      if (shellcheck.error === undefined) expect(shellcheck.stdout).toBe('');
      const help = run('--help');
      expect(help).toMatchObject({ status: 0, stderr: '' });
      for (const text of [
        'usage: replay.sh IMAGE KERNEL INITRAMFS [DIRECTORY]',
        'seed.iso',
        'qemu-utils',
        program,
        '--smoke=false --output-folder=OUT',
      ])
        expect(help.stdout).toContain(text);
      expect(run('only-one')).toMatchObject({ status: 2, stdout: '' });
      expect(run('a', 'b', 'c').status).toBe(1);
    });

    test('boots the same machine from a fresh overlay', async () => {
      const { status, stderr } = run(kept.image, kept.kernel, kept.initramfs, 'again here');
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stderr).not.toContain('not the file that failed');
      const directory = join(root, 'again here');
      const argv = (await readFile(join(directory, 'argv.txt'), 'utf8')).trimEnd().split('\n');
      const after = (flag: string): string | undefined => argv[argv.indexOf(flag) + 1];
      expect(argv.join(' ')).not.toContain(root);
      if (kind === 'qemu') {
        expect([after('-kernel'), after('-initrd'), after('-append'), after('-m'), after('-accel')]).toEqual([
          'vmlinuz',
          'initramfs',
          "root=LABEL=a ro console=ttyS0 it's",
          '512',
          'tcg',
        ]);
        expect(
          argv
            .filter((word) => word.startsWith('{'))
            .map((word) => (JSON.parse(word) as { file: { filename: string } }).file.filename),
        ).toEqual(['disk.qcow2', 'seed.iso', 'golden.qcow2']);
        expect(argv).toContain('user,id=net0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:2280-:2280');
      } else {
        expect([
          after('--kernel'),
          after('--initramfs'),
          after('--cmdline'),
          after('--memory'),
          after('--cpus'),
        ]).toEqual(['vmlinuz', 'initramfs', "root=LABEL=a ro console=ttyS0 it's", 'size=536870912', 'boot=2,max=2']);
        expect(argv.filter((word) => word.startsWith('path='))).toEqual([
          'path=disk.qcow2,readonly=off,image_type=qcow2,backing_files=on,num_queues=1',
          'path=seed.iso,readonly=on,image_type=raw,backing_files=off,num_queues=1',
          'path=golden.qcow2,readonly=on,serial=golden,image_type=qcow2,backing_files=on,num_queues=1',
        ]);
        expect(after('--net')).toBe('mac=52:54:00:c4:00:01,ip=192.168.249.1,mask=255.255.255.0');
        expect(await readFile(join(directory, 'unshare.txt'), 'utf8')).toMatch(
          /^--user --map-root-user --net -- cloud-hypervisor /,
        );
      }
      expect((await readdir(directory)).sort()).toEqual(
        expect.arrayContaining(['disk.qcow2', 'golden.qcow2', 'initramfs', 'seed.iso', 'serial.log', 'vmlinuz']),
      );
      const { stdout } = await processes.run({
        argv: ['qemu-img', 'info', '--output=json', '-f', 'qcow2', join(directory, 'disk.qcow2')],
      });
      expect(JSON.parse(stdout)).toMatchObject({ 'backing-filename': kept.image });
    });

    test('says so where a file is another', async () => {
      await writeFile(kept.kernel, 'another');
      const { status, stderr } = run(kept.image, kept.kernel, kept.initramfs);
      expect(status).toBe(0);
      expect(stderr.match(/not the file that failed/g)).toHaveLength(1);
      expect(stderr).toContain(`: ${kept.kernel}`);
      const [, directory = ''] = /smoke-1 runs in (\S+);/.exec(stderr) ?? [];
      expect(directory).toMatch(/^\/\S+ch-golden-replay-/);
      await rm(directory, { recursive: true });
    });
  });
});
