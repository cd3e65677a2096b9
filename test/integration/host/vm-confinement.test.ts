import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { pruneHost } from '../../../src/host/prune-host.js';
import type { HostPorts } from '../../../src/host/ports.js';
import { toLaunch } from '../../../src/host/launch.js';
import { readLocalVersion, tryGetBase } from '../../../src/host/local-versions.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import { planConfinement } from '../../../src/host/vm/confinement.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { startVm, type StartedVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm, stopVm, type VmEnd } from '../../../src/host/vm/stop-vm.js';
import { listVms, type VmState } from '../../../src/host/vm/vm-state.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Command } from '../../../src/platform/process/processes.js';
import { identifyProcess } from '../../../src/platform/process/process-identity.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import type { FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { giveToPlainUser, plainUid, startAsPlainUser } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const isRoot = process.geteuid?.() === 0;
const asRoot = isRoot ? describe : describe.skip;
const testAsRoot = isRoot ? test : test.skip;
/** Of root's: the attacker, and the user that VMs run as. A plain user runs them as itself. */
const [name, uid, gid] = ['nobody', 65534, 65534] as const;
const [ownUid, ownGid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0] as const;
const vmUser = isRoot ? { user: name } : {};
const processes = createTestProcesses();
let host: VmHost;
let root: string;
let ports: HostPorts;
let infos: string[];
let helpers: (ChildProcess | Server)[];

beforeEach(async () => {
  host = await makeVmHost('vm confinement');
  ({ root } = host);
  infos = [];
  helpers = [];
  // Everybody passes through to a host's directories.
  await chmod(host.directory, 0o755);
  await use({});
});
afterEach(async () => {
  for (const helper of helpers) {
    if ('pid' in helper) helper.kill('SIGKILL');
    else
      await new Promise((resolve) => {
        (helper as Server).close(resolve);
      });
  }
  await host.remove(ports);
});

async function use(fake: FakeVmm): Promise<void> {
  ports = { ...(await host.use(fake)), log: { ...silentLog, info: (line) => infos.push(line) } };
}

const vm = { name: 'vm-001' };
const at = (path: string): string => join(root, 'sandboxes/vm-001', path);
const create = async (changes: Partial<CreateVmRequest> = {}): Promise<unknown> =>
  createTestVm(root, { ...vmUser, ...changes }, ports);
const start = async (user?: string): Promise<StartedVm> =>
  startVm({ ...vm, root, ...(user === undefined ? {} : { user }) }, ports);
const stop = async (timeoutMs = 300_000): Promise<VmEnd> => stopVm({ ...vm, root, timeoutMs }, ports);
/** Half a minute is over after a second and a half. */
const stopHurriedly = async (timeoutMs: number): Promise<VmEnd> =>
  stopVm({ ...vm, root, timeoutMs }, { ...ports, clock: { now: () => Date.now() * 20, sleep: systemClock.sleep } });
const listed = async (): Promise<VmState | undefined> => (await listVms(root))[0];
const isThere = async (pid: number): Promise<boolean> =>
  identifyProcess(pid).then(
    () => true,
    () => false,
  );

async function ownership(path: string): Promise<readonly [mode: string, uid: number, gid: number]> {
  const stats = await lstat(at(path));
  return [(stats.mode & 0o7777).toString(8), stats.uid, stats.gid];
}

/** A process of ours, or of another user's, that has nothing to do with the VM. */
async function startBystander(cwd = '/', user = ownUid): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('setpriv', [...(user === ownUid ? [] : ['--reuid', String(user)]), '--', 'sleep', '600'], {
    cwd,
    stdio: 'ignore',
  });
  helpers.push(child);
  await once(child, 'spawn');
  while (!(await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).startsWith('sleep'))
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  return child as ChildProcess & { readonly pid: number };
}

/** The note of a VMM, as `vm start` has it, that names another process. */
const noteOf = async (pid: number): Promise<string> =>
  `${await readFile(`/proc/${pid}/stat`, 'utf8')}${await readFile('/proc/sys/kernel/random/boot_id', 'utf8')}`;

