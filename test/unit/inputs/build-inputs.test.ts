import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBuildInputs, readSmokeInputs, type BuildInputs } from '../../../src/inputs/build-inputs.js';
import { buildInputDefinitions } from '../../../src/inputs/definitions.js';
import { UsageError } from '../../../src/platform/errors.js';

const defaults = { cache: '/cache', work: '/work' };
const sha256 = 'ab'.repeat(32);

type Given = Readonly<Record<string, string>>;

/** As from GitHub: with the default of each input that the workflow does not set. */
function rawOf(given: Given): (name: string) => string {
  return (name) => given[name] ?? buildInputDefinitions.find((definition) => definition.name === name)?.default ?? '';
}

function read(given: Given = {}): BuildInputs {
  return readBuildInputs(rawOf({ store: '/store', ...given }), defaults);
}

test('the defaults are enough for a build', () => {
  expect(read()).toEqual({
    daemon: {
      request: { builder: 'go', source: resolve('.'), packagePath: './cmd/daemon' },
      environment: ['DAYTONA_SANDBOX_ID=%H'],
      port: 2280,
    },
    base: { reference: 'noble', verify: false, allowDowngrade: false },
    image: {
      layout: 'flattened',
      compression: 'auto',
      driver: 'auto',
      diskSize: 10 * 1024 ** 3,
      boot: { profile: 'fast', keep: [] },
    },
    changes: { packages: [], upgrade: 'none', files: [], allowLocalAptSources: false },
    smoke: {
      enabled: true,
      bootTimeTolerance: { part: 0.5, otherwise: 'warn' },
      vmm: 'auto',
      network: 'isolated',
      disk: 'overlay',
      warm: 'auto',
      requireKvm: false,
      healthPath: 'auto',
      timeoutMs: 600_000,
      memoryMiB: 1024,
      cpus: 2,
      clones: 2,
    },
    store: { address: '/store', forcePathStyle: false },
    publish: {
      image: 'ubuntu-base',
      channel: 'latest',
      keep: 5,
      ifUnchanged: 'skip',
      dryRun: false,
      unsafeStore: false,
    },
    directories: { cache: '/cache', work: '/work' },
    cache: 'none',
    artifact: 'failure',
    summary: true,
  });
});

test('an empty value means the default, and surrounding spaces are ignored', () => {
  const empty = Object.fromEntries(buildInputDefinitions.map(({ name }) => [name, ' \n']));
  expect(read({ ...empty, store: ' /store\n' })).toEqual(read());
});

test('every input has its place', () => {
  expect(
    read({
      'daemon-source': 'apps/daemon',
      'daemon-package': './cmd/other',
      'daemon-version': 'v1.2.3',
      'daemon-version-variable': 'main.version',
      'daemon-env': 'A=1\nB=2',
      'daemon-port': '3000',
      'base-image': 'https://example.com/base.img',
      'base-sha256': sha256.toUpperCase(),
      'verify-base': 'true',
      'allow-downgrade': 'true',
      layout: 'layered',
      compression: 'zstd',
      'disk-size': '20G',
      driver: 'mount',
      'boot-profile': 'fast',
      'boot-keep': 'udisks2.service, snapd.socket udisks2.service',
      packages: 'curl, g++\ncurl',
      upgrade: 'security',
      snapshot: '2026-05-01',
      'allow-local-apt-sources': 'true',
      files: 'motd:/etc/motd:0640:7:8',
      run: 'scripts/set-up.sh',
      smoke: 'false',
      vmm: 'cloud-hypervisor',
      'smoke-disk': 'copy',
      'smoke-network': 'bridge=br-lan.1',
      'smoke-warm': 'true',
      'require-kvm': 'true',
      'health-path': '/ready?full=1',
      'smoke-timeout': '90s',
      'smoke-memory': '2G',
      'smoke-cpus': '4',
      'boot-time-tolerance': 'fail=30%',
      clones: '3',
      store: 's3://images/team',
      endpoint: 'https://s3.example',
      region: 'eu-central-1',
      'force-path-style': 'true',
      'unsafe-store': 'true',
      'image-name': 'ubuntu-base.gpu',
      version: '7',
      channel: 'candidate',
      keep: '2',
      'if-unchanged': 'build',
      'dry-run': 'true',
      'output-folder': 'out',
      'cache-folder': 'c',
      'work-folder': 'w',
      'report-folder': 'r',
      cache: 'github',
      artifact: 'never',
      summary: 'false',
    }),
  ).toEqual({
    daemon: {
      request: {
        builder: 'go',
        source: resolve('apps/daemon'),
        packagePath: './cmd/other',
        version: 'v1.2.3',
        versionVariable: 'main.version',
      },
      environment: ['A=1', 'B=2', 'TOOLBOX_API_PORT=3000'],
      port: 3000,
    },
    base: { reference: 'https://example.com/base.img', sha256, verify: true, allowDowngrade: true },
    image: {
      layout: 'layered',
      compression: 'zstd',
      driver: 'mount',
      diskSize: 20 * 1024 ** 3,
      boot: { profile: 'fast', keep: ['snapd.socket', 'udisks2.service'] },
    },
    changes: {
      packages: ['curl', 'g++'],
      upgrade: 'security',
      snapshot: '20260501T000000Z',
      allowLocalAptSources: true,
      run: resolve('scripts/set-up.sh'),
      files: [{ source: resolve('motd'), path: '/etc/motd', attributes: { mode: 0o640, uid: 7, gid: 8 } }],
    },
    smoke: {
      enabled: false,
      bootTimeTolerance: { part: 0.3, otherwise: 'fail' },
      vmm: 'cloud-hypervisor',
      network: { bridge: 'br-lan.1' },
      disk: 'copy',
      warm: 'true',
      requireKvm: true,
      healthPath: '/ready?full=1',
      timeoutMs: 90_000,
      memoryMiB: 2048,
      cpus: 4,
      clones: 3,
    },
    store: {
      address: 's3://images/team',
      endpoint: 'https://s3.example',
      region: 'eu-central-1',
      forcePathStyle: true,
    },
    publish: {
      image: 'ubuntu-base.gpu',
      version: 7,
      channel: 'candidate',
      keep: 2,
      ifUnchanged: 'build',
      dryRun: true,
      unsafeStore: true,
    },
    directories: { cache: resolve('c'), work: resolve('w'), output: resolve('out'), report: resolve('r') },
    cache: 'github',
    artifact: 'never',
    summary: false,
  });
});

