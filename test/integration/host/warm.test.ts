import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptForward } from '../../../src/host/seen-file.js';
import { warmIfWanted } from '../../../src/app/warm-after-pull.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { readLocalVersion } from '../../../src/host/local-versions.js';
import type { HostPorts } from '../../../src/host/ports.js';
import { pruneHost, type PrunePlan } from '../../../src/host/prune-host.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { startVm, type StartedVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm, stopVm } from '../../../src/host/vm/stop-vm.js';
import { readVmRecord, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms, type VmState } from '../../../src/host/vm/vm-state.js';
import { cloneVms, type CloneOutcome } from '../../../src/host/warm/clone-vms.js';
import { describeTemplate } from '../../../src/host/warm/describe-template.js';
import { makeTemplate } from '../../../src/host/warm/make-template.js';
import { recordsFile } from '../../../src/host/warm/template-document.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createIndex } from '../../../src/store/index/store-index.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import type { FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTestMachine, testTap } from '../../fixtures/test-machine.js';
import { createTestSession } from '../../fixtures/session.js';
import { createTestVm, makeEmptyImage, makeVmHost, runAsSelf, type VmHost } from '../../fixtures/vm-host.js';
import { createFastClock, listProcessesIn, makeTestTemplate, warmSize, warmVm } from '../../fixtures/warm-host.js';

const processes = createTestProcesses();
let host: VmHost;
let root: string;
/** Of the template that all tests share. */
let key: string;
let ports: HostPorts;
let logged: string[];

beforeAll(async () => {
  host = await makeVmHost('warm host');
  ({ root } = host);
  await use({});
  ({ key } = (await makeTestTemplate(root, ports)).template);
  for (const name of restored) await copy(join(root, name), join(host.directory, `saved ${name}`));
});
beforeEach(async () => use({}));
afterEach(async () => {
  for (const { name } of await listVms(root)) await deleteVm({ root, name, force: true }, ports);
  for (const name of restored) {
    await rm(join(root, name), { recursive: true });
    await copy(join(host.directory, `saved ${name}`), join(root, name));
  }
});
afterAll(async () => host.remove(ports));

/** What tests change of the host. */
const restored = ['versions', 'current'];

/** With all times, so that a template stays whole. */
async function copy(from: string, to: string): Promise<void> {
  await processes.run({ argv: ['cp', '-a', '--', from, to] });
}

async function use(fake: FakeVmm): Promise<void> {
  logged = [];
  const note = (line: string): void => void logged.push(line);
  ports = { ...(await host.use(fake)), log: { ...silentLog, info: note, warn: note } };
}

const create = async (changes: Partial<CreateVmRequest> = {}): Promise<VmRecord> =>
  createTestVm(root, { ...warmVm, ...changes }, ports);
