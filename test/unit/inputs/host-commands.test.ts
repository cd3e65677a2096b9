import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';

const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };

function getCommand(...args: readonly string[]): CommandLine {
  const parsed = parseCommandLine(args, context);
  if (!('run' in parsed)) throw new Error(`not a command to carry out: ${JSON.stringify(parsed)}`);
  return parsed.run;
}

const host = { group: 'host', image: 'ubuntu-base', root: '/var/lib/cloud-hypervisor' };

test('pull takes the inputs of its action as flags, and the version as an argument', () => {
  expect(getCommand('pull', '--store', '/srv')).toEqual({
    group: 'host',
    command: 'pull',
    inputs: {
      store: { address: '/srv', forcePathStyle: false, anonymous: false },
      image: 'ubuntu-base',
      root: '/var/lib/cloud-hypervisor',
      wanted: 'latest',
      allowRevoked: false,
      requireSignature: false,
      verify: false,
    },
  });
  expect(
    getCommand(
      'pull',
      '7',
      '--store',
      's3://b',
      '--endpoint',
      'http://127.0.0.1:1',
      '--root',
      '/r',
      '--max-age',
      '14d',
      '--env-file',
      '/e',
      '--verify',
      '--allow-revoked',
    ),
  ).toMatchObject({
    inputs: {
      store: { address: 's3://b', endpoint: 'http://127.0.0.1:1' },
      root: '/r',
      wanted: 7,
      maxAgeMs: 14 * 24 * 3_600_000,
      envFile: '/e',
      verify: true,
      allowRevoked: true,
    },
  });
});

test('the commands of a host need no store', () => {
  expect(getCommand('host', 'list')).toEqual({ ...host, command: 'list' });
  expect(getCommand('host', 'verify', '--root', '/r')).toEqual({ ...host, command: 'verify', root: '/r' });
  expect(getCommand('host', 'rollback', '--env-file', '/e')).toEqual({
    ...host,
    command: 'rollback',
    envFile: '/e',
    allowRevoked: false,
  });
  expect(getCommand('host', 'rollback', '--allow-revoked')).toEqual({
    ...host,
    command: 'rollback',
    allowRevoked: true,
  });
  expect(getCommand('host', 'forget')).toEqual({ ...host, command: 'forget' });
  expect(getCommand('host', 'forget', '--store', 's3://b/p', '--image-name', 'x')).toEqual({
    ...host,
    command: 'forget',
    image: 'x',
    store: 's3://b/p',
  });
  expect(getCommand('host', 'prune')).toEqual({ ...host, command: 'prune', apply: false });
  expect(getCommand('host', 'prune', '--yes', '--image-name', 'x')).toEqual({
    ...host,
    command: 'prune',
    image: 'x',
    apply: true,
  });
});

test('the user of VMs is printed or set, and can differ for one VM', () => {
  expect(getCommand('host', 'user')).toEqual({ group: 'host', command: 'user', root: '/var/lib/cloud-hypervisor' });
  expect(getCommand('host', 'user', 'ch-golden', '--root', '/r')).toEqual({
    group: 'host',
    command: 'user',
    root: '/r',
    name: 'ch-golden',
  });
  expect(getCommand('vm', 'create', 'a', '--user', 'vm')).toMatchObject({ request: { user: 'vm' } });
  expect(getCommand('vm', 'start', 'a', '--user', 'root')).toMatchObject({ command: 'start', name: 'a', user: 'root' });
  expect(getCommand('vm', 'start', 'a')).toHaveProperty('user', undefined);
});

test('each has the flag --json', () => {
  expect(parseCommandLine(['host', 'list', '--json'], context)).toMatchObject({
    output: { json: true, verbose: false },
  });
});

test('help distinguishes the host from the store, and unknown arguments are usage errors', () => {
  expect(parseCommandLine(['host', '--help'], context)).toMatchObject({
    exitCode: 0,
    print: expect.stringContaining('without "host"'),
  });
  expect(parseCommandLine(['host'], context)).toMatchObject({ exitCode: 2 });
  expect(parseCommandLine(['host', 'remove'], context)).toMatchObject({
    exitCode: 2,
    print: expect.stringContaining('remove'),
  });
});

