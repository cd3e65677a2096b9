// Operates one VM on the real Cloud Hypervisor: creates it with a static address, starts it, uses its console, restarts
// it, kills its VMM while the guest writes to its disk, starts it again, stops and deletes it. Prints what it found on
// the way, and what was left on the machine, as one line of JSON. The VM boots three times.
//   node prove-vms.mjs CLI STORE SCRATCH-DIRECTORY [USER]
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openConsole } from './console-session.mjs';
import {
  bridge,
  golden,
  listLeft,
  listTaps,
  listVmms,
  networkOptions,
  root,
  run,
  runOnHost,
  seconds,
  store,
  tell,
  tryGetVersion,
  user,
  waitFor,
} from './kvm-host.mjs';

const name = 'vm-001';
const address = '10.77.0.21';
const directory = join(root, 'sandboxes', name);
const password = 'golden';
/** A guest of a guest takes longer than the default to power off. */
const patiently = ['--timeout', '10m'];
/** The quotes keep the text of the command, which a guest may print, from being taken for its output. */
const setPassword = `echo 'root:${password}' | chpasswd && echo "can log"" in" > /dev/ttyS0`;
/** What a session at the console runs: each is one line of a shell. */
const commands = {
  keep: (text) => `echo ${text} >> /root/kept && sync`,
  report:
    `printf '%s %s\\n' "bo""ot" $(cat /proc/sys/kernel/random/boot_id) "ke""pt" ` +
    `$(tr '\\n' , < /root/kept) "to""ld" $((6 * 7))`,
  /** Until the VMM is killed. */
  write: `while :; do dd if=/dev/urandom of=/root/load bs=64k count=64 conv=fsync 2> /dev/null; done &`,
};

/** What a start needs until the daemon responds. */
async function boot(what, start) {
  const began = performance.now();
  const started = await start();
  const version = await waitFor(`response of the daemon after ${what}`, async () => tryGetVersion(address));
  const elapsedMs = performance.now() - began;
  tell(`the daemon responds ${seconds(elapsedMs)} after ${what}`);
  return { started, version, elapsedMs };
}

/** A session at the console: the guest keeps `text`, and reports what it has kept so far. */
async function useConsole(text, more = []) {
  const session = await openConsole(name);
  await session.logIn(password);
  for (const line of [commands.keep(text), ...more]) await session.run(line);
  const shown = await session.runUntil(commands.report, /^told \S+\s/m);
  const [bootId, kept, told] = ['boot', 'kept', 'told'].map(
    (key) => new RegExp(`^${key} (\\S+)`, 'm').exec(shown)?.[1],
  );
  const end = await session.detach();
  tell(`console of ${name}: ${JSON.stringify({ bootId, kept, told, end })}`);
  return { bootId, kept, told, ...end };
}

/** How the kernel sees a VM that runs: what `vm show` must agree with. */
async function lookAtMachine({ tap, pid }) {
  const { stdout } = await run(['ip', '-json', 'neighbour', 'show', address, 'dev', bridge]);
  return {
    vmms: listVmms().map((vmm) => vmm.pid),
    directory: readlinkSync(`/proc/${pid}/cwd`),
    uid: Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]),
    taps: listTaps(),
    bridge: basename(readlinkSync(`/sys/class/net/${tap}/master`)),
    macAddress: JSON.parse(stdout)[0]?.lladdr,
  };
}

/** The lines of a log that commands have asked the guest to write. */
async function readLog(...options) {
  const { lines } = await golden('vm', 'logs', name, '--lines', '2000', ...options);
  return lines.filter((line) => /can log in|boot [0-9a-f-]{36}/.test(line));
}

async function create() {
  await golden('pull', '--store', store);
  const options = [...networkOptions(address), '--cpus', '1', '--memory', '512M', '--user', user, '--run', setPassword];
  const created = await golden('vm', 'create', name, ...options);
  return { created, before: await golden('vm', 'list') };
}

async function startFirst() {
  const { started, version } = await boot('its first start', async () => golden('vm', 'start', name));
  const [list, show, ip] = [
    await golden('vm', 'list'),
    await golden('vm', 'show', name),
    await golden('vm', 'ip', name),
  ];
  const machine = await lookAtMachine(show);
  await waitFor('password', () =>
    /^can log in\r?$/m.test(readFileSync(join(directory, 'serial.log'), 'latin1')) ? true : undefined,
  );
  const session = await useConsole('first');
  const after = { show: await golden('vm', 'show', name), version: await tryGetVersion(address) };
  const logs = await readLog();
  return { started, version, list, show, ip, machine, session, after, logs };
}

async function restart() {
  const { started, version } = await boot('the restart', async () => golden('vm', 'restart', name, ...patiently));
  const session = await useConsole('second', [commands.write]);
  const [logs, previous] = [await readLog(), await readLog('--previous')];
  return { started, version, session, logs, previous, pid: (await golden('vm', 'show', name)).pid };
}

/** SIGKILL while the guest writes: the disk's metadata is not written, and the tap stays. */
async function killVmm(pid) {
  process.kill(pid, 'SIGKILL');
  await waitFor('end of the VMM', () => (listVmms().some((vmm) => vmm.pid === pid) ? undefined : true));
  const killed = await golden('vm', 'list');
  const { started, version } = await boot('the return', async () => golden('vm', 'start', '--all'));
  const session = await useConsole('third');
  return { killed, started, version, session };
}

async function stop() {
  const end = await golden('vm', 'stop', name, ...patiently);
  const state = await golden('vm', 'show', name);
  const left = { taps: listTaps(), processes: listVmms().map(({ command }) => command) };
  const disk = join(directory, 'disk.qcow2');
  await run(['qemu-img', 'check', '-q', disk]);
  const { stdout } = await run(['qemu-img', 'info', '--output=json', disk]);
  return { end, state, left, disk: JSON.parse(stdout) };
}

async function prove() {
  const created = await create();
  const first = await startFirst();
  const restarted = await restart();
  const returned = await killVmm(restarted.pid);
  const stopped = await stop();
  const deleted = await golden('vm', 'delete', name);
  return { user, ...created, first, restarted, returned, stopped, deleted, left: listLeft() };
}

await runOnHost('prove-vms', prove);