const start = async (): Promise<StartedVm> => startVm({ root, name: 'vm-001' }, ports);
const stop = async (): Promise<unknown> => stopVm({ root, name: 'vm-001', timeoutMs: 300_000 }, ports);
const at = (path = ''): string => join(root, 'sandboxes/vm-001', path);
const warm = (path = ''): string => join(root, 'versions/ubuntu-base.1/warm', path);
const stateOf = async (): Promise<VmState | undefined> => (await listVms(root))[0];
const requestsOf = async (): Promise<readonly string[]> =>
  (await readFile(at('run/requests.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly action: string }).action);

test('a template, and the life of a VM that is started from it', async () => {
  expect(await readdir(warm())).toEqual([key]);
  expect((await readdir(warm(key))).sort()).toEqual([
    'config.json',
    'disk.qcow2',
    'memory-ranges',
    'state.json',
    'template.json',
  ]);
  const modeOf = async (name: string): Promise<number> => (await stat(warm(`${key}/${name}`))).mode & 0o777;
  expect([await modeOf('disk.qcow2'), await modeOf('memory-ranges')]).toEqual([0o444, 0o400]);
  // Most of the memory is zeros.
  const memory = await stat(warm(`${key}/memory-ranges`));
  expect([memory.size, memory.blocks * 512 < memory.size / 4]).toEqual([4 * 1024 ** 2, true]);
  expect(await makeTestTemplate(root, ports)).toMatchObject({ changed: false, template: { key } });

  expect((await create()).warm).toEqual({ key, mode: 'always' });
  expect(await stateOf()).toMatchObject({ state: 'stopped', warm: 'pending' });
  const started = await start();
  expect(started).toMatchObject({ changed: true, warm: { answered: expect.any(Number) } });
  const actions = (await requestsOf()).filter((action) => action.startsWith('vm.') && action !== 'vm.info');
  expect(actions).toEqual(['vm.restore', 'vm.resume', 'vm.add-disk', 'vm.add-net']);
  expect(await stateOf()).toMatchObject({ state: 'running', warm: 'started', pid: started.pid });
  expect(await start()).toMatchObject({ changed: false, pid: started.pid });
  const { stdout } = await processes.run({ argv: ['qemu-img', 'info', '-U', '--output=json', at('disk.qcow2')] });
  expect(JSON.parse(stdout)).toMatchObject({
    'backing-filename': `../../versions/ubuntu-base.1/warm/${key}/disk.qcow2`,
    'backing-filename-format': 'qcow2',
  });

  expect(await stop()).toBe('powered off');
  // From its own disk, with the seed of a cold start.
  const again = await start();
  expect(again).not.toHaveProperty('warm');
  expect(await readFile(`/proc/${again.pid}/cmdline`, 'utf8')).toContain('\0--net\0tap=tap7,mac=');
  expect(await stateOf()).toMatchObject({ state: 'running', warm: 'started' });
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
  expect(await readdir(join(root, 'sandboxes'))).toEqual([]);
});

test('each start of a clone has other random bytes, and the identity of its VM', async () => {
  const { macAddress } = await create();
  const seeds: string[] = [];
  for (const behaviour of ['has no daemon', 'good'] as const) {
    await use({ behaviour });
    ports = { ...ports, clock: createFastClock() };
    const started = await start().catch(() => undefined);
    expect([behaviour, started?.warm === undefined]).toEqual([behaviour, behaviour !== 'good']);
    seeds.push(await readSeed());
  }
  for (const seed of seeds)
    expect(seed).toContain(
      `protocol=1\ninstance-id=vm-001\nhostname=vm-001\nmac=${macAddress}\naddress=127.0.0.7/8\ngateway=127.0.0.1\n`,
    );
  expect(seeds[0]).not.toBe(seeds[1]);
});

async function readSeed(): Promise<string> {
  const to = join(host.directory, `seed-${Math.random()}`);
  await processes.run({
    argv: ['xorriso', '-osirrox', 'on', '-indev', at('run/plugged.iso'), '-extract', '/', to],
  });
  expect((await readdir(to)).sort()).toEqual(['entropy', 'identity', 'meta-data', 'network-config', 'user-data']);
  const entropy = await readFile(join(to, 'entropy'));
  expect(entropy).toHaveLength(64);
  return `${await readFile(join(to, 'identity'), 'utf8')}${entropy.toString('hex')}`;
}

test.each<readonly [NonNullable<FakeVmm['behaviour']>, RegExp]>([
  ['has no identity', /its step template-ready failed: no-identity/],
  ['fills its console', /more than 1048576 bytes/],
  ['is silent from template-ready', /no record template-ready within 20 min/],
  ['dies at template-ready', /Cloud Hypervisor exited before any record/],
  ['keeps its seed', /did not release its seed within/],
  ['snapshot fails', /No space left on device/],
  ['is killed while it writes', /vm.snapshot: /],
  ['adds a device', /config.json is not valid: fs/],
])('a template whose VM %s is not made, and leaves nothing', async (behaviour, words) => {
  await use({ behaviour });
  ports = { ...ports, clock: createFastClock() };
  await rm(warm(key), { recursive: true });
  let draft = '';
  const watched = { ...ports.processes };
  const run: typeof watched.run = async (command) => {
    if (command.argv.includes('setsid')) draft = warm((await readdir(warm()))[0]);
    return watched.run(command);
  };
  await expect(makeTestTemplate(root, { ...ports, processes: { ...watched, run } })).rejects.toThrow(words);
  expect(draft).not.toBe('');
  expect([await readdir(warm()), await listProcessesIn(draft)]).toEqual([[], []]);
});

test('without disk space, no template is started', async () => {
  const huge = 1024 ** 5;
  const machine = createTestMachine({ capacity: { memoryBytes: huge, availableBytes: huge } });
  const request = { root, image, cpus: 1, memoryMiB: 1024 ** 2 * 64, user: 'root' };
  await expect(makeTemplate(request, { ...ports, machine })).rejects.toThrow('not enough disk space');
  expect(await readdir(warm())).toEqual([key]);
});

test('memory that cannot be loaded on demand is copied', async () => {
  await use({ behaviour: 'has no userfaultfd' });
  await create({ warmMemory: 'on-demand' });
  expect(logged.join('\n')).toMatch(/vm-001 starts warm, from template \w+, with its memory loaded on demand/);
  expect(await start()).toMatchObject({ warm: { answered: expect.any(Number) } });
  expect(logged.join('\n')).toMatch(/cannot load its memory on demand, so all of it is copied: .*userfaultfd/);
});

const badClones: readonly (readonly [NonNullable<FakeVmm['behaviour']>, RegExp])[] = [
  ['restore fails', /vm.restore: .*CPUID is not compatible/],
  ['takes no card', /vm.add-net: .*Unable to open the TAP/],
  ['takes no disk', /vm.add-disk: .*No free PCI slot/],
  ['reports a failure', /its step network failed: no-lease/],
  ['is not reseeded', /wrote the record names instead of reseeded/],
  ['keeps its name', /the wrong identity: ch-golden-template/],
  ['keeps its machine-id', /the guest kept the machine ID of its template/],
  ['is silent from start', /no record names within 5 min 0 s, before any record/],
  ['is silent from daemon', /no record ready within 5 min 0 s, after the record ssh-keys/],
  ['dies at names', /Cloud Hypervisor exited after the record reseeded|vm.add-disk/],
  ['dies at ready', /Cloud Hypervisor exited after the record daemon|vm.add-net/],
  ['has no daemon', /the daemon at http:\/\/127.0.0.7:2280 did not respond within 2 min 0 s/],
];

test.each(badClones)('a clone that %s is killed, and never handed over', async (behaviour, words) => {
  await create();
  await use({ behaviour });
  ports = { ...ports, clock: createFastClock() };
  await expect(start()).rejects.toThrow(words);
  expect(await listProcessesIn(at())).toEqual([]);
  expect(await stateOf()).toMatchObject({ state: 'stopped', warm: 'pending' });
  expect((await readdir(at())).filter((name) => /^warm-|vmm\.process|api\.sock/.test(name))).toEqual([]);
  expect(await readdir(at())).not.toContain(recordsFile);
});

test('a clone with DHCP cannot send the host to itself', async () => {
  await create({ network: 'dhcp' });
  ports = { ...ports, clock: createFastClock() };
  await expect(start()).rejects.toThrow(/the wrong identity: vm-001, \S+, 127.0.0.99\/8/);
  expect(await listProcessesIn(at())).toEqual([]);
});

test('a VM that may start cold does so, if its clone fails', async () => {
  await create({ warm: 'auto' });
  await use({ behaviour: 'restore fails' });
  expect(await start()).not.toHaveProperty('warm');
  expect(logged).toContainEqual(expect.stringMatching(/^vm-001 starts cold: vm-001 did not start warm: vm.restore: /));
  expect(await readVmRecord(root, 'vm-001')).not.toHaveProperty('warm');
  const { stdout } = await processes.run({ argv: ['qemu-img', 'info', '-U', '--output=json', at('disk.qcow2')] });
  expect(JSON.parse(stdout)).toMatchObject({ 'backing-filename': '../../snapshots/ubuntu-base.1.qcow2' });
  expect(await stateOf()).toMatchObject({ state: 'running' });
  expect(await stateOf()).not.toHaveProperty('warm');
});

const changes: readonly (readonly [string, string, () => Promise<void>])[] = [
  ['another VMM', 'one has another cloud-hypervisor', async () => use({ version: '53.0.1' })],
  [
    'another CPU',
    'one has another CPU',
    async () => {
      const machine = createTestMachine({
        interfaces: [testTap('tap7')],
        platform: { cpu: 'b'.repeat(64), kernel: '6.8.0-test' },
      });
      ports = { ...ports, machine };
      return Promise.resolve();
    },
  ],
  [
    'another kernel of the host after a reboot',
    'one has another kernel of the host',
    async () => {
      const machine = createTestMachine({
        interfaces: [testTap('tap7')],
        platform: { cpu: 'a'.repeat(64), kernel: '6.9.0-test' },
      });
      ports = { ...ports, machine };
      return Promise.resolve();
    },
  ],
  ['a changed byte of memory', 'memory-ranges has a different SHA-256', async () => changeByte('memory-ranges')],
  ['a changed byte of the disk', 'disk.qcow2 has a different SHA-256', async () => changeByte('disk.qcow2')],
  ['a changed byte of the state', 'state.json has a different SHA-256', async () => changeByte('state.json')],
  [
    'a cut memory',
    'memory-ranges has 100 bytes',
    async () => {
      const path = await templateFile('memory-ranges');
      await chmod(path, 0o600);
      await writeFile(path, Buffer.alloc(100));
    },
  ],
];

async function templateFile(name: string): Promise<string> {
  return warm(`${(await readdir(warm()))[0]}/${name}`);
}

/** Its times stay: only the modification time of large files tells. */
async function changeByte(name: string, { keepsTimes = name === 'state.json' } = {}): Promise<void> {
  const path = await templateFile(name);
  const bytes = await readFile(path);
  const { atime, mtime } = await stat(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
  await chmod(path, 0o600);
  await writeFile(path, bytes);
  if (keepsTimes) await utimes(path, atime, mtime);
}

test.each(changes)('a template with %s is not used', async (_, reason, change) => {
  await create();
  await create({ name: 'vm-002', warm: 'auto', tap: 'tap8' }).catch(() => undefined);
  await change();
  await expect(start()).rejects.toThrow(reason);
  await expect(create({ name: 'vm-003', tap: undefined })).rejects.toThrow('it has no network');
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
  await expect(create()).rejects.toMatchObject({
    message: expect.stringContaining(reason),
    fix: 'ch-golden host warm --version 1 --cpus 2 --memory 64M; or --warm=auto',
  });
  expect((await create({ warm: 'auto' })).warm).toBeUndefined();
  expect(logged).toContainEqual(expect.stringContaining(`vm-001 starts cold: `));
});

test('by default, a VM starts warm if a template fits, and says why not if there is another', async () => {
  const createByDefault = async (memoryMiB: number): Promise<VmRecord['warm']> => {
    const { warm: chosen } = await create({ warm: undefined, memoryMiB });
    await deleteVm({ root, name: 'vm-001', force: true }, ports);
    return chosen;
  };
  expect(await createByDefault(64)).toEqual({ key, mode: 'auto' });
  expect(await createByDefault(128)).toBeUndefined();
  expect(logged).toContainEqual(expect.stringMatching(/^vm-001 starts cold: no template of .* fits; one has another/));
  await rm(warm(), { recursive: true });
  logged = [];
  expect(await createByDefault(64)).toBeUndefined();
  expect(logged.join('\n')).not.toContain('starts cold');
});

test('half a template counts for none, and what a killed run left is cleared with its VMM', async () => {
  await rm(warm(key), { recursive: true });
  await use({ behaviour: 'is silent from template-ready' });
  const cancel = new AbortController();
  void makeTestTemplate(root, { ...ports, signal: cancel.signal }).catch(() => undefined);
  // The VMM of a command that was killed by SIGKILL: its draft gets another name, so the command cannot clear it.
  let draft: string | undefined;
  while (draft === undefined || (await listProcessesIn(draft)).length === 0) {
    const [name] = await readdir(warm()).catch(() => []);
    draft = name === undefined ? undefined : warm(name);
    await ports.clock.sleep(20);
  }
  await rename(draft, warm('.new-left'));
  cancel.abort(new Error('killed'));
  await ports.clock.sleep(300);
  await mkdir(warm('0'.repeat(32)));
  await use({});
  expect((await create({ warm: 'auto' })).warm).toBeUndefined();
  const left = await listProcessesIn(warm('.new-left'));
  const made = await makeTestTemplate(root, ports);
  expect((await readdir(warm())).sort()).toEqual(['0'.repeat(32), made.template.key].sort());
  for (const pid of left) await expect(stat(`/proc/${pid}/cwd`)).rejects.toThrow();
});

test('a version that was revoked since is not cloned', async () => {
  await create({ warm: 'auto' });
  const live = [{ version: 1, manifestSha256: sha256Of((await readLocalVersion(root, image, 1)).bytes) }];
  const revoked = { 1: { reason: 'leaks a key', at: '2026-11-23T06:00:00Z' } };
  const index = { ...createIndex(image), generation: 99, live, revoked };
  await acceptForward(root, image)(index, Buffer.from('its bytes'), 'memory://store/snapshots/ubuntu-base.index.json');
  await expect(start()).rejects.toThrow('version 1 of ubuntu-base is revoked: leaks a key');
  await expect(makeTestTemplate(root, ports)).rejects.toThrow('revoked');
  const record = await create({ name: 'vm-002', warm: 'auto', allowRevoked: true, tap: undefined, network: 'dhcp' });
  expect(record.warm).toBeUndefined();
});

const prune = async (apply = true): Promise<PrunePlan> => pruneHost({ root, image, apply }, ports);

test('templates are listed, hashed, and kept while they fit this host', async () => {
  const [listed] = await listHost({ root, image });
  expect(listed?.templates).toEqual([
    {
      ...{ key, directory: warm(key), ...warmSize, vmmRelease: '53.0.0' },
      created: expect.any(String),
      bytes: expect.any(Number),
    },
  ]);
  expect(listed?.templates?.[0]?.bytes).toBeGreaterThan(0);
  expect(await verifyHost({ root, image }, ports)).toEqual([{ version: 1, problems: [] }]);
  expect((await prune()).templates).toMatchObject([{ version: 1, key, action: 'keep', reason: 'fits this host' }]);
  await changeByte('disk.qcow2', { keepsTimes: true });
  expect(await verifyHost({ root, image }, ports)).toEqual([
    {
      version: 1,
      problems: [expect.stringMatching(/^template \w+: .*disk.qcow2 has a different SHA-256.*; .*rm -r /s)],
    },
  ]);
});

test('a template that no longer fits stays while a disk is backed by it', async () => {
  await create();
  await use({ version: '53.0.1' });
  expect(await prune()).toMatchObject({
    keep: [{ version: 1, reason: 'in use' }],
    templates: [{ action: 'keep', reason: 'backs sandboxes/vm-001/disk.qcow2' }],
  });
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
  const { blocks } = await stat(warm(`${key}/memory-ranges`));
  const plan = await prune(false);
  expect(plan).toMatchObject({
    templates: [{ action: 'remove', reason: 'made for a different cloud-hypervisor', directory: warm(key) }],
    files: [],
  });
  expect(plan.bytes).toBeGreaterThan(blocks * 512);
  expect(await readdir(warm())).toEqual([key]);
  expect(await prune()).toEqual(plan);
  expect(await readdir(warm())).toEqual([]);
  expect((await listHost({ root, image }))[0]).not.toHaveProperty('templates');
});

test('a version stays while a template of it backs a disk, and takes its templates with it', async () => {
  await create();
  for (let version = 2; version <= 3; version += 1) {
    await publishTestVersion(host.store, { image: await makeEmptyImage(host.directory) });
    await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store: host.store });
  }
  expect(await prune()).toMatchObject({
    remove: [],
    keep: expect.arrayContaining([{ version: 1, reason: 'backs sandboxes/vm-001/disk.qcow2' }]),
  });
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
  expect(await prune(false)).toMatchObject({ remove: [1], templates: [] });
});

test('damaged templates, and what killed runs left, are removed', async () => {
  await changeByte('state.json');
  await mkdir(warm('.new-left/run'), { recursive: true });
  await mkdir(warm('not a template'));
  const plan = await prune();
  expect(plan.files).toEqual([warm('.new-left')]);
  expect(plan.templates.map(({ action, reason }) => [action, reason])).toEqual([
    ['remove', expect.stringMatching(/^damaged: .*state.json has a different SHA-256/s)],
    ['remove', expect.stringContaining('is not a template')],
  ]);
  expect(await readdir(warm())).toEqual([]);
});

test('without Cloud Hypervisor, templates are kept', async () => {
  const tryFind = async (): Promise<undefined> => Promise.resolve(undefined);
  ports = { ...ports, processes: { ...ports.processes, tryFind } };
  expect((await prune()).templates).toMatchObject([{ action: 'keep' }]);
  expect(logged).toContainEqual(expect.stringContaining('cloud-hypervisor is not installed'));
});

test('several VMs are cloned at once, and one that fails is not left', async () => {
  const request = { root, image, userData: { sshKeys: [], commands: [] }, ...warmSize, ...warmVm, ...runAsSelf() };
  const clone = async (names: readonly string[]): Promise<readonly CloneOutcome[]> =>
    cloneVms({ network: 'dhcp', ...request, names }, ports);
  // Both have the same tap.
  const outcomes = await clone(['vm-001', 'vm-002']);
  expect(outcomes.map(({ name, outcome }) => [name, outcome]).sort((a, b) => (a[1]! < b[1]! ? -1 : 1))).toEqual([
    [expect.any(String), 'failed'],
    [expect.any(String), 'started'],
  ]);
  const failed = outcomes.find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ problem: expect.stringMatching(/tap tap7|MAC address|address/) });
  const started = outcomes.find(({ outcome }) => outcome === 'started');
  expect(started).toMatchObject({ warm: { resumed: expect.any(Number) } });
  expect((await listVms(root)).map(({ name }) => name)).toEqual([started?.name]);
  await deleteVm({ root, name: started!.name, force: true }, ports);
  await use({ behaviour: 'restore fails' });
  expect(await clone(['vm-003'])).toMatchObject([
    { outcome: 'failed', problem: expect.stringContaining('CPUID is not compatible') },
  ]);
  expect(await listVms(root)).toEqual([]);
});