test('vm create has the settings of the guide, and checks them first', () => {
  expect(getCommand('vm', 'create', 'vm-001')).toEqual({
    group: 'vm',
    command: 'create',
    root: '/var/lib/cloud-hypervisor',
    userData: { sshKeyFiles: [], commands: [] },
    request: {
      root: '/var/lib/cloud-hypervisor',
      image: 'ubuntu-base',
      name: 'vm-001',
      cpus: 2,
      memoryMiB: 1024,
      network: 'dhcp',
      overcommit: false,
      warmMemory: 'copy',
      allowRevoked: false,
      allowedDefects: [],
    },
  });
  expect(
    getCommand(
      'vm',
      'create',
      'a',
      '--root',
      '/r',
      '--version',
      '7',
      '--disk-size',
      '20G',
      '--cpus',
      '4',
      '--memory',
      '2G',
      '--tap',
      'tap0',
      '--network',
      '10.0.0.2/24,10.0.0.1,9.9.9.9',
      '--ssh-key',
      'k1',
      '--ssh-key',
      'k2',
      '--run',
      'true',
    ),
  ).toMatchObject({
    request: {
      version: 7,
      diskSize: 20 * 1024 ** 3,
      cpus: 4,
      memoryMiB: 2048,
      tap: 'tap0',
      network: { address: '10.0.0.2/24', gateway: '10.0.0.1', nameservers: ['9.9.9.9'] },
    },
    userData: { sshKeyFiles: [resolve('k1'), resolve('k2')], commands: ['true'] },
  });
  expect(
    getCommand('vm', 'create', 'a', '--disk', 'raw', '--allow-known-defect', '8245', '--allow-known-defect', '#8358'),
  ).toMatchObject({ request: { disk: 'raw', allowedDefects: ['8245', '8358'] } });
  expect(getCommand('vm', 'start', 'a', '--allow-known-defect', '8245')).toMatchObject({ allowedDefects: ['8245'] });
  expect(getCommand('vm', 'create', 'a', '--allow-revoked')).toMatchObject({ request: { allowRevoked: true } });
  expect(
    getCommand('vm', 'create', 'a', '--bridge', 'br0', '--mac', '52:54:00:AA:bb:cc', '--overcommit'),
  ).toMatchObject({ request: { bridge: 'br0', macAddress: '52:54:00:aa:bb:cc', overcommit: true } });
  expect(getCommand('vm', 'create', 'a', '--bridge', 'br0', '--network', '10.0.0.2/24,10.0.0.1')).toMatchObject({
    request: { network: { address: '10.0.0.2/24' } },
  });
  expect(getCommand('vm', 'create', 'a', '--user-data', 'f')).toMatchObject({ userData: { file: resolve('f') } });
});

test.each([
  [['vm', 'create', '../x'], 'invalid VM name "../x"'],
  [['vm', 'start', 'A'], 'invalid VM name "A"'],
  [['vm', 'create', 'a', '--disk', 'vhdx'], 'disk'],
  [['vm', 'start', 'a', '--allow-known-defect', '1'], 'allow-known-defect'],
  [['vm', 'start', 'a', '--user', '1000'], 'user name "1000" is invalid'],
  [['vm', 'create', 'a', '--user', '-x'], 'user name "-x" is invalid'],
  [['host', 'user', 'a b'], 'user name "a b" is invalid'],
  [['vm', 'create', 'a', '--tap', 'tap0,mac=x'], 'invalid tap "tap0,mac=x"'],
  [['vm', 'create', 'a', '--network', '10.0.0.2/24,10.0.0.1'], 'network is set without tap or bridge'],
  [['vm', 'create', 'a', '--bridge', 'br0', '--tap', 'tap0'], 'bridge is set together with tap'],
  [['vm', 'create', 'a', '--bridge', 'br0,x'], 'invalid bridge "br0,x"'],
  [['vm', 'create', 'a', '--mac', '01:00:5e:00:00:01'], 'invalid mac "01:00:5e:00:00:01": it is a multicast address'],
  [['vm', 'ip', 'a', '--wait', 'soon'], 'invalid wait "soon"'],
  [['vm', 'ip', 'A'], 'invalid VM name "A"'],
  [
    ['vm', 'create', 'a', '--tap', 't', '--network', '10.0.0.2/24/x,10.0.0.1'],
    'invalid network "10.0.0.2/24/x,10.0.0.1"',
  ],
  [['vm', 'create', 'a', '--tap', 't', '--network', '10.0.0.2,10.0.0.1'], 'invalid network "10.0.0.2,10.0.0.1"'],
  [
    ['vm', 'create', 'a', '--tap', 't', '--network', '192.168.1.0/24,192.168.1.1'],
    'the address 192.168.1.0 is the network address of 192.168.1.0/24',
  ],
  [['vm', 'create', 'a', '--tap', 't', '--network', '192.168.1.0/24'], 'invalid network "192.168.1.0/24"'],
  [['vm', 'create', 'a', '--user-data', 'f', '--run', 'true'], 'user-data is set together with ssh-key or run'],
  [['vm', 'create', 'a', '--memory', '1M'], 'invalid memory "1M"'],
])('%j is rejected', (args, message) => {
  expect(() => getCommand(...args)).toThrow(message);
});

