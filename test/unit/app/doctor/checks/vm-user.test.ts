import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkVmUser } from '../../../../../src/app/doctor/checks/vm-user.js';
import { writeHostConfig } from '../../../../../src/host/host-config.js';
import { ToolError } from '../../../../../src/platform/errors.js';
import type { Command, Processes } from '../../../../../src/platform/process/processes.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doctor-user-'));
});
afterEach(async () => rm(root, { recursive: true }));

/** A machine with these users and the names of their groups. Without group permissions, nobody can open the device. */
function machineWith(users: Readonly<Record<string, { readonly uid: number; readonly groups: string }>>): Processes {
  const run = async ({ argv: [program, ...rest] }: Command): Promise<{ stdout: string; stderr: string }> => {
    const name = rest.at(-1) ?? '';
    const user = users[name];
    if (program === 'getent' && user !== undefined)
      return Promise.resolve({ stdout: `${name}:x:${user.uid}:${user.uid}::/:/bin/false\n`, stderr: '' });
    if (program === 'id') return Promise.resolve({ stdout: `${user?.groups ?? ''}\n`, stderr: '' });
    const exitCode = program === 'getent' ? 2 : 1;
    return Promise.reject(new ToolError(`${program} failed`, [program, ...rest], exitCode));
  };
  return { run } as unknown as Processes;
}

const check = async (
  users: Parameters<typeof machineWith>[0],
  self = 0,
): Promise<Awaited<ReturnType<typeof checkVmUser>>> => checkVmUser({ root }, { processes: machineWith(users) }, self);

test('is the default user', async () => {
  expect(await check({ 'ch-golden': { uid: 990, groups: 'ch-golden kvm' } })).toEqual({
    name: 'VM user',
    state: 'ok',
    text: 'ch-golden',
  });
});

test('that cannot use KVM is broken', async () => {
  expect(await check({ 'ch-golden': { uid: 990, groups: 'ch-golden' } })).toEqual({
    name: 'VM user',
    state: 'broken',
    text: 'user "ch-golden" cannot open /dev/kvm and is not in the group kvm',
    fix: 'sudo usermod --append --groups kvm ch-golden',
  });
});

test('that does not exist is a failure with the command that creates it', async () => {
  await expect(check({})).rejects.toMatchObject({ fix: expect.stringContaining('useradd --system') });
});

/** A host configuration must belong to root. */
const asRoot = process.geteuid?.() === 0 ? test : test.skip;
asRoot('that is root is a warning', async () => {
  await writeHostConfig(root, { schema: 1, vmUser: 'root' });
  expect(await check({ root: { uid: 0, groups: 'root' } })).toMatchObject({
    name: 'VM user',
    state: 'warning',
    text: expect.stringMatching(/^VMs run as root: /),
    fix: 'ch-golden host user ch-golden',
  });
});

test('of a plain user is that user', async () => {
  expect(await check({}, 1000)).toMatchObject({
    name: 'VM user',
    state: 'ok',
    text: expect.stringMatching(/^this user/),
  });
});