test('a pull makes templates of the sizes that there are, at low priority, if it wants that', async () => {
  await publishTestVersion(host.store, { image: await makeEmptyImage(host.directory) });
  const { local } = await pullVersion(
    { root, image, wanted: 'latest', verify: false },
    { ...ports, store: host.store },
  );
  const commands: (readonly string[])[] = [];
  const run: typeof ports.processes.run = async (command) => {
    commands.push(command.argv);
    return ports.processes.run(command);
  };
  const session = { ...createTestSession(), ...ports, processes: { ...ports.processes, run } };
  const sizes = async (): Promise<unknown> => (await listHost({ root, image }))[0]?.templates;
  await warmIfWanted({ root, local }, session);
  expect(await sizes()).toBeUndefined();
  const config = { schema: 1, ...(runAsSelf().user === undefined ? {} : { vmUser: 'root' }), warm: true };
  await writeFile(join(root, 'host.json'), JSON.stringify(config));
  await warmIfWanted({ root, local }, session);
  expect(await sizes()).toMatchObject([warmSize]);
  expect(commands.find((argv) => argv.includes('--api-socket'))?.join(' ')).toContain('nice --adjustment=19 ionice');
  await rm(join(root, 'host.json'));
});

test('a program of others starts a clone from the description of a template', async () => {
  const description = await describeTemplate({ root, image, ...warmSize }, ports);
  expect(description).toMatchObject({
    schema: 1,
    template: {
      ...{ key, directory: warm(key), inputs: warmSize },
      identity: { hostname: 'ch-golden-template', machineId: '0123456789abcdef'.repeat(2) },
    },
    disk: { backingFile: warm(`${key}/disk.qcow2`), reads: [join(root, 'snapshots/ubuntu-base.1.qcow2')] },
    records: { prefix: 'ch-golden/1 ', order: expect.arrayContaining(['reseeded', 'ready']) },
  });
  const directory = join(root, 'sandboxes/vm-009');
  const script = join(import.meta.dirname, '../../../examples/host/warm-clone.sh');
  const argv = ['sh', script, directory, 'vm-009', 'tap7', '52:54:00:00:00:09', '127.0.0.9/8', '127.0.0.1'] as const;
  const removeClone = async (): Promise<void> => {
    for (const pid of await listProcessesIn(directory)) process.kill(pid, 'SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { stdout } = await ports.processes.run({ argv, input: JSON.stringify(description) });
    const [, pid] = /^vm-009 responds at 127.0.0.9: process (\d+)\n$/.exec(stdout) ?? [];
    expect(await listProcessesIn(directory)).toEqual([Number(pid)]);
    expect((await prune()).templates).toMatchObject([{ reason: 'backs sandboxes/vm-009/disk.qcow2' }]);
    await removeClone();
    await use({ behaviour: 'keeps its machine-id' });
    await expect(ports.processes.run({ argv, input: JSON.stringify(description) })).rejects.toMatchObject({
      evidence: expect.arrayContaining([
        `the guest kept the identity of its template: ${'0123456789abcdef'.repeat(2)}`,
      ]),
    });
    expect(await listProcessesIn(directory)).toEqual([]);
  } finally {
    await removeClone();
  }
  await use({ version: '53.0.1' });
  await expect(describeTemplate({ root, image, ...warmSize }, ports)).rejects.toThrow('another cloud-hypervisor');
});