test.each(['packages', 'upgrade', 'run'])('inject rejects %s', (name) => {
  expect(() => read({ driver: 'inject', [name]: name === 'upgrade' ? 'all' : 'curl' })).toThrow(
    `${name} is set, but driver is inject`,
  );
});

test('a snapshot without packages is rejected: nothing would come from it', () => {
  expect(() => read({ snapshot: '2026-05-01', run: 'x' })).toThrow('snapshot is set, but packages and upgrade are not');
});

describe('the daemon', () => {
  test('of nx', () => {
    expect(read({ 'daemon-builder': 'nx', 'daemon-version': '1.0.0' }).daemon.request).toEqual({
      builder: 'nx',
      source: resolve('.'),
      version: '1.0.0',
    });
  });
  test('that exists', () => {
    expect(read({ 'daemon-builder': 'prebuilt', 'daemon-binary': 'bin/daemon' }).daemon.request).toEqual({
      builder: 'prebuilt',
      binary: resolve('bin/daemon'),
    });
  });
  test('gets its port only once', () => {
    expect(read({ 'daemon-port': '3000', 'daemon-env': 'TOOLBOX_API_PORT=3000' }).daemon.environment).toEqual([
      'TOOLBOX_API_PORT=3000',
    ]);
  });
});

test('a base can be an Ubuntu suite, a path, or built from packages', () => {
  for (const reference of ['jammy', './base.qcow2', '/srv/base.img', 'bootstrap:bookworm'])
    expect(read({ 'base-image': reference }).base.reference).toBe(reference);
  expect(read({ 'base-image': './base.img', 'base-sha256': sha256 }).base.sha256).toBe(sha256);
});

test('a smoke test of a file needs no store', () => {
  expect(readSmokeInputs(rawOf({ clones: '4', 'daemon-port': '' }), defaults)).toMatchObject({
    smoke: { clones: 4 },
    port: 2280,
    directories: defaults,
  });
});

