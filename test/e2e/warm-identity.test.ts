import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/clock.js';
import type { GoldenImage } from '../../src/image/golden-image.js';
import type { Processes } from '../../src/platform/process/processes.js';
import { findFreePort } from '../../src/smoke/free-port.js';
import { getOverHttp } from '../../src/smoke/http-get.js';
import type { SmokeVm } from '../../src/smoke/machine.js';
import { createQemu, readQemu } from '../../src/smoke/qemu.js';
import {
  createIdentityReader,
  renderIdentity,
  warmGuest,
  type IdentityRecord,
} from '../../src/vmm/identity-records.js';
import { toYaml, writeSeedIso } from '../../src/vmm/seed-iso.js';
import { testBaseWithinMs } from '../fixtures/base.js';
import { goldenDaemonVersion, makeGolden } from '../fixtures/golden.js';
import { createTestProcesses } from '../fixtures/ports.js';

/** A boot takes minutes without KVM, so it runs only with `npm run test:warm`. */
const whenChosen = process.env['WARM'] === 'all' ? describe : describe.skip;
const withinMs = 30 * 60_000;
const mac = '52:54:00:c4:00:0a';
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0000000000000000000000000000000000000000000 test';

/** Lines `KEY VALUE`, that are no records. */
const facts = String.raw`
{
  echo
  echo "fact hostname $(uname -n) $(cat /etc/hostname)"
  echo "fact machine-id $(cat /etc/machine-id)"
  echo "fact boot-id $(cat /proc/sys/kernel/random/boot_id)"
  echo "fact keys $(cd /etc/ssh && echo ssh_host_*_key)"
  echo "fact fingerprint $(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)"
  pid=$(systemctl show -p MainPID --value daytona-daemon)
  echo "fact daemon $pid"
  echo "fact sandbox $(tr '\000' '\n' < /proc/$pid/environ | sed -n 's/^DAYTONA_SANDBOX_ID=//p')"
  echo "fact timers $(systemctl list-units --type=timer --state=active --plain --no-legend | wc -l)"
  echo "fact failed $(systemctl --failed --plain --no-legend | cut -d' ' -f1 | tr '\n' ' ')"
  echo "fact user $(id -nG daytona 2>&1) $(cat /home/daytona/.ssh/authorized_keys 2> /dev/null)"
  echo "fact written $(cat /etc/written 2> /dev/null)"
  echo "fact presented $(ssh-keyscan -t ed25519 127.0.0.1 2> /dev/null | ssh-keygen -lf - | cut -d' ' -f2)"
  echo "fact address $(ip -4 -o address show scope global | tr -s ' ' | cut -d' ' -f2,4)"
  echo "fact journal $(journalctl -b --no-pager -q | wc -l)"
} > /dev/hvc0
`;

const templateScript = `
systemctl is-system-running --wait > /dev/null
until curl -sf -o /dev/null http://127.0.0.1:2280/version; do sleep 1; done
${facts}
${warmGuest.prepareTemplate}
echo "fact timers $(systemctl list-units --type=timer --state=active --plain --no-legend | wc -l)" > /dev/hvc0
read -r uptime _ < /proc/uptime
read -r machine_id < /etc/machine-id
read -r boot_id < /proc/sys/kernel/random/boot_id
printf '\\nch-golden/1 template-ready %s %s %s %s\\n' \
  "$uptime" "hostname=$(uname -n)" "machine-id=$machine_id" "boot-id=$boot_id" > /dev/hvc0
`;

