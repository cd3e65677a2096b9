import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileSources } from '../../fixtures/compile-sources.js';
import { findLeftBehind, waitForNothingLeft } from '../../fixtures/left-behind.js';
import {
  runnerUid,
  startOwnHost,
  withBridge,
  withoutUserNamespaces,
  withSudo,
  type OwnHost,
} from '../../fixtures/own-host.js';
import { giveToPlainUser } from '../../fixtures/plain-user.js';

let sources: string;
let directory: string;
let host: OwnHost | undefined;

beforeAll(async () => {
  sources = await mkdtemp(join(tmpdir(), 'network-sources-'));
  await compileSources(
    ['src/smoke', 'src/entry/relay.ts', 'test/fixtures/boot-fake-vmm.ts', 'test/fixtures/install-fake-vmm.ts'],
    sources,
  );
  for (const name of ['fake-cloud-hypervisor.mjs', 'fake-guest.mjs', 'fake-warm.mjs'])
    await copyFile(join(import.meta.dirname, '../../fixtures', name), join(sources, 'test/fixtures', name));
  await giveToPlainUser(sources);
});
afterAll(async () => rm(sources, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'network-'));
});
afterEach(async () => {
  await host?.end();
  host = undefined;
  expect(await waitForNothingLeft(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

/** In the place of the guest: a network that takes the card of the machine, and asks for its address. */
const withGuest = `
printf '#!/bin/sh\\n[ "$1" != bound ] || ip address add "$ip/24" dev "$interface"\\n' >at-lease.sh
chmod +x at-lease.sh
cat >guest.sh <<'END'
until pid=$(cat machine/stand-in.pid) && nsenter --net --target="$pid" -- ip link set eth0 netns $$
do sleep 0.1; done 2>/dev/null
until [ -e may-ask ]; do sleep 0.1; done
ip link set eth0 up
busybox udhcpc -f -q -n -t 60 -T 1 -i eth0 -s ./at-lease.sh
exec '${process.execPath}' --eval '
require("node:http").createServer((request, response) => response.end()).listen(2280)'
END
staying unshare --net -- sh ./guest.sh
echo $! >guest.pid
`;

type Run = ChildProcessByStdio<null, Readable, Readable>;

async function bootOn(setUp: string, { bridge = 'isolated', behaviour = 'good', uid = runnerUid } = {}): Promise<Run> {
  const machine = join(directory, 'machine');
  await mkdir(machine);
  await giveToPlainUser(directory);
  host = await startOwnHost(directory, setUp);
  return host.start(
    [process.execPath, join(sources, 'test', 'fixtures', 'boot-fake-vmm.js'), machine, bridge, behaviour],
    uid,
  );
}

/** The lines until one that matches. @param onLine is called once there is a line */
async function readUntil(
  run: Run,
  wanted: RegExp,
  onLine: () => Promise<void> = async () => Promise.resolve(),
): Promise<readonly string[]> {
  let said = '';
  run.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  for await (const chunk of run.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    said += chunk;
    if (said.includes('\n')) await onLine();
    if (wanted.test(said)) return said.split('\n');
  }
  throw new Error(said);
}

async function kill(run: Run): Promise<void> {
  const ended = once(run, 'exit');
  run.kill('SIGKILL');
  await ended;
}

async function listInterfaces(): Promise<readonly string[]> {
  const links = JSON.parse(await host!.run('ip', '-json', 'link')) as readonly { readonly ifname: string }[];
  return links.map(({ ifname }) => ifname);
}

/** Until then, the guest does not ask for an address. */
const letGuestAsk = async (): Promise<void> => writeFile(join(directory, 'may-ask'), '');

/** Who runs the stand-in. */
async function listOwners(): Promise<readonly string[]> {
  const found = (await findLeftBehind(directory)).filter((line) => line.includes('fake-cloud-hypervisor'));
  const pids = found.map((line) => /^process (\d+)/.exec(line)?.[1] ?? '');
  return Promise.all(
    pids.map(async (pid) => /^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''),
  );
}

const answered = `uid ${runnerUid} got 200`;
/** Only root can make such a host. */
const onOwnHost = process.getuid?.() === 0 ? describe : describe.skip;

onOwnHost('where user namespaces are forbidden', () => {
  test("sudo makes the network, the VMM is the user's, and nothing is left of a run that is killed", async () => {
    const run = await bootOn(withoutUserNamespaces + withSudo);
    expect(await readUntil(run, /got/)).toContain(answered);
    expect(await listOwners()).toContain(String(runnerUid));
    await kill(run);
    expect(await waitForNothingLeft(join(directory, 'machine'))).toEqual([]);
  });

  test.each(['good', 'gets stuck'])('the VMM is stopped, though sudo is not ours to signal: %s', async (behaviour) => {
    const run = await bootOn(withoutUserNamespaces + withSudo, { behaviour });
    expect(await readUntil(run, /got/)).toContain(answered);
    const ended = once(run, 'exit');
    run.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    // Root's process ends by itself once our end of its pipe is closed.
    expect(await waitForNothingLeft(join(directory, 'machine'))).toEqual([]);
  });

  test('and there is no sudo, one line says so, and what allows them', async () => {
    await expect(readUntil(await bootOn(withoutUserNamespaces), /got/)).rejects.toThrow(
      new RegExp(
        'Failure: this user cannot create a network namespace: user\\.max_user_namespaces is 0\\n' +
          "[^]*fix: 'sudo sysctl user\\.max_user_namespaces=15000'",
      ),
    );
  });
});

onOwnHost('on a bridge with a DHCP server', () => {
  test.each([
    ['in a user namespace', withSudo, runnerUid],
    ['through sudo', withSudo + withoutUserNamespaces, runnerUid],
    ['as root', withoutUserNamespaces, 0],
  ])('the guest is asked at the address of its lease, its network being made %s', async (_way, setUp, uid) => {
    const run = await bootOn(setUp + withBridge + withGuest, { bridge: 'br0', uid });
    const lines = await readUntil(run, /got/, letGuestAsk);
    expect(lines).toContain(`uid ${uid} got 200`);
    expect(lines[0]).toBe(
      'no address for 52:54:00:c4:00:01 yet, neither in /var/lib/misc/dnsmasq.leases nor in ip neigh',
    );
    expect(await host!.run('cat', '/var/lib/misc/dnsmasq.leases')).toMatch(/ 52:54:00:c4:00:01 10\.77\.0\.50 /);
    expect((await listInterfaces()).filter((name) => !name.startsWith('chg-'))).toEqual(['lo', 'br0']);
    expect(await listInterfaces()).toHaveLength(3);
    await kill(run);
    while ((await listInterfaces()).length > 2) await delay(50);
    expect(await listInterfaces()).toEqual(['lo', 'br0']);
  });

  test('without a file of leases, what the kernel knows of its neighbours tells', async () => {
    const run = await bootOn(withSudo + withBridge.replace('/var/lib/misc/dnsmasq.leases', '/dev/null') + withGuest, {
      bridge: 'br0',
    });
    await letGuestAsk();
    const asking = readUntil(run, /got/);
    // What the guest tells the host of itself as soon as it sends something.
    const guest = (await readFile(join(directory, 'guest.pid'), 'utf8')).trim();
    const ping = async (): Promise<boolean> =>
      host!
        .run('nsenter', '--net', `--target=${guest}`, '--', 'busybox', 'ping', '-c', '1', '-W', '1', '10.77.0.1')
        .then(
          () => true,
          () => false,
        );
    while (!(await ping())) await delay(100);
    expect(await asking).toContain(answered);
    await kill(run);
  });

  test('that is not there, or cannot be joined without root, is said before anything is started', async () => {
    await expect(readUntil(await bootOn(withSudo + withBridge, { bridge: 'br1' }), /got/)).rejects.toThrow(
      /Failure: smoke-network: bridge br1 does not exist on this machine/,
    );
    await host?.end();
    await rm(join(directory, 'machine'), { recursive: true });
    await expect(readUntil(await bootOn(withBridge, { bridge: 'br0' }), /got/)).rejects.toThrow(
      /Failure: smoke-network: attaching VMs to bridge br0 needs root, and sudo asks for a password/,
    );
  });
});