const id = 'a'.repeat(64);

test('vm recreate', () => {
  expect(getCommand('vm', 'recreate', 'a')).toEqual({
    group: 'vm',
    command: 'recreate',
    root: '/var/lib/cloud-hypervisor',
    name: 'a',
    version: undefined,
    allowRevoked: false,
    keep: [],
    dropOld: false,
    undo: false,
    timeoutMs: 60_000,
    user: undefined,
    allowedDefects: [],
    proof: { address: undefined, withinMs: 300_000 },
  });
  const keep = ['--keep', '/home/', '--keep', '/srv//data', '--keep', '/home'];
  const proof = ['--address', '10.0.0.5', '--respond-within', '30s'];
  const allow = ['--allow-known-defect', '#8245'];
  expect(getCommand('vm', 'recreate', 'a', '--to', '7', '--drop-old', ...keep, ...proof, ...allow)).toMatchObject({
    version: 7,
    dropOld: true,
    keep: ['/home', '/srv/data'],
    proof: { address: '10.0.0.5', withinMs: 30_000 },
    allowedDefects: ['8245'],
  });
  expect(getCommand('vm', 'recreate', 'a', '--address', 'none')).toMatchObject({ proof: { address: 'none' } });
  expect(getCommand('vm', 'recreate', 'a', '--undo')).toMatchObject({ undo: true });
});

test.each([
  [['--keep', 'home'], 'invalid keep "home"'],
  [['--keep', '/srv/../etc'], 'invalid keep'],
  [['--keep', '/etc/'], 'cannot keep "/etc": the new version replaces it'],
  [['--address', 'vm-001.example'], 'invalid address'],
  [['--to', '0'], 'invalid to'],
  [['--undo', '--to', '3'], '--undo is set together with'],
  [['--undo', '--drop-old'], '--undo is set together with'],
  [['--undo', '--keep', '/home'], '--undo is set together with'],
])('vm recreate rejects %j', (words, problem) => {
  expect(() => getCommand('vm', 'recreate', 'a', ...words)).toThrow(problem);
});

test('vm outdated', () => {
  const outdated = { group: 'vm', command: 'outdated', root: '/var/lib/cloud-hypervisor' };
  expect(getCommand('vm', 'outdated')).toEqual({ ...outdated, channel: 'latest', store: undefined });
  expect(getCommand('vm', 'outdated', '--store', '/srv', '--channel', 'stable')).toMatchObject({
    channel: 'stable',
    store: { address: '/srv' },
  });
  expect(() => getCommand('vm', 'outdated', '--channel', '../x')).toThrow('../x');
});

test('vm start starts one, all, or those with autostart', () => {
  const all = { group: 'vm', command: 'start all', root: '/var/lib/cloud-hypervisor', overcommit: false };
  expect(getCommand('vm', 'start', '--all')).toMatchObject({ ...all, onlyAutostart: false });
  expect(getCommand('vm', 'start', '--autostart', '--overcommit')).toMatchObject({
    ...all,
    onlyAutostart: true,
    overcommit: true,
  });
  for (const words of [[], ['a', '--all'], ['a', '--autostart'], ['--all', '--autostart']])
    expect(() => getCommand('vm', 'start', ...words)).toThrow('name one VM, or use either --all or --autostart');
  expect(() => getCommand('vm', 'start', '--all', '--user', 'a:b')).toThrow('a:b');
});