whenChosen('a golden image as a warm template', () => {
  let golden: GoldenImage;
  let directory: string;
  let machine: SmokeVm | undefined;
  const processes: Processes = createTestProcesses();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ch-golden-warm-'));
    golden = await makeGolden(directory);
  }, testBaseWithinMs);
  afterAll(async () => {
    await machine?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function writeSeed(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    const iso = join(directory, `${name}.iso`);
    await writeSeedIso(files, { directory: join(directory, `${name}-seed`), iso }, processes);
    return iso;
  }

  async function startTemplate(): Promise<SmokeVm> {
    const vm = join(directory, 'vm');
    await mkdir(vm);
    const disk = join(vm, 'disk.qcow2');
    await processes.run({
      argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', golden.image.path, disk],
    });
    const seed = await writeSeed('template', {
      'meta-data': toYaml({ 'instance-id': 'ch-golden-template', 'local-hostname': 'template' }),
      'network-config': toYaml({ config: 'disabled' }),
      'user-data': `#cloud-config\n${toYaml({
        ssh_genkeytypes: ['ed25519'],
        bootcmd: [
          `mkdir -p /run/ch-golden && touch ${warmGuest.marker}`,
          `cat > /run/probe.sh <<'END'\n${templateScript}END\nsystemd-run --no-block --unit=probe sh /run/probe.sh\n`,
        ],
      })}`,
    });
    const signal = new AbortController().signal;
    const qemu = createQemu('tcg', await readQemu(processes), { processes, clock: systemClock, signal });
    return qemu.start({
      name: 'template',
      directory: vm,
      kernel: golden.kernel.path,
      initramfs: golden.initramfs.path,
      cmdline: golden.cmdline,
      memoryMiB: 1024,
      cpus: 1,
      disks: [
        { path: disk, format: 'qcow2', readOnly: false },
        { path: seed, format: 'raw', readOnly: true },
      ],
    });
  }

  async function waitFor(of: 'template' | 'clone', last: string, skip: number): Promise<readonly IdentityRecord[]> {
    for (;;) {
      const bytes = (await readFile(machine!.probeConsole)).subarray(skip);
      const records = createIdentityReader(of).read(bytes);
      const step = records.at(-1)?.step;
      if (step === 'failed') throw new Error(bytes.toString('latin1'));
      if (step === last) return records;
      const exit = await Promise.race([machine!.exited, sleep(500)]);
      if (exit !== undefined) throw new Error(`QEMU exited: ${machine!.tail().join('\n')}`);
    }
  }

  const readFacts = async (skip: number): Promise<ReadonlyMap<string, string>> =>
    new Map(
      [
        ...(await readFile(machine!.probeConsole))
          .subarray(skip)
          .toString()
          .matchAll(/^fact ([a-z-]+) (.*?)\r?$/gm),
      ].map(([, name, value]) => [name!, value!]),
    );

  test(
    'a seed and a card that are plugged in give it an identity of its own',
    async () => {
      machine = await startTemplate();
      await waitFor('template', 'template-ready', 0);
      const skip = (await readFile(machine.probeConsole)).length;
      const before = await readFacts(0);

      const seed = await writeSeed('clone', {
        'meta-data': toYaml({ 'instance-id': 'vm-1', 'local-hostname': 'vm-one' }),
        'network-config': toYaml({
          version: 2,
          ethernets: {
            vm: {
              match: { macaddress: mac },
              addresses: ['10.0.2.15/24'],
              routes: [{ to: '0.0.0.0/0', via: '10.0.2.2' }],
            },
          },
        }),
        'user-data': `#cloud-config\n${toYaml({
          ssh_genkeytypes: ['ed25519', 'ecdsa'],
          users: ['default', { name: 'daytona', ssh_authorized_keys: [key] }],
          write_files: [{ path: '/etc/written', content: 'by the seed' }],
          runcmd: [facts],
        })}`,
        identity: renderIdentity({
          instanceId: 'vm-1',
          hostname: 'vm-one',
          macAddress: mac,
          address: '10.0.2.15/24',
          gateway: '10.0.2.2',
          nameservers: [],
        }),
        entropy: randomBytes(64),
      });
      const monitor = join(directory, 'vm', 'qmp.sock');
      await unplugSeed(monitor);
      const port = await findFreePort();
      await executeAll(monitor, [
        [
          'blockdev-add',
          { driver: 'raw', 'node-name': 'clone', 'read-only': true, file: { driver: 'file', filename: seed } },
        ],
        ['netdev_add', { type: 'user', id: 'net0', restrict: true, hostfwd: [{ str: `tcp:127.0.0.1:${port}-:2280` }] }],
        ['device_add', { driver: 'virtio-blk-pci', drive: 'clone', id: 'seed' }],
        ['device_add', { driver: 'virtio-net-pci', netdev: 'net0', mac, romfile: '', id: 'card' }],
      ]);
      await waitFor('clone', 'ready', skip);
      const response = await getOverHttp(
        { host: '127.0.0.1', port, path: '/version', timeoutMs: 60_000 },
        new AbortController().signal,
      );
      expect(response.body).toContain(goldenDaemonVersion);
      const records = await waitFor('clone', 'done', skip);
      const after = await readFacts(skip);
      await writeFile(join(tmpdir(), 'ch-golden-warm-identity.log'), await readFile(machine.probeConsole));

      expect(records.at(-2)).toMatchObject({ step: 'cloud-init', status: 'done' });
      const names = records.find((record) => record.step === 'names');
      const keys = records.find((record) => record.step === 'ssh-keys');
      expect(Object.fromEntries(after)).toMatchObject({
        hostname: 'vm-one vm-one',
        'machine-id': names?.machineId,
        'boot-id': names?.bootId,
        keys: 'ssh_host_ecdsa_key ssh_host_ed25519_key',
        // cloud-init keeps the key that was acknowledged, and the server has it.
        fingerprint: keys?.fingerprint,
        presented: keys?.fingerprint,
        sandbox: 'vm-one',
        timers: '0',
        failed: '',
        user: `daytona ${key}`,
        written: 'by the seed',
      });
      expect(after.get('address')).toMatch(/^\w+ 10\.0\.2\.15\/24$/);
      expect(Number(after.get('journal'))).toBeGreaterThan(0);
      expect(before.get('sandbox')).toBe('template');
      expect(before.get('timers')).toBe('0');
      for (const name of ['hostname', 'machine-id', 'boot-id', 'fingerprint', 'daemon', 'sandbox'])
        expect(after.get(name)).not.toBe(before.get(name));
    },
    withinMs,
  );
});

