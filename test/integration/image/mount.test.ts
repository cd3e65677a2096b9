import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseImage } from '../../../src/base/base-image.js';
import { openGuest, type Guest } from '../../../src/disk/open-guest.js';
import { openDisk } from '../../../src/disk/storage-daemon.js';
import { getBootPair } from '../../../src/image/boot-files.js';
import { hygieneEdits } from '../../../src/image/hygiene.js';
import type { PinnedPackages } from '../../../src/image/golden-image.js';
import { mountDriver } from '../../../src/image/mount/mount-driver.js';
import { readPackages } from '../../../src/apt/installed-packages.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { identifyPackage } from '../../../src/apt/snapshot.js';
import { Failure } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { serveArchive, type TestArchive } from '../../fixtures/apt-repository.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { getTestBase, testBaseWithinMs } from '../../fixtures/base.js';
import { expectSound } from '../../fixtures/golden-proof.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeSigningKey, type SigningKey } from '../../fixtures/signing-key.js';
import { makeBytes } from '../../fixtures/random.js';
import { makeKernel, makeTestDirectory } from '../../fixtures/small-image.js';

/** Only root can mount. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
const newKernel = '99.1.0-1-test';
let base: BaseImage;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let server: TestServer;
let key: SigningKey;
let count = 0;

const main: TestArchive = {
  path: '/debian',
  suite: 'stable',
  codename: 'bookworm',
  label: 'Test',
  packages: [
    {
      name: 'tool',
      version: '1',
      files: { 'etc/init.d/tool': '#!/bin/sh\necho started >/var/tmp/started\n' },
      postinst:
        'chmod +x /etc/init.d/tool\ninvoke-rc.d tool start\ncp /etc/resolv.conf /var/tmp/seen\n' +
        'ls /dev >/var/tmp/devices\nsleep 600 &',
    },
    { name: 'service', version: '1', depends: 'helper (>= 1)' },
    { name: 'helper', version: '1' },
    { name: 'plain', version: '1' },
    { name: 'plain', version: '2' },
    { name: 'secured', version: '1' },
    // Newer than what the security archive has: with this it is no longer that archive's.
    { name: 'secured', version: '3' },
    { name: 'broken', version: '1', postinst: 'echo "cannot find my way" >&2\nexit 7' },
    { name: 'huge', version: '1', installedSize: 3 * 1024 ** 2 },
    { name: 'endless', version: '1', installedSize: 900 * 1024 ** 2 },
    {
      name: 'linux-image-test',
      version: '99.1',
      files: {
        [`boot/vmlinuz-${newKernel}`]: makeKernel(8),
        [`boot/config-${newKernel}`]: 'CONFIG_RD_GZIP=y\n',
        [`lib/modules/${newKernel}/modules.builtin`]: '',
        [`lib/modules/${newKernel}/modules.order`]: '',
      },
      postinst:
        `depmod ${newKernel}\n` +
        `run-parts --arg=${newKernel} --arg=/boot/vmlinuz-${newKernel} /etc/kernel/postinst.d`,
    },
    { name: 'linux-image-bare', version: '99.2', files: { 'boot/vmlinuz-99.2.0': makeKernel(9) } },
  ],
};
const security: TestArchive = {
  path: '/security',
  suite: 'stable-security',
  codename: 'bookworm-security',
  label: 'Test-Security',
  packages: [{ name: 'secured', version: '2', depends: 'needed' }],
};
const snapshot = '20260501T000000Z';
/** Of the distribution's own addresses, for which the test's server is the proxy. */
const then: TestArchive = {
  ...main,
  path: `http://snapshot.debian.org/archive/debian/${snapshot}`,
  packages: [
    { name: 'plain', version: '1' },
    { name: 'later', version: '1' },
  ],
};
const now: TestArchive = { ...main, path: 'http://deb.debian.org/debian' };
const needed: TestArchive = { ...main, path: '/needed', packages: [{ name: 'needed', version: '1' }] };

