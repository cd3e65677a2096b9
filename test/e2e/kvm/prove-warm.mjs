// Makes a template on the real Cloud Hypervisor, starts two clones of it at once, stops both, and starts one again from
// its disk. Prints what it found, and what was left on the machine, as one line of JSON.
//   node prove-warm.mjs CLI STORE SCRATCH-DIRECTORY [USER]
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  golden,
  listLeft,
  networkOptions,
  root,
  run,
  runOnHost,
  scratch,
  seconds,
  store,
  tell,
  tryGetVersion,
  user,
  waitFor,
} from './kvm-host.mjs';

const size = ['--cpus', '1', '--memory', '512M'];
const names = ['warm-a', 'warm-b'];
const staticAddress = '10.77.0.11';
const key = (name) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0000000000000000000000000000000000000000000 ${name}`;

/**
 * Runs in each clone, after cloud-init has created its user. The boot ID below the mount is that of the template's
 * kernel. The marks keep the text of the script, which a shell may print, from being taken for its output.
 */
const facts = String.raw`
fact() { printf '\n%s %s %s\n' "fa""ct" "$1" "$2" > /dev/ttyS0; }
pid=$(systemctl show -p MainPID --value daytona-daemon)
fact hostname "$(uname -n)"
fact machine-id "$(cat /etc/machine-id)"
fact boot-id "$(cat /proc/sys/kernel/random/boot_id)"
fact kernel-boot-id "$(unshare -m sh -c 'umount /proc/sys/kernel/random/boot_id; cat /proc/sys/kernel/random/boot_id')"
fact host-key "$(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2)"
fact address "$(ip -4 -o address show scope global | tr -s ' ' | cut -d ' ' -f 4)"
fact mac "$(cat /sys/class/net/e*/address)"
fact sandbox-id "$(tr '\000' '\n' < /proc/$pid/environ | sed -n 's/^DAYTONA_SANDBOX_ID=//p')"
fact authorized-key "$(cat /home/daytona/.ssh/authorized_keys)"
fact failed "$(systemctl --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\n' ' ')"
fact end ""
`;

function readFacts(text) {
  return Object.fromEntries([...text.matchAll(/^fact ([a-z-]+) (.*?)\r*$/gm)].map(([, name, value]) => [name, value]));
}

/** Records of a guest: the last of its steps is `done`. */
function readRecords(name) {
  const text = readFileSync(join(root, 'sandboxes', name, 'records.log'), 'utf8');
  return [...text.matchAll(/^ch-golden\/1 (\S+) (\S+)(.*?)\r*$/gm)].map(([, step, at, values]) => ({
    step,
    at: Number(at),
    values: Object.fromEntries([...values.matchAll(/ ([a-z-]+)=(\S*)/g)].map(([, one, value]) => [one, value])),
  }));
}

function clonesOptions(name, address) {
  const keyFile = join(scratch, `${name}.pub`);
  writeFileSync(keyFile, `${key(name)}\n`);
  return [name, ...networkOptions(address), ...size, '--user', user, '--ssh-key', keyFile, '--run', facts];
}

/** One in one step and with a static address, and the other in two and by DHCP. */
async function startClones() {
  const [first, second] = names;
  const [[cloned]] = await Promise.all([
    golden('vm', 'clone', ...clonesOptions(first, staticAddress)),
    golden('vm', 'create', ...clonesOptions(second), '--warm=always').then(async () => golden('vm', 'start', second)),
  ]);
  return cloned;
}

async function readClone(name) {
  const serial = join(root, 'sandboxes', name, 'serial.log');
  const found = await waitFor(`facts of ${name}`, () => {
    const text = readFacts(readFileSync(serial, 'latin1'));
    return 'end' in text ? text : undefined;
  });
  const records = await waitFor(`last record of ${name}`, () => {
    const all = readRecords(name);
    return ['done', 'failed'].includes(all.at(-1)?.step) ? all : undefined;
  });
  const address = records.find(({ step }) => step === 'network').values.address.split('/')[0];
  return { name, facts: found, records, address, version: await tryGetVersion(address) };
}

/** A file of the template's disk, whose root filesystem is its largest partition. */
async function readFromTemplate(directory, paths) {
  const disk = join(scratch, 'template.raw');
  writeFileSync(disk, '');
  const exporter = spawn(
    'qemu-storage-daemon',
    [
      '--blockdev',
      `qcow2,node-name=disk,read-only=on,file.driver=file,file.filename=${join(directory, 'disk.qcow2')}`,
      '--export',
      `fuse,id=raw,node-name=disk,mountpoint=${disk},allow-other=off`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  try {
    await waitFor('export of the disk of the template', () => (statSync(disk).size > 0 ? true : undefined));
    const { offset } = readPartitions(disk).sort((one, other) => other.size - one.size)[0];
    const texts = paths.map(async (path) => run(['debugfs', '-R', `cat ${path}`, `${disk}?offset=${offset}`]));
    return (await Promise.all(texts)).map(({ stdout }) => stdout.trim());
  } finally {
    exporter.kill();
    await new Promise((resolve) => exporter.on('close', resolve));
  }
}

/** Of a GPT: UEFI specification, 5.3. */
function readPartitions(disk) {
  const file = openSync(disk, 'r');
  const table = Buffer.alloc(128 * 128);
  readSync(file, table, 0, table.length, 1024);
  closeSync(file);
  return Array.from({ length: 128 }, (_, index) => {
    const [first, last] = [32, 40].map((at) => Number(table.readBigUInt64LE(index * 128 + at)));
    return { offset: first * 512, size: (last + 1 - first) * 512 };
  }).filter(({ offset }) => offset > 0);
}

async function prove() {
  await golden('pull', '--store', store);
  const template = await golden('host', 'warm', ...size, '--user', user, '--timeout', '60m');
  const cloned = await startClones();
  const clones = [];
  for (const name of names) clones.push(await readClone(name));
  tell(`clones: ${JSON.stringify(clones)}`);
  for (const name of names) await golden('vm', 'stop', name);
  const disks = [template.directory, ...names.map((name) => join(root, 'sandboxes', name))];
  for (const directory of disks) await run(['qemu-img', 'check', '-q', join(directory, 'disk.qcow2')]);
  const [machineId, hostKey, hostname] = await readFromTemplate(template.directory, [
    '/etc/machine-id',
    '/etc/ssh/ssh_host_ed25519_key.pub',
    '/etc/hostname',
  ]);
  writeFileSync(join(scratch, 'template.pub'), `${hostKey}\n`);
  // A cold start, from its own disk.
  const [first, second] = names;
  const start = performance.now();
  await golden('vm', 'start', first, '--user', user);
  const version = await waitFor('response after a cold start', async () => tryGetVersion(staticAddress));
  tell(`${first} responds ${seconds(performance.now() - start)} after its cold start`);
  await golden('vm', 'stop', first);
  await run(['qemu-img', 'check', '-q', join(root, 'sandboxes', first, 'disk.qcow2')]);
  for (const name of [first, second]) await golden('vm', 'delete', name, '--force');
  const left = listLeft();
  const { identity } = JSON.parse(readFileSync(join(template.directory, 'template.json'), 'utf8'));
  return {
    template: { ...template, machineId, hostKey, hostname, identity },
    cloned,
    clones,
    again: { version },
    left,
  };
}

await runOnHost('prove-warm', prove);