/** The template's seed is the second disk. Devices without a name are found by their type. */
async function unplugSeed(monitor: string): Promise<void> {
  const place = '/machine/peripheral-anon';
  const [devices] = await executeAll(monitor, [['qom-list', { path: place }]]);
  const seeds = (devices as { name: string; type: string }[])
    .filter(({ type }) => type.startsWith('child<virtio-blk-pci'))
    .map(({ name }) => name)
    .sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)));
  await executeAll(monitor, [['device_del', { id: `${place}/${seeds.at(-1)!}` }]]);
  for (;;) {
    const [left] = await executeAll(monitor, [['qom-list', { path: place }]]);
    if (!(left as { name: string }[]).some(({ name }) => name === seeds.at(-1))) return;
    await sleep(500);
  }
}

/** QMP with arguments, which the product does not need. */
async function executeAll(
  socketPath: string,
  commands: readonly (readonly [command: string, args: object])[],
): Promise<readonly unknown[]> {
  const socket = connect(socketPath);
  const waiting = [['qmp_capabilities', {}] as const, ...commands];
  const results: unknown[] = [];
  try {
    for await (const line of createInterface({ input: socket })) {
      const message = JSON.parse(line) as { QMP?: unknown; return?: unknown; error?: unknown };
      if (message.error !== undefined) throw new Error(line);
      if (message.QMP === undefined && message.return === undefined) continue;
      if (message.return !== undefined) results.push(message.return);
      const next = waiting.shift();
      if (next === undefined) return results.slice(1);
      socket.write(`${JSON.stringify({ execute: next[0], arguments: next[1] })}\n`);
    }
    throw new Error('the monitor closed the connection');
  } finally {
    socket.destroy();
  }
}