beforeAll(async () => {
  base = await getTestBase();
  directory = await makeTestDirectory('mount');
  server = await startTestServer();
  key = await makeSigningKey(processes);
  for (const archive of [main, security, needed, then, now]) await serveArchive(archive, { server, key, processes });
  await serveArchive({ ...needed, path: '/tampered' }, { server, key, processes }, 'X-Added: later\n');
}, testBaseWithinMs);
afterAll(async () => {
  await server.close();
  await key.remove();
  await directory.remove();
});

interface Changed {
  readonly overlay: string;
  readonly place: string;
  readonly said: readonly string[];
  readonly pin: PinnedPackages | undefined;
}

async function change(
  edits: readonly Edit[],
  diskSize = base.virtualSize,
  environment: Readonly<Record<string, string>> = {},
): Promise<Changed> {
  const place = join(directory.path, `run-${count++}`);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay, String(diskSize)],
  });
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  try {
    const pin = await mountDriver.apply(
      { overlay, edits, directory: place },
      {
        processes: createTestProcesses(undefined, environment),
        log: { ...silentLog, info: say, detail: say, warn: say },
      },
    );
    return { overlay, place, said, pin };
  } finally {
    expect(await waitForNothingLeft(place)).toEqual([]);
  }
}

async function withGuest<T>({ overlay, place }: Changed, use: (guest: Guest) => Promise<T>): Promise<T> {
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, place, { processes });
  try {
    return await use(await openGuest(disk));
  } finally {
    await disk.closeDisk();
  }
}

/** The image's only sources of packages are on the test's server. */
async function useSources(sources: string, name = 'sources.list'): Promise<readonly Edit[]> {
  return [
    { kind: 'remove', pattern: '/etc/apt/sources.list' },
    { kind: 'write', path: `/etc/apt/${name}`, content: { text: sources }, attributes: rootOwned(0o644) },
    {
      kind: 'write',
      path: '/etc/apt/keyrings/test.gpg',
      content: { file: key.keyring, sha256: sha256Of(await readFile(key.keyring)) },
      attributes: rootOwned(0o644),
    },
  ];
}

const line = ({ path, codename }: TestArchive): string =>
  `deb [signed-by=/etc/apt/keyrings/test.gpg] ${path.startsWith('/') ? server.url : ''}${path} ${codename} main\n`;
const paragraph = ({ path, codename }: TestArchive): string =>
  `Types: deb\nURIs: ${server.url}${path}\nSuites: ${codename}\nComponents: main\n` +
  'Signed-By: /etc/apt/keyrings/test.gpg\n\n';

async function script(name: string, text: string): Promise<Edit> {
  const file = join(directory.path, name);
  await writeFile(file, text);
  return { kind: 'run', name, script: { file, sha256: sha256Of(text) } };
}

async function versions(changed: Changed, ...names: readonly string[]): Promise<readonly (string | undefined)[]> {
  const packages = await withGuest(changed, async ({ files }) => readPackages(files));
  return names.map((wanted) => packages.find(({ name }) => name === wanted)?.version);
}

async function failing(edits: readonly Edit[], diskSize?: number): Promise<Failure> {
  const error = await change(edits, diskSize).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}

