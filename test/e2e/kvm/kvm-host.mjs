// What the scripts share that run VMs on the real Cloud Hypervisor: a host with a bridge and a DHCP server, and the CLI
// on it. Needs root and a network of its own. Plain JavaScript on a bundle of the CLI: it also runs where only Node is,
// in a machine with an emulated KVM. run-with-cli.ts puts it where the scripts import it from.
//   node SCRIPT CLI STORE SCRATCH-DIRECTORY [USER] [MORE...]
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const [cliPath, storeAddress, scratchDirectory, userName = 'root', ...moreArguments] = process.argv.slice(2);

export const cli = cliPath;
export const store = storeAddress;
export const scratch = scratchDirectory;
/** The user that VMs run as. */
export const user = userName;
/** The arguments after those of every script. */
export const more = moreArguments;
export const root = join(scratch, 'host');
export const bridge = 'chgbr0';
/** The options of a VM with this address; of one that requests it by DHCP without. */
export const networkOptions = (address) => [
  ...['--bridge', bridge],
  ...(address === undefined ? [] : ['--network', `${address}/24,10.77.0.1`]),
];

const waitsWithinMs = 40 * 60_000;
const logEndBytes = 4000;

export const tell = (line) => console.error(`kvm-host: ${line}`);
export const run = async (argv) => promisify(execFile)(argv[0], argv.slice(1), { maxBuffer: 64 * 1024 ** 2 });
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Runs the CLI, and passes its log on. */
export async function runCli(...args) {
  const child = spawn(process.execPath, [cli, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stdout };
}

/** Runs the CLI on the host, and returns its JSON. */
export async function golden(...args) {
  const start = performance.now();
  const { code, stdout } = await runCli(...args, '--root', root);
  tell(`ch-golden ${args.slice(0, 2).join(' ')}: exit code ${code} after ${seconds(performance.now() - start)}`);
  if (code !== 0) throw new Error(`ch-golden ${args.join(' ')} failed with exit code ${code}: ${stdout}`);
  return JSON.parse(stdout);
}

/** What `look` finds, as soon as that is something. */
export async function waitFor(what, look, everyMs = 200) {
  const deadline = performance.now() + waitsWithinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${seconds(waitsWithinMs)}`);
    await delay(everyMs);
  }
}

/** The body of a daemon's response; undefined without one. */
export async function tryGetVersion(address) {
  return new Promise((resolve) => {
    const request = get(`http://${address}:2280/version`, { agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/** The processes that run, with their commands. */
export function listProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        // It has exited.
        return [];
      }
    });
}

export function listVmms() {
  return listProcesses().filter(({ command }) => /^\S*cloud-hypervisor /.test(command));
}

export function listTaps() {
  return readdirSync('/sys/class/net').filter((name) => name.startsWith('chvm-'));
}

/** Everything where VMs are, also what a command is creating or deleting. */
function listVmDirectories() {
  const sandboxes = join(root, 'sandboxes');
  return existsSync(sandboxes) ? readdirSync(sandboxes) : [];
}

/** What VMs could leave. */
export function listLeft() {
  return { processes: listVmms().map(({ command }) => command), taps: listTaps(), vms: listVmDirectories() };
}

async function startNetwork() {
  await run(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await run(['ip', 'address', 'add', '10.77.0.1/24', 'dev', bridge]);
  await run(['ip', 'link', 'set', bridge, 'up']);
  const options = ['--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--pid-file=', '--port=0'];
  const leases = [`--interface=${bridge}`, '--bind-interfaces', `--dhcp-leasefile=${join(scratch, 'leases')}`];
  const server = spawn('dnsmasq', [...options, ...leases, '--dhcp-range=10.77.0.50,10.77.0.200,1h'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return async () => {
    server.kill('SIGKILL');
    await run(['ip', 'link', 'delete', bridge]);
  };
}

/** The ends of the consoles and logs of all VMs that are there. */
function printLogs() {
  for (const name of listVmDirectories())
    for (const file of ['records.log', 'serial.log.1', 'serial.log', 'vmm.log', 'vmm.out']) {
      const path = join(root, 'sandboxes', name, file);
      if (!existsSync(path)) continue;
      const text = readFileSync(path, 'latin1').slice(-logEndBytes).replaceAll('\0', '');
      tell(`${name}/${file}:\n${text}`);
    }
}

/**
 * Does `work` on a host with a network, and prints what it returns as a line of JSON after `label`. If it fails, prints
 * the logs of its VMs, and deletes them.
 */
export async function runOnHost(label, work) {
  mkdirSync(scratch, { recursive: true });
  const stopNetwork = await startNetwork();
  try {
    console.log(`${label}: ${JSON.stringify(await work())}`);
  } catch (error) {
    console.error(error.stack);
    printLogs();
    process.exitCode = 1;
  } finally {
    for (const name of listVmDirectories()) await golden('vm', 'delete', name, '--force').catch(() => undefined);
    await stopNetwork();
  }
}