test('the commands of a fleet take a store, but no mirror', () => {
  const store = { address: '/srv' };
  expect(getCommand('fleet', 'report', '--store', '/srv')).toMatchObject({ group: 'fleet', command: 'report', store });
  expect(getCommand('fleet', 'forget', id, '--store', '/srv')).toMatchObject({
    command: 'forget',
    store,
    request: { id },
  });
  expect(getCommand('fleet', 'forget', '--older-than', '30d', '--store', '/srv')).toMatchObject({
    request: { olderThanMs: 30 * 86_400_000 },
  });
  expect(() => getCommand('fleet', 'report', '--store', 'https://mirror.example')).toThrow(
    'a mirror cannot list hosts',
  );
  for (const words of [[], [id, '--older-than', '30d']])
    expect(() => getCommand('fleet', 'forget', '--store', '/srv', ...words)).toThrow('either an ID or --older-than');
  expect(() => getCommand('fleet', 'forget', 'abc', '--store', '/srv')).toThrow('invalid id "abc"');
});

test('the other commands of a VM', () => {
  expect(getCommand('vm', 'list', '--root', '/r')).toEqual({ group: 'vm', command: 'list', root: '/r' });
  expect(getCommand('vm', 'start', 'a')).toMatchObject({ command: 'start', name: 'a' });
  expect(getCommand('vm', 'start', 'a')).toMatchObject({ overcommit: false });
  expect(getCommand('vm', 'start', 'a', '--overcommit')).toMatchObject({ overcommit: true });
  for (const [words, waitMs] of [
    [[], 0],
    [['--wait'], 60_000],
    [['--wait=5'], 5_000],
    [['--wait', '2m'], 120_000],
  ] as const)
    expect(getCommand('vm', 'ip', 'a', ...words)).toMatchObject({ command: 'ip', name: 'a', waitMs });
  expect(getCommand('vm', 'stop', 'a')).toMatchObject({ command: 'stop', timeoutMs: 60_000 });
  expect(getCommand('vm', 'delete', 'a', '--force')).toMatchObject({ command: 'delete', force: true });
});

test('vm clone names its VMs, and starts them from a template', () => {
  const { request } = getCommand('vm', 'clone', 'web', '--count', '3', '--bridge', 'br0') as unknown as {
    readonly request: unknown;
  };
  expect(request).toMatchObject({ names: ['web-1', 'web-2', 'web-3'], warm: 'always', bridge: 'br0', cpus: 2 });
  expect(getCommand('vm', 'clone', 'web', '--tap', 'tap0', '--warm=auto')).toMatchObject({
    request: { names: ['web'], warm: 'auto', tap: 'tap0' },
  });
  expect(() => getCommand('vm', 'clone', 'web', '--count', '2', '--tap', 'tap0')).toThrow('only one VM can have --tap');
  expect(() => getCommand('vm', 'clone', 'web', '--count', '0')).toThrow('count');
  expect(() => getCommand('vm', 'clone', 'a'.repeat(62), '--count', '2')).toThrow('name');
});

test('warm starts are chosen by flags', () => {
  expect(getCommand('host', 'warm', '--cpus', '4', '--memory', '2G')).toMatchObject({
    cpus: 4,
    memoryMiB: 2048,
    limits: { bootMs: 1_200_000 },
  });
  expect(getCommand('host', 'warm', '--timeout', '1h')).toMatchObject({ limits: { bootMs: 3_600_000 } });
  expect(() => getCommand('host', 'warm', '--timeout', 'long')).toThrow('timeout');
  expect(getCommand('pull', '--store', '/srv', '--warm')).toMatchObject({ inputs: { warm: true } });
  expect(getCommand('vm', 'create', 'a', '--warm')).toMatchObject({ request: { warm: 'always', warmMemory: 'copy' } });
  // As "warm = true" in a file, which is for pull, too.
  expect(getCommand('vm', 'create', 'a', '--warm=true')).toMatchObject({ request: { warm: 'auto' } });
  expect(getCommand('vm', 'create', 'a', '--warm=false')).toMatchObject({ request: { warm: 'never' } });
  expect(() => getCommand('vm', 'create', 'a', '--warm=maybe')).toThrow('invalid warm "maybe"');
});
