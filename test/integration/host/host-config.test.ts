import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHostConfig, writeHostConfig } from '../../../src/host/host-config.js';
import { readVmUser, resolveVmUser, setVmUser } from '../../../src/host/vm/vm-user.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const ports = { processes: createTestProcesses(), log: silentLog };
let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-config-'));
  path = join(root, 'host.json');
});
afterEach(async () => rm(root, { recursive: true }));

test('a host without one has the defaults', async () => expect(await readHostConfig(root)).toEqual({ schema: 1 }));

test('what this release does not know is kept', async () => {
  await writeFile(path, '{"schema":1,"later":{"a":[1]}}');
  await writeHostConfig(root, { ...(await readHostConfig(root)), vmUser: 'vm' });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ schema: 1, later: { a: [1] }, vmUser: 'vm' });
});

test.each<[string, () => Promise<void>, string]>([
  ['is not JSON', async () => writeFile(path, '{'), 'is not a valid host configuration'],
  ['is of a later kind', async () => writeFile(path, '{"schema":2}'), 'is not a valid host configuration'],
  [
    'has a user that is no text',
    async () => writeFile(path, '{"schema":1,"vmUser":0}'),
    'is not a valid host configuration',
  ],
  [
    'is larger than one can be',
    async () => writeFile(path, `{"schema":1,"x":"${'x'.repeat(70_000)}"}`),
    'is larger than 65536 bytes',
  ],
  ['is a link', async () => symlink('/etc/passwd', path), 'is not a plain file'],
  ['is a directory', async () => mkdir(path), 'is not a plain file'],
  [
    'is a pipe',
    async () => {
      await ports.processes.run({ argv: ['mkfifo', path] });
    },
    'is not a plain file',
  ],
  [
    'can be written by others',
    async () => {
      await writeFile(path, '{"schema":1}');
      await chmod(path, 0o666);
    },
    'can be changed by other users (mode 666)',
  ],
])('one that %s is a failure', async (_, make, problem) => {
  await make();
  await expect(readHostConfig(root)).rejects.toThrow(problem);
});

testAsRoot('one that belongs to another user is a failure', async () => {
  await writeFile(path, '{"schema":1}');
  await chown(path, 65534, 65534);
  await expect(readHostConfig(root)).rejects.toThrow('belongs to user 65534, not to user 0');
});

testAsRoot('the user of VMs is the one that was set, if it is there', async () => {
  expect(await setVmUser({ root, name: 'root' }, ports)).toEqual({ vmUser: 'root', source: 'host.json' });
  expect((await stat(path)).mode & 0o777).toBe(0o644);
  expect(await readVmUser(root, ports)).toEqual({ vmUser: 'root', source: 'host.json' });
  expect(await resolveVmUser({ root }, ports)).toBeUndefined();
  await writeFile(path, '{"schema":1,"vmUser":"nobody"}');
  expect(await resolveVmUser({ root }, ports)).toEqual({ name: 'nobody', uid: 65534, gid: 65534 });
  await writeFile(path, '{"schema":1,"vmUser":"--reuid=0"}');
  await expect(resolveVmUser({ root }, ports)).rejects.toThrow('user name "--reuid=0" is invalid');
  await writeFile(path, '{"schema":1,"vmUser":"nosuchuser"}');
  await expect(resolveVmUser({ root }, ports)).rejects.toThrow('VMs run as user "nosuchuser", which does not exist');
});