/** A server of the machine's, at a socket of its own; it tells the pid that it is given. */
async function serve(path: string, pid = 1): Promise<{ readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end(JSON.stringify({ pid, state: 'Running' }));
  });
  helpers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return { requests };
}

/** Whether a user can open a file or directory, and hold its lock. */
async function canLock(path: string, user: number = uid): Promise<boolean> {
  return processes
    .run({
      argv: [
        'setpriv',
        `--reuid=${user}`,
        `--regid=${user}`,
        '--clear-groups',
        '--',
        'flock',
        '--nonblock',
        path,
        'true',
      ],
    })
    .then(
      () => true,
      () => false,
    );
}

asRoot('root', () => {
  test('starts a VM as a user without privileges, to whom it gives what it needs', async () => {
    await create();
    const { pid } = await start();
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    expect(status).toMatch(new RegExp(`^Gid:\\t${gid}\\t${gid}\\t${gid}\\t${gid}$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toMatch(/(^|\0)USER=nobody\0/);
    const ofUser = ['600', uid, gid];
    expect(await ownership('.')).toEqual(['711', 0, 0]);
    for (const file of ['disk.qcow2', 'serial.log', 'vmm.log'])
      expect([file, ...(await ownership(file))]).toEqual([file, ...ofUser]);
    expect(await ownership('run')).toEqual(['700', uid, gid]);
    expect(await ownership('cloud-init.iso')).toEqual(['640', 0, gid]);
    for (const file of ['launch.json', 'vmm.process', 'vmm.out'])
      expect((await ownership(file)).slice(1)).toEqual([0, 0]);
    expect(await listed()).toMatchObject({ state: 'running', pid });
    expect(await stop()).toBe('powered off');
    expect(await isThere(pid)).toBe(false);
    // Once more, as another user: what was made for the first one is no hindrance.
    const second = await start('root');
    expect(await readFile(`/proc/${second.pid}/status`, 'utf8')).toMatch(/^Uid:\t0\t/m);
    expect(await ownership('disk.qcow2')).toEqual(['600', 0, 0]);
    expect(await deleteVm({ ...vm, root, force: true }, ports)).toBe('forced');
    await expect(stat(at('.'))).rejects.toThrow('ENOENT');
  });

  test('keeps a VM to its files with Landlock, or says why not', async () => {
    await create({ tap: 'tap7' });
    const { pid } = await start();
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const without = infos.filter((line) => line.includes('without Landlock'));
    if (without.length > 0) expect(words).not.toContain('--landlock');
    else {
      // The paths of these tests have blanks and commas.
      expect(words.slice(words.indexOf('--landlock'))).toEqual([
        '--landlock',
        '--landlock-rules',
        `path="${root}/snapshots/ubuntu-base.1.qcow2",access=r`,
        'path=/sys/devices/virtual/net,access=r',
        '',
      ]);
    }
    expect(words.some((word) => word.includes('seccomp'))).toBe(false);
  });

  test('makes the base of a layered image readable, and nothing else that an image or a disk names', async () => {
    const record = await createTestVm(root, { user: name }, ports);
    // A kernel that has Landlock, and a Cloud Hypervisor that does.
    const answers: Readonly<Record<string, string>> = { 'cloud-hypervisor': 'cloud-hypervisor v53.0.0\n', perl: '7' };
    const modern = {
      log: silentLog,
      processes: {
        ...ports.processes,
        run: async ({ argv }: Command) => Promise.resolve({ stdout: answers[argv[0]] ?? '', stderr: '' }),
      },
    };
    const layered = join(host.directory, 'layered');
    const store = createMemoryStore();
    const { manifest } = await publishTestVersion(store, { layout: 'layered' });
    const { local } = await pullVersion({ root: layered, image, wanted: 'latest', verify: false }, { ...ports, store });
    const base = join(layered, 'images', manifest.files.find(({ role }) => role === 'base')!.name);
    expect(tryGetBase(local)).toBe(base);
    const over = { ...record, imagePath: toLaunch(local).imagePath };
    expect(await planConfinement(over, { user: undefined, base: tryGetBase(local) }, modern)).toEqual({
      readable: [over.imagePath, base],
    });
    // Whatever their headers name now.
    for (const path of [record.imagePath, at('disk.qcow2')]) {
      await rm(path);
      await processes.run({
        argv: ['qemu-img', 'create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/shadow', path, '64M'],
      });
    }
    const flattened = tryGetBase(await readLocalVersion(root, image, 1));
    expect(await planConfinement(record, { user: undefined, base: flattened }, modern)).toEqual({
      readable: [record.imagePath],
    });
  });

  test("says what a VM's user cannot read", async () => {
    await create();
    await chmod(join(root, 'kernels'), 0o700);
    await expect(start()).rejects.toMatchObject({
      message: `user "nobody", which vm-001 runs as, cannot read ${root}/kernels/vmlinuz-6.8.0-90-generic`,
      fix: expect.stringContaining('namei -l '),
    });
  });

  test('names a user that does not exist, and makes nothing', async () => {
    await expect(create({ user: 'nosuchuser' })).rejects.toMatchObject({
      message: 'VMs run as user "nosuchuser", which does not exist',
      fix: expect.stringMatching(/^useradd --system .* nosuchuser && ch-golden host user nosuchuser$/),
    });
    await expect(stat(at('.'))).rejects.toThrow('ENOENT');
  });

  test('goes on with a VM of an earlier release, which runs in the old places', async () => {
    await create();
    for (const path of ['run', 'serial.log', 'vmm.log']) await rm(at(path), { recursive: true });
    for (const path of ['disk.qcow2', 'cloud-init.iso']) await chown(at(path), 0, 0);
    await chmod(at('.'), 0o755);
    const words = [
      '--api-socket',
      'path=api.sock',
      '--log-file',
      'vmm.log',
      '--kernel',
      join(root, 'kernels/vmlinuz-6.8.0-90-generic'),
      '--disk',
      'path=disk.qcow2,image_type=qcow2,backing_files=on,num_queues=1',
      '--serial',
      'file=serial.log',
    ];
    const child = spawn(join(host.directory, 'bin/cloud-hypervisor'), words, { cwd: at('.'), stdio: 'ignore' });
    helpers.push(child);
    while ((await listed())?.state !== 'running')
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    expect(await listed()).toMatchObject({ pid: child.pid });
    expect(await start()).toMatchObject({ pid: child.pid, changed: false });
    expect(await stop()).toBe('powered off');
    const { pid } = await start();
    expect(await ownership('.')).toEqual(['711', 0, 0]);
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toContain(`Uid:\t${uid}\t`);
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('path=run/api.sock');
    expect(await stop()).toBe('powered off');
  });
});

type Foreign = [how: string, change: () => Promise<void>, problem: string];

describe('a VM directory of another user', () => {
  const owned: readonly Foreign[] = [
    ['belongs to that user', async () => chown(at('.'), uid, gid), 'belongs to user 65534, not to user 0'],
    [
      'lies in a directory that belongs to that user',
      async () => chown(join(root, 'sandboxes'), uid, gid),
      'belongs to user 65534, not to user 0',
    ],
  ];
  test.each<Foreign>([
    ...(isRoot ? owned : []),
    ['can be written by its group', async () => chmod(at('.'), 0o775), 'can be changed by other users (mode 775)'],
    ['can be written by everybody', async () => chmod(at('.'), 0o777), 'can be changed by other users (mode 777)'],
    [
      'lies where everybody can write',
      async () => chmod(join(root, 'sandboxes'), 0o777),
      'can be changed by other users (mode 777)',
    ],
    [
      'is a link',
      async () => {
        await rename(at('.'), join(host.directory, 'elsewhere'));
        await symlink(join(host.directory, 'elsewhere'), join(root, 'sandboxes/vm-001'));
      },
      'is not a directory',
    ],
  ])('that %s is left alone, and so is the process that it names', async (_, change, problem) => {
    await create();
    const bystander = await startBystander();
    await writeFile(at('vmm.process'), await noteOf(bystander.pid));
    await change();
    const isLink = problem === 'is not a directory';
    for (const work of [start, stop, async () => deleteVm({ ...vm, root, force: true }, ports)]) {
      await expect(work()).rejects.toThrow(isLink ? /is not a directory|no VM / : problem);
    }
    expect(await listed()).toMatchObject({
      name: 'vm-001',
      state: 'broken',
      problem: expect.stringContaining(problem),
    });
    expect(await isThere(bystander.pid)).toBe(true);
  });
});

describe('a process is ended only if it is the VMM', () => {
  test('a note that names a process that works elsewhere', async () => {
    await create();
    const bystander = await startBystander();
    await writeFile(at('vmm.process'), await noteOf(bystander.pid));
    expect(await listed()).toMatchObject({ state: 'stopped' });
    expect(await stop()).toBe('did not run');
    expect(await isThere(bystander.pid)).toBe(true);
  });

  testAsRoot("a note of another user's ends all work", async () => {
    await create();
    await writeFile(at('vmm.process'), 'x');
    await chown(at('vmm.process'), uid, gid);
    await expect(stop()).rejects.toThrow('vmm.process was not written by this user');
  });

  test('so does one that is a link', async () => {
    await create();
    await symlink('/proc/self/stat', at('vmm.process'));
    await expect(stop()).rejects.toThrow('vmm.process is not a plain file');
  });

  testAsRoot("a VMM that says it is a process of root's, even one that works in its directory", async () => {
    await create();
    const bystander = await startBystander(at('.'));
    await serve(at('run/api.sock'), bystander.pid);
    await chown(at('run/api.sock'), uid, gid);
    await expect(stop()).rejects.toThrow(
      `cannot identify what listens at the socket of vm-001: process ${bystander.pid} is a different program`,
    );
    expect(await listed()).toMatchObject({ state: 'broken' });
    expect(await isThere(bystander.pid)).toBe(true);
    // The same words of a process of its own user are true.
    const own = await startBystander(at('.'), uid);
    helpers.pop();
    await rm(at('run/api.sock'));
    await serve(at('run/api.sock'), own.pid);
    await chown(at('run/api.sock'), uid, gid);
    helpers.push(own);
    expect(await stopHurriedly(50)).toBe('forced');
    expect(own.signalCode ?? (await once(own, 'exit'))[1]).toBe('SIGKILL');
    expect(await isThere(bystander.pid)).toBe(true);
  });

  test('a VMM that puts another socket in the place of its own does not have that asked', async () => {
    await create();
    const { pid } = await start();
    const { requests } = await serve(join(host.directory, 'docker.sock'));
    await rm(at('run/api.sock'));
    await symlink(join(host.directory, 'docker.sock'), at('run/api.sock'));
    expect(await listed()).toMatchObject({
      state: 'broken',
      pid,
      problem: expect.stringContaining('is not a socket of this VM'),
    });
    expect(await stopHurriedly(100)).toBe('forced');
    expect(await isThere(pid)).toBe(false);
    await start();
    await rm(at('run/api.sock'));
    await link(join(host.directory, 'docker.sock'), at('run/api.sock'));
    expect(await stopHurriedly(100)).toBe('forced');
    await start();
    await rename(at('run'), at('hidden'));
    await mkdir(join(host.directory, 'far'));
    await link(join(host.directory, 'docker.sock'), join(host.directory, 'far/api.sock'));
    await symlink(join(host.directory, 'far'), at('run'));
    await expect(stopHurriedly(100)).rejects.toThrow('is not a directory');
    expect(requests).toEqual([]);
    await rm(at('run'));
    await rename(at('hidden'), at('run'));
  });
});

describe('links in the directory of a VM', () => {
  test('are replaced where we write, and what they lead to stays as it is', async () => {
    await create();
    const victim = join(host.directory, 'victim');
    await writeFile(victim, 'precious');
    await chmod(victim, 0o600);
    for (const file of ['serial.log', 'vmm.log', 'vmm.out', 'vmm.process.part']) {
      await rm(at(file), { force: true });
      await symlink(victim, at(file));
    }
    await rm(at('run'), { recursive: true });
    await mkdir(join(host.directory, 'victims'));
    await writeFile(join(host.directory, 'victims/api.sock'), 'precious');
    await symlink(join(host.directory, 'victims'), at('run'));
    await expect(start()).rejects.toThrow('is not a directory');
    await rm(at('run'));
    await start();
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(await readFile(join(host.directory, 'victims/api.sock'), 'utf8')).toBe('precious');
    expect(await stat(victim)).toMatchObject({ uid: ownUid, gid: ownGid });
    for (const file of ['serial.log', 'vmm.log', 'vmm.out', 'vmm.process'])
      expect((await lstat(at(file))).isFile()).toBe(true);
  });

  test.each(['disk.qcow2', 'cloud-init.iso'])('and other names of files are not given away: %s', async (file) => {
    await create();
    // From there, too, the disk's backing file is its image.
    const victim = join(root, 'sandboxes/other/victim');
    await mkdir(join(root, 'sandboxes/other'));
    await rename(at(file), victim);
    await chown(victim, ownUid, ownGid);
    for (const [make, problem] of [
      [symlink, 'is not a plain file'],
      [link, 'has other hard links'],
    ] as const) {
      await make(victim, at(file));
      await expect(start()).rejects.toThrow(problem);
      expect(await stat(victim)).toMatchObject({ uid: ownUid, gid: ownGid });
      await rm(at(file));
    }
  });

  test('and a VMM that gives its disk another name does not keep its VM from starting', async () => {
    await create();
    await link(at('disk.qcow2'), at('run/disk'));
    expect(await start()).toMatchObject({ changed: true });
  });

  test("and whole trees in what a VM's user can write: delete removes the links alone", async () => {
    await create();
    await mkdir(join(host.directory, 'victims'));
    await writeFile(join(host.directory, 'victims/file'), 'precious');
    await symlink(join(host.directory, 'victims'), at('run/link'));
    await deleteVm({ ...vm, root, force: false }, ports);
    expect(await readFile(join(host.directory, 'victims/file'), 'utf8')).toBe('precious');
  });
});

asRoot('locks', () => {
  test('of VMs and of the host cannot be held by other users', async () => {
    await create();
    await start();
    for (const path of [
      at('.'),
      at('launch.json/..'),
      join(root, '.locks'),
      join(root, '.locks/switch'),
      join(root, '.locks/pull'),
    ])
      expect([path, await canLock(path)]).toEqual([path, false]);
    expect(await canLock(at('.'), 0)).toBe(true);
  });

  test('that an earlier release has left open to all are closed', async () => {
    await create();
    for (const path of [at('.'), join(root, '.locks')]) await chmod(path, 0o755);
    for (const file of ['switch', 'pull']) await chmod(join(root, '.locks', file), 0o644);
    expect(await canLock(join(root, '.locks/switch'))).toBe(true);
    await start();
    await stop();
    expect(await canLock(at('.'))).toBe(false);
    await pruneHost({ root, image: 'ubuntu-base', apply: false }, ports);
    expect(await canLock(join(root, '.locks'))).toBe(false);
    expect(await canLock(join(root, '.locks/switch'))).toBe(false);
    await chmod(join(root, '.locks'), 0o755);
    expect(await canLock(join(root, '.locks/switch'))).toBe(false);
  });

  test('that belong to another user are not taken', async () => {
    await chown(join(root, '.locks'), uid, gid);
    await expect(create()).rejects.toMatchObject({
      message: `${join(root, '.locks')} belongs to user 65534, not to user 0`,
    });
    await rm(join(root, '.locks'), { recursive: true });
    await mkdir(join(host.directory, 'locks'));
    await symlink(join(host.directory, 'locks'), join(root, '.locks'));
    await expect(create()).rejects.toThrow('.locks is not a directory');
  });
});

test('the command that create gives starts the VM by hand, as start does', async () => {
  const { createVm } = await import('../../../src/host/vm/create-vm.js');
  const { command } = await createVm(
    {
      root,
      name: 'vm-001',
      image: 'ubuntu-base',
      cpus: 2,
      memoryMiB: 1024,
      network: 'dhcp',
      userData: { sshKeys: [], commands: [] },
      ...vmUser,
    },
    ports,
  );
  const byHand = command.map((word) =>
    word === 'cloud-hypervisor' ? join(host.directory, 'bin/cloud-hypervisor') : word,
  );
  const child = spawn(byHand[0]!, byHand.slice(1), { cwd: at('.'), stdio: 'ignore' });
  helpers.push(child);
  while ((await listed())?.state !== 'running')
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  const words = async (pid: number): Promise<string> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replace(/^.*?\0--api-socket/, '');
  const said = await words(child.pid!);
  expect(await readlink(`/proc/${child.pid}/cwd`)).toBe(join(root, 'sandboxes/vm-001'));
  expect(await stop()).toBe('powered off');
  const { pid } = await start();
  // It has a console, which a command that a person types has not.
  expect(await words(pid)).toBe(said.replace('--serial\0file=serial.log', '--serial\0tty'));
});

test('a plain user runs VMs as itself, in directories that are closed to others', async () => {
  const compiled = join(host.directory, 'compiled');
  await compileSources(['src'], compiled);
  const run = async (...words: readonly string[]): Promise<{ readonly code: number; readonly output: string }> => {
    const child = startAsPlainUser(
      join(compiled, 'src/entry/cli.js'),
      [...words, '--root', root],
      join(host.directory, 'bin'),
    );
    const [stdout, stderr, closed] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: closed[0] as number, output: stdout + stderr };
  };
  await giveToPlainUser(root);
  const self = isRoot ? plainUid : ownUid;
  expect(await run('vm', 'create', 'vm-001', '--user', 'nobody')).toMatchObject({
    code: 2,
    output: expect.stringContaining('only root can run a VM as user "nobody"'),
  });
  const created = await run('vm', 'create', 'vm-001');
  expect(created).toMatchObject({
    code: 0,
    output: expect.stringContaining(' && cloud-hypervisor --api-socket path=run/api.sock'),
  });
  const started = await run('vm', 'start', 'vm-001');
  expect(started).toMatchObject({ code: 0 });
  const pid = Number(/process (\d+)/.exec(started.output)?.[1]);
  expect(await readFile(`/proc/${pid}/status`, 'utf8')).toContain(`Uid:\t${self}\t`);
  expect((await ownership('.')).slice(0, 2)).toEqual(['711', self]);
  for (const file of ['disk.qcow2', 'cloud-init.iso', 'serial.log'])
    expect([file, ...(await ownership(file)).slice(0, 2)]).toEqual([file, '600', self]);
  if (isRoot) {
    expect([await canLock(at('.')), await canLock(at('.'), plainUid)]).toEqual([false, true]);
    // To root it is a directory of somebody else's.
    await expect(stop()).rejects.toThrow(`belongs to user ${plainUid}, not to user 0`);
  }
  expect(await run('vm', 'delete', 'vm-001', '--force')).toMatchObject({ code: 0 });
  expect(await isThere(pid)).toBe(false);
});

test("no source turns off Cloud Hypervisor's own filter for system calls", async () => {
  const src = join(import.meta.dirname, '../../../src');
  const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith('.ts'));
  expect(files).toContain('host/vm/confinement.ts');
  for (const file of files)
    expect([file, (await readFile(join(src, file), 'utf8')).includes('--seccomp')]).toEqual([file, false]);
});