asRoot('as root', () => {
  test('a package is installed: no service starts, no disk of the host is seen, the resolver is restored', async () => {
    const changed = await change([
      ...(await useSources(line(main))),
      { kind: 'install', packages: ['tool', 'service'] },
    ]);
    expect(await versions(changed, 'tool', 'service', 'helper')).toEqual(['1', '1', '1']);
    expect(changed.said).toContainEqual(expect.stringMatching(/^Setting up tool /));
    await withGuest(changed, async ({ files }) => {
      expect(await files.tryReadText('/var/tmp/started')).toBeUndefined();
      expect(await files.tryReadText('/var/tmp/seen')).toBe(await readFile('/etc/resolv.conf', 'utf8'));
      expect(
        (await files.tryReadText('/var/tmp/devices'))
          ?.split('\n')
          .filter(
            (name) => !/^(loop\d+|guest\d+|tty|zero|null|full|u?random|std\w+|fd|ptmx|pts|shm|disk|)$/.test(name),
          ),
      ).toEqual([]);
      expect((await files.tryStat('/etc/resolv.conf'))?.inode.kind).toBe('link');
      expect(await files.tryStat('/usr/sbin/policy-rc.d')).toBeUndefined();
      for (const empty of ['/dev', '/proc', '/sys']) expect(await files.list(empty)).toEqual([]);
    });
  });

  test.each([
    ['sources.list', line],
    ['sources.list.d/test.sources', paragraph],
  ])('a security upgrade takes from security archives alone, by %s', async (name, format) => {
    const sources = [main, security, needed].map(format).join('');
    const installed = [
      ...(await useSources(sources, name)),
      { kind: 'install', packages: ['plain=1', 'secured=1'] } as const,
    ];
    const secured = await change([...installed, { kind: 'upgrade', scope: 'security' }]);
    expect(await versions(secured, 'plain', 'secured', 'needed')).toEqual(['1', '2', '1']);
  });

  test('an upgrade of all takes what is newest', async () => {
    const all = await change([
      ...(await useSources(line(main))),
      { kind: 'install', packages: ['plain=1', 'secured=1'] },
      { kind: 'upgrade', scope: 'all' },
    ]);
    expect(await versions(all, 'plain', 'secured')).toEqual(['2', '3']);
  });

  test('a snapshot has the packages of its moment, for scripts too; what is of another moment is named', async () => {
    const installed = await change(
      [
        ...(await useSources(line(now))),
        { kind: 'install', packages: ['plain'], snapshot },
        await script('more.sh', '#!/bin/sh\nset -e\napt-get install --yes later\nrm -r /var/lib/apt/lists\n'),
      ],
      base.virtualSize,
      { http_proxy: server.url },
    );
    expect(await versions(installed, 'plain', 'later')).toEqual(['1', '1']);
    expect(server.seen.filter(({ path }) => path.startsWith('http://deb.debian.org/'))).toEqual([]);
    const packages = await withGuest(installed, async ({ files }) => readPackages(files));
    expect(installed.pin).toEqual({
      snapshot,
      unpinned: packages.filter(({ name }) => name !== 'plain' && name !== 'later').map(identifyPackage),
    });
    expect(installed.said).toContainEqual(
      expect.stringMatching(
        new RegExp(`^${packages.length - 2} of ${packages.length} packages do not come from snapshot ${snapshot}: `),
      ),
    );
    await withGuest(installed, async ({ files }) =>
      expect(await files.tryReadText('/etc/apt/sources.list')).toBe(line(now)),
    );
  });

  test('a snapshot of archives that nobody keeps is refused', async () => {
    const failure = await failing([
      ...(await useSources(line(main))),
      { kind: 'install', packages: ['plain'], snapshot },
    ]);
    expect(failure.message).toBe(`no snapshots exist of the image's package sources: ${server.url}/debian`);
  });

  test('a security upgrade without a security archive is refused', async () => {
    expect((await failing([...(await useSources(line(main))), { kind: 'upgrade', scope: 'security' }])).message).toBe(
      "the image's package sources have no security archive",
    );
  });

  test('a new kernel has its own initramfs, and is the one that is booted', async () => {
    const changed = await change([
      ...(await useSources(line(main))),
      { kind: 'install', packages: ['linux-image-test'] },
    ]);
    await withGuest(changed, async ({ files }) => {
      const pair = await getBootPair(files);
      expect(pair.version).toBe(newKernel);
      expect(pair.initramfs.inode.size).toBeGreaterThan(mebibyte);
    });
  });

  test("GRUB finds its root filesystem: a kernel's installation configures it", async () => {
    const changed = await change([
      { kind: 'install', packages: ['grub2-common'] },
      await script('configure.sh', '#!/bin/sh\nset -e\nmkdir -p /boot/grub\nupdate-grub\n'),
    ]);
    await withGuest(changed, async (guest) => {
      const kernel = (await getBootPair(guest.files)).version;
      const { uuid } = guest.root.mount.filesystem;
      expect(await guest.files.tryReadText('/boot/grub/grub.cfg')).toMatch(
        new RegExp(`^\\s*linux\\s+/vmlinuz-${kernel} root=UUID=${uuid} ro`, 'm'),
      );
    });
  });

  test('a kernel that this build installs without an initramfs is refused', async () => {
    const place = { directory: directory.path, name: 'bare' };
    const edits = [...(await useSources(line(main))), { kind: 'install', packages: ['linux-image-bare'] } as const];
    await expect(assemble(base, place, { edits }, processes)).rejects.toThrow(
      /^kernel 99.2.0, installed by this build, has no initramfs/,
    );
  });

  test('a script runs with what was installed and copied, and hygiene follows', async () => {
    const changed = await change([
      {
        kind: 'write',
        path: '/opt/data',
        content: { text: 'from the runner' },
        attributes: { mode: 0o640, uid: 7, gid: 8 },
      },
      await script(
        'set-up.sh',
        '#!/bin/sh\nset -e\necho "I have $(cat /opt/data)"\nenv >/opt/environment\n' +
          'mount -t tmpfs none /mnt\ntouch /mnt/lost /var/log/mine\nhostname changed\n',
      ),
      ...hygieneEdits,
    ]);
    expect(changed.said).toContain('I have from the runner');
    await withGuest(changed, async ({ files }) => {
      const environment = (await files.tryReadText('/opt/environment')) ?? '';
      expect(environment).toContain('PATH=/usr/local/sbin:');
      expect(environment).not.toMatch(/^(JEST|NODE|npm|PWD=\/work)/m);
      expect(await files.tryStat('/var/log/mine')).toBeUndefined();
      expect(await files.tryStat('/mnt/lost')).toBeUndefined();
    });
    expect((await processes.run({ argv: ['hostname'] })).stdout).not.toBe('changed\n');
  });

  test("a program of the image detects the chroot, and cannot change the host's kernel by mistake", async () => {
    // Nothing is written: to open it for writing is enough.
    const { said } = await change([
      await script(
        'look.sh',
        `#!/bin/sh
      ischroot; echo "ischroot: $?"
      [ "$(stat -Lc %i:%d /proc/1/root)" != "$(stat -Lc %i:%d /)" ] && echo "its root is not that of PID 1"
      echo "host name: $(cat /proc/sys/kernel/hostname)"
      for name in sys/vm/swappiness sysrq-trigger; do
        [ -e /proc/$name ] && (: >>/proc/$name) 2>/dev/null && echo "can open $name"
      done
      grep ^CapBnd: /proc/self/status
    `,
      ),
    ]);
    expect(said).toEqual(
      expect.arrayContaining(['ischroot: 0', 'its root is not that of PID 1', 'host name: localhost']),
    );
    expect(said).not.toContainEqual(expect.stringMatching(/^can open/));
    const capabilities = BigInt(`0x${said.find((words) => words.startsWith('CapBnd:'))?.split('\t')[1] ?? ''}`);
    const numbers = { sys_module: 16n, sys_rawio: 17n, sys_admin: 21n, sys_boot: 22n, sys_time: 25n };
    expect(
      Object.entries(numbers)
        .filter(([, number]) => ((capabilities >> number) & 1n) === 1n)
        .map(([name]) => name),
    ).toEqual(['sys_admin']);
  });

  test("no program of the image runs where the host's kernel cannot be kept from it", async () => {
    const programs = join(directory.path, 'programs');
    await mkdir(programs);
    await writeFile(
      join(programs, 'mount'),
      '#!/bin/sh\ncase "$*" in *remount,bind*) echo "mount: no" >&2; exit 32;; esac\nexec /usr/bin/mount "$@"\n',
      { mode: 0o755 },
    );
    const error: unknown = await change([await script('never.sh', '#!/bin/sh\n')], base.virtualSize, {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: 'this machine does not allow namespaces that isolate programs of the image',
      evidence: ['mount: no'],
    });
  });

  test('the root filesystem grows to the disk where the packages need it, and only then', async () => {
    const sources = await useSources(line(main));
    const size = async (changed: Changed): Promise<number> =>
      withGuest(changed, async ({ root }) => Promise.resolve(root.partition.length));
    const diskSize = 6 * 1024 * mebibyte;
    expect(await size(await change([...sources, { kind: 'install', packages: ['plain'] }], diskSize))).toBe(
      5_238_784 * 512,
    );
    const grown = await change([...sources, { kind: 'install', packages: ['huge'] }], diskSize);
    expect(await size(grown)).toBeGreaterThan(diskSize - 1100 * mebibyte);
    expect(grown.said).toContainEqual(expect.stringMatching(/^Grew the root filesystem from 2.5 GiB to 5[.0-9]* GiB$/));
    expect(await versions(grown, 'huge')).toEqual(['1']);
  });

  test('what is installed passes the audit of the finished image', async () => {
    const place = { directory: directory.path, name: 'golden' };
    await mkdir(join(directory.path, 'golden'));
    const edits = [
      ...(await useSources(line(main))),
      { kind: 'install', packages: ['tool'] } as const,
      ...(await planTestDaemon(directory.path)),
    ];
    const golden = await assemble(base, place, { edits }, processes);
    expect(golden).toMatchObject({ driver: 'mount', compression: 'inherit' });
    expect(golden.edits).toContain('install tool');
    expect(golden.packages).toContainEqual(expect.objectContaining({ name: 'tool', version: '1' }));
    await expectSound(golden, join(directory.path, 'scratch.raw'), processes);
  });

  describe('fails in one line', () => {
    const dead = 'deb [signed-by=/etc/apt/keyrings/test.gpg] http://127.0.0.1:1/debian bookworm main\n';
    test.each<[string, () => string, string, RegExp]>([
      [
        'a repository that cannot be reached',
        () => dead,
        'plain',
        /^a package repository of the image cannot be reached$/,
      ],
      [
        'one of two that cannot be reached',
        () => line(main) + dead,
        'plain',
        /^a package repository of the image cannot be reached$/,
      ],
      [
        'a bad signature',
        () => line({ ...needed, path: '/tampered' }),
        'needed',
        /^a package repository of the image has no valid signature$/,
      ],
      [
        'a repository that is not signed with its key',
        () => line(main).replace('signed-by=/etc/apt/keyrings/test.gpg', 'arch=amd64'),
        'plain',
        /^a package repository of the image has no valid signature$/,
      ],
      ['a package that is not there', () => line(main), 'plani', /^the image's repositories have no package plani$/],
      [
        'a version that is not there',
        () => line(main),
        'plain=7',
        /^the image's repositories have no version 7 of plain$/,
      ],
      ['a failing maintainer script', () => line(main), 'broken', /^a maintainer script of the package broken failed$/],
      [
        'a package that does not fit',
        () => line(main),
        'endless',
        /^the packages need [\d.]+ GiB, and the root filesystem has .* free and cannot grow: the disk of 3.5 GiB has no space/,
      ],
    ])('%s', async (_, sources, name, message) => {
      const failure = await failing([...(await useSources(sources())), { kind: 'install', packages: [name] }]);
      expect(failure.message).toMatch(message);
      if (name === 'broken') expect(failure.evidence).toContain('cannot find my way');
    });

    test('a script, with its last words', async () => {
      const failure = await failing([
        await script('fails.sh', '#!/bin/sh\necho first\necho "no such thing" >&2\nexit 3\n'),
      ]);
      expect(failure.message).toBe('the script fails.sh failed with exit code 3');
      expect(failure.evidence).toEqual(['first', 'no such thing']);
    });

    test('a script that a signal ends', async () => {
      expect((await failing([await script('dies.sh', '#!/bin/sh\nkill -KILL $$\n')])).message).toBe(
        'the script dies.sh was killed by signal 9',
      );
    });

    test('a script that has changed since it was planned', async () => {
      const edit = await script('changes.sh', '#!/bin/sh\n');
      await script('changes.sh', '#!/bin/sh\nfalse\n');
      expect((await failing([edit])).message).toBe('the script changes.sh has changed since the plan was made');
    });

    test('a disk that is full in the middle', async () => {
      const file = join(directory.path, 'large');
      const content = makeBytes(5, 64 * mebibyte);
      await writeFile(file, content);
      const failure = await failing([
        await script('fill.sh', '#!/bin/sh\nfallocate -l "$(($(stat -f -c "%f*%S" /) - 30*1024*1024))" /opt/full\n'),
        {
          kind: 'write',
          path: '/opt/large',
          content: { file, sha256: sha256Of(content) },
          attributes: rootOwned(0o644),
        },
      ]);
      expect(failure.message).toBe("the image's filesystem for / is full: /opt/large does not fit");
    });
  });
});
