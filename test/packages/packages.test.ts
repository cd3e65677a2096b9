import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '../../src/objects/directory/directory-store.js';
import { sha256OfFile } from '../../src/platform/fs/files.js';
import { cleanRootWithinMs, makeCleanRoot, type CleanRoot } from '../fixtures/clean-root.js';
import { publishTestVersion } from '../fixtures/host-versions.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeEmptyImage } from '../fixtures/vm-host.js';

const repository = join(import.meta.dirname, '../..');
const processes = createTestProcesses();
/** Packing takes minutes, so packages that were packed before can be tested. */
const packed = process.env['CH_GOLDEN_PACKAGES'];
const packWithinMs = 15 * 60_000;
const testWithinMs = 10 * 60_000;

let directory: string;
let packages: string;
let root: CleanRoot;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-packages-'));
  packages = packed ?? join(directory, 'packages');
  if (packed === undefined) {
    const program = join(repository, 'scripts/package.mjs');
    await processes.run({ argv: [process.execPath, program, packages], timeoutMs: packWithinMs });
  }
  root = await makeCleanRoot();
  await publishTestVersion(createDirectoryStore(join(root.path, 'srv/store'), { processes }), {
    image: await makeEmptyImage(directory),
  });
  await writeFile(
    join(root.path, 'usr/local/bin/cloud-hypervisor'),
    '#!/bin/sh\nprintf "cloud-hypervisor v53.0.0\\nMigration Protocol Versions: 0\\n"\n',
  );
  await chmod(join(root.path, 'usr/local/bin/cloud-hypervisor'), 0o755);
}, packWithinMs + cleanRootWithinMs);
afterAll(async () => {
  await root.remove();
  await rm(directory, { recursive: true, force: true });
});

async function nameOf(ending: string): Promise<string> {
  const found = (await readdir(packages)).find((name) => name.endsWith(ending));
  if (found === undefined) throw new Error(`no *${ending} in ${packages}`);
  return found;
}

/** Pulls, creates a VM and checks the machine, with whichever `ch-golden` is on PATH. */
async function useCli(host: string): Promise<void> {
  const at = ['--root', host];
  await root.run(['ch-golden', 'pull', '--store', 'file:///srv/store', ...at]);
  const { stdout: versions } = await root.run(['ch-golden', 'host', 'list', '--json', ...at]);
  expect(JSON.parse(versions)).toMatchObject([{ version: 1, state: 'whole', use: 'current' }]);
  await root.run(['ch-golden', 'vm', 'create', 'vm-001', '--user', 'root', '--cpus', '1', ...at]);
  const { stdout: vms } = await root.run(['ch-golden', 'vm', 'list', '--json', ...at]);
  expect(JSON.parse(vms)).toMatchObject([{ name: 'vm-001', state: 'stopped' }]);
  expect(await readdir(join(root.path, host, 'sandboxes/vm-001'))).toContain('cloud-init.iso');
  // This machine lacks what a build needs, and doctor reports that.
  const doctor = ['ch-golden', 'doctor', '--json', '--store', '/srv/store', ...at];
  const { stdout: findings } = await root.run(['sh', '-c', '"$@" || test $? = 1', 'sh', ...doctor]);
  expect(JSON.parse(findings)).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'store', state: 'ok' })]),
  );
}

test('SHA256SUMS has all packages', async () => {
  const lines = (await readFile(join(packages, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n');
  const names = (await readdir(packages)).filter((name) => name !== 'SHA256SUMS').sort();
  const sums = await Promise.all(names.map(async (name) => `${await sha256OfFile(join(packages, name))}  ${name}`));
  expect([...lines].sort()).toEqual([...sums].sort());
  expect(names).toHaveLength(3);
});

test(
  'the .deb in a clean root: brings what a host needs, pulls, creates a VM, and checks the machine',
  async () => {
    await copyFile(join(packages, await nameOf('.deb')), join(root.path, 'srv/ch-golden.deb'));
    const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', '/srv/ch-golden.deb'];
    await root.run(['env', 'DEBIAN_FRONTEND=noninteractive', ...install]);
    await expect(root.run(['which', 'node'])).rejects.toMatchObject({ exitCode: 1 });
    await useCli('/srv/host-of-deb');
    const installed = (await root.run(['dpkg', '-L', 'ch-golden'])).stdout.split('\n');
    expect(installed).toEqual(
      expect.arrayContaining([
        '/usr/bin/ch-golden',
        '/usr/lib/systemd/system/ch-golden-pull.timer',
        '/usr/share/bash-completion/completions/ch-golden',
        '/usr/share/fish/vendor_completions.d/ch-golden.fish',
        '/usr/share/man/man1/ch-golden-vm-create.1.gz',
        '/usr/share/zsh/vendor-completions/_ch-golden',
      ]),
    );
    await root.run(['apt-get', 'purge', '-y', '-qq', 'ch-golden']);
    expect(await readdir(join(root.path, 'srv/host-of-deb'))).toContain('versions');
  },
  testWithinMs,
);

test(
  'npm install -g of the tarball: nothing is fetched, pulls, creates a VM, and checks the machine',
  async () => {
    const prefix = join(root.path, 'usr/local');
    const tarball = join(packages, await nameOf('.tgz'));
    await processes.run({
      argv: ['npm', 'install', '--global', '--offline', '--prefix', prefix, tarball],
      env: { npm_config_cache: join(directory, 'cache') },
    });
    expect(await readdir(join(prefix, 'lib/node_modules'))).toEqual(['ch-golden']);
    await mkdir(join(prefix, 'bin'), { recursive: true });
    await copyFile(process.execPath, join(prefix, 'bin/node'));
    await chmod(join(prefix, 'bin/node'), 0o755);
    await useCli('/srv/host-of-tarball');
  },
  testWithinMs,
);