describe('is rejected, with the name of the input:', () => {
  const cases: readonly (readonly [message: string, given: Given])[] = [
    ['daemon-binary is empty', { 'daemon-builder': 'prebuilt' }],
    ['daemon-binary is set, but daemon-builder is go', { 'daemon-binary': 'bin/daemon' }],
    ['daemon-binary is set, but daemon-builder is nx', { 'daemon-builder': 'nx', 'daemon-binary': 'bin/daemon' }],
    [
      'daemon-version-variable is set, but daemon-builder is nx',
      { 'daemon-builder': 'nx', 'daemon-version': '1', 'daemon-version-variable': 'main.version' },
    ],
    ['daemon-version-variable is set without daemon-version', { 'daemon-version-variable': 'main.version' }],
    [
      'daemon-version-variable "-X a.b" is not a Go variable',
      { 'daemon-version': '1', 'daemon-version-variable': '-X a.b' },
    ],
    ['invalid daemon-version "1 -X a.b=c"', { 'daemon-version': '1 -X a.b=c' }],
    ['invalid daemon-version "$(id)"', { 'daemon-builder': 'nx', 'daemon-version': '$(id)' }],
    ['daemon-package "-toolexec=sh" is not a directory inside the source', { 'daemon-package': '-toolexec=sh' }],
    ['daemon-env sets TOOLBOX_API_PORT, but daemon-port is 2280', { 'daemon-env': 'TOOLBOX_API_PORT=3000' }],
    ['invalid daemon-port "0"', { 'daemon-port': '0' }],
    ['base-image is a URL, but base-sha256 is empty', { 'base-image': 'https://example.com/base.img' }],
    ['base-image has an unsupported scheme "s3:"', { 'base-image': 's3://bucket/base.img' }],
    ['invalid base-sha256 "abc"', { 'base-sha256': 'abc' }],
    [
      'compression is inherit, but layout is layered: its base stays a separate file',
      { layout: 'layered', compression: 'inherit' },
    ],
    [
      'boot-keep is set, but boot-profile is stock, which changes nothing',
      { 'boot-profile': 'stock', 'boot-keep': 'udisks2.service' },
    ],
    ['boot-keep: boot-profile fast does not change "cron.service"', { 'boot-keep': 'cron.service' }],
    ['invalid boot-profile "quick"', { 'boot-profile': 'quick' }],
    ['invalid layout "flat"', { layout: 'flat' }],
    ['invalid disk-size "1M"', { 'disk-size': '1M' }],
    ['invalid smoke-memory "64M"', { 'smoke-memory': '64M' }],
    ['invalid health-path "health"', { 'health-path': 'health' }],
    ['invalid health-path "/a b"', { 'health-path': '/a b' }],
    ['invalid smoke-network "bridge"', { 'smoke-network': 'bridge' }],
    ['invalid smoke-network "bridge=br0 up"', { 'smoke-network': 'bridge=br0 up' }],
    ['invalid smoke-network "bridge=a-name-too-long-for-it"', { 'smoke-network': 'bridge=a-name-too-long-for-it' }],
    [
      'smoke-network is bridge=br0, but vmm is qemu, which cannot use a bridge',
      { 'smoke-network': 'bridge=br0', vmm: 'qemu' },
    ],
    ['invalid clones "0"', { clones: '0' }],
    ['invalid keep "1"', { keep: '1' }],
    ['store is empty', { store: '' }],
    ['invalid image name "ubuntu-base.5"', { 'image-name': 'ubuntu-base.5' }],
    ['invalid image name "../x"', { 'image-name': '../x' }],
    ['invalid channel name "Latest"', { channel: 'Latest' }],
    ['invalid version "0"', { version: '0' }],
    ['invalid if-unchanged "fail"', { 'if-unchanged': 'fail' }],
    ['invalid dry-run "yes"', { 'dry-run': 'yes' }],
    ['invalid work-folder "a\\u0000b"', { 'work-folder': 'a\0b' }],
  ];

  test.each(cases)('%s', (message, given) => {
    let thrown: unknown;
    try {
      read(given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).message).toBe(message);
    expect((thrown as UsageError).fix).toMatch(/\S/);
  });
});

test('a name in boot-keep that is nearly right is named', () => {
  expect(() => read({ 'boot-keep': 'udisk2.service' })).toThrow(
    expect.objectContaining({ fix: 'did you mean udisks2.service?' }),
  );
});

test('every input is parsed: an impossible value of any is rejected', () => {
  for (const { name } of buildInputDefinitions) expect(() => read({ [name]: '\0' })).toThrow(UsageError);
});

describe('the version of a tag', () => {
  const readPublish = (tag: string | undefined, given: Readonly<Record<string, string>> = {}): BuildInputs['publish'] =>
    readBuildInputs((name) => ({ store: '/s', ...given })[name] ?? '', defaults, tag).publish;

  test('is used if it names the image and no version is given', () => {
    expect(readPublish('ubuntu-base.7')).toMatchObject({ version: 7, tag: 'ubuntu-base.7' });
    expect(readPublish('ubuntu-base.gpu.3', { 'image-name': 'ubuntu-base.gpu' })).toMatchObject({ version: 3 });
    expect(readPublish('ubuntu-base.7', { version: '9' })).toMatchObject({ version: 9, tag: 'ubuntu-base.7' });
  });

  test.each([
    undefined,
    '',
    'v1.2.3',
    'ubuntu-base.x',
    'ubuntu-base.gpu.3',
    'ubuntu-base.',
    'ubuntu-base.0',
    'ubuntu-base.07',
    'ubuntu-base.7x',
    'ubuntu-base.1234567890',
    'ubuntu-base-7',
    'xubuntu-base.7',
    'ubuntu-base.7\n',
    'release/ubuntu-base.7',
  ])('%j is not a version of ubuntu-base', (tag) => {
    expect((readPublish(tag) as { readonly version?: number }).version).toBeUndefined();
  });
});
