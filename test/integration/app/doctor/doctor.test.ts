import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../src/app/doctor/finding.js';
import { compileSources } from '../../../fixtures/compile-sources.js';
import { startOwnHost, withBridge, withoutUserNamespaces, withSudo, type OwnHost } from '../../../fixtures/own-host.js';
import { giveToPlainUser } from '../../../fixtures/plain-user.js';

let compiled: string;
let directory: string;
let host: OwnHost | undefined;

beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'doctor-sources-'));
  await compileSources(['src'], compiled);
  await copyFile(join(import.meta.dirname, '..', '..', '..', '..', 'package.json'), join(compiled, 'package.json'));
  await giveToPlainUser(compiled);
});
afterAll(async () => rm(compiled, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterEach(async () => {
  await host?.end();
  host = undefined;
  await rm(directory, { recursive: true });
});

/**
 * What `ch-golden doctor` reports to a plain user of such a machine. Cloud Hypervisor is a script that prints its
 * release.
 */
async function runDoctor(
  setUp: string,
  ...flags: readonly string[]
): Promise<{ readonly code: unknown; readonly findings: ReadonlyMap<string, Finding> }> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'cloud-hypervisor'), '#!/bin/sh\necho cloud-hypervisor v53.0.0\n', { mode: 0o755 });
  await giveToPlainUser(directory);
  host = await startOwnHost(directory, setUp);
  const options = [
    '--store',
    join(directory, 'store'),
    '--work-folder',
    join(directory, 'work'),
    '--cache-folder',
    join(directory, 'cache'),
    '--daemon-builder',
    'prebuilt',
    '--daemon-binary',
    'd',
  ];
  const run = host.start([
    'env',
    `PATH=${bin}:/usr/bin:/bin`,
    process.execPath,
    join(compiled, 'src', 'entry', 'cli.js'),
    'doctor',
    '--json',
    ...options,
    ...flags,
  ]);
  const [output, errors, [code]] = await Promise.all([
    text(run.stdout),
    text(run.stderr),
    once(run, 'exit') as Promise<[unknown]>,
  ]);
  if (output === '') throw new Error(errors);
  const findings = JSON.parse(output) as readonly Finding[];
  return { code, findings: new Map(findings.map((finding) => [finding.name, finding])) };
}

/** Only root can make such a host. */
const onOwnHost = process.getuid?.() === 0 ? describe : describe.skip;

onOwnHost('the doctor of a plain user', () => {
  test('names the setting that forbids namespaces, and exits with 1', async () => {
    const { code, findings } = await runDoctor(withoutUserNamespaces);
    const fix = 'sudo sysctl user.max_user_namespaces=15000';
    expect(code).toBe(1);
    expect(findings.get('mount namespace')).toEqual({
      name: 'mount namespace',
      state: 'broken',
      text: 'this user cannot create a mount namespace: user.max_user_namespaces is 0',
      fix,
    });
    expect(findings.get('network namespace')).toMatchObject({
      state: 'warning',
      text: 'this user cannot create a network namespace: user.max_user_namespaces is 0',
      fix,
    });
    expect(findings.get('qemu-img')).toMatchObject({
      state: 'ok',
      text: expect.stringMatching(/^\d+\.\d+\S*, \/usr\/bin\/qemu-img$/),
    });
    expect(findings.get('work directory')?.text).toMatch(
      new RegExp(
        ' free in .*; a build uses up to .* ' +
          '\\(the edits 512 MiB, the image 1\\.5 GiB, 2 smoke VMs 512 MiB, a downloaded base 1 GiB\\)$',
      ),
    );
    expect(findings.get('store')).toMatchObject({ state: 'ok' });
  });

  test('finds the bridge and sudo', async () => {
    const { findings } = await runDoctor(withSudo + withBridge, '--smoke-network', 'bridge=br0');
    expect(findings.get('smoke-network')).toEqual({
      name: 'smoke-network',
      state: 'ok',
      text: 'smoke VMs can be attached to bridge br0',
    });
    expect(findings.get('network namespace')).toEqual({
      name: 'network namespace',
      state: 'ok',
      text: 'can be created in a user namespace',
    });
    expect(findings.get('ip')).toMatchObject({ state: 'ok' });
  });

  test('uses sudo if it is the only way', async () => {
    const { findings } = await runDoctor(withSudo + withoutUserNamespaces);
    expect(findings.get('network namespace')).toEqual({
      name: 'network namespace',
      state: 'ok',
      text: 'can be created through sudo; user namespaces are forbidden',
    });
  });

  test('reports that packages need root', async () => {
    const { code, findings } = await runDoctor('', '--packages', 'htop', '--driver', 'mount');
    expect(code).toBe(1);
    expect(findings.get('driver')).toMatchObject({ state: 'broken', fix: expect.stringContaining('sudo') });
  });
});
