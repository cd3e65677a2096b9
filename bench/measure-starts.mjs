// Measures cold and warm starts on the real Cloud Hypervisor, and prints them as one line of JSON. Needs root, and a
// network of its own. Plain JavaScript on a bundle of the CLI: it also runs where only Node is.
//   node measure-starts.mjs CLI STORE SCRATCH-DIRECTORY USER COUNT
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [cli, store, scratch, user, count] = process.argv.slice(2);
const root = join(scratch, 'host');
const memory = '512M';
const bridge = 'chgbr0';
const warmRuns = 3;
const size = ['--cpus', '1', '--memory', memory];
const mebibyte = 1024 ** 2;

async function golden(...args) {
  const child = spawn(process.execPath, [cli, ...args, '--root', root, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`ch-golden ${args.join(' ')} failed with exit code ${code}: ${stdout}`);
  return JSON.parse(stdout);
}

async function isUp(address) {
  return new Promise((resolve) => {
    const request = get(`http://${address}:2280/version`, { agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

async function waitUntil(what, look) {
  for (const deadline = performance.now() + 40 * 60_000; performance.now() < deadline; await delay(50))
    if (await look()) return performance.now();
  throw new Error(`${what}: not within 40 minutes`);
}

/** Process IDs of VMMs. */
function listVmms() {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'cloud-hyperviso';
    } catch {
      return false;
    }
  });
}

function optionsOf(name, address) {
  const network = address === undefined ? [] : ['--network', `${address}/24,10.77.0.1`];
  return [name, '--bridge', bridge, ...network, ...size, '--user', user];
}

/** From the start of the VMM to the first response: the time of the CLI before that is not counted. */
async function measureCold() {
  const address = '10.77.0.10';
  await golden('vm', 'create', ...optionsOf('cold', address));
  const started = golden('vm', 'start', 'cold', '--user', user);
  const start = await waitUntil('the VMM', () => listVmms().length > 0);
  const end = await waitUntil('the daemon of the cold start', async () => isUp(address));
  await started;
  await golden('vm', 'delete', 'cold', '--force');
  return end - start;
}

async function measureWarm(run) {
  const name = `warm-${run}`;
  const [{ warm }] = await golden('vm', 'clone', ...optionsOf(name, '10.77.0.11'));
  await golden('vm', 'delete', name, '--force');
  return warm;
}

/** Many at once, with what each of them takes. */
async function measureMany() {
  const availableMiB = () => Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024;
  const before = availableMiB();
  const start = performance.now();
  const outcomes = await golden('vm', 'clone', ...optionsOf('many'), '--count', count);
  const milliseconds = performance.now() - start;
  const usedMiB = before - availableMiB();
  const pssMiB = listVmms().map(
    (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024,
  );
  const disksMiB = outcomes.map(
    ({ name }) => (statSync(join(root, 'sandboxes', name, 'disk.qcow2')).blocks * 512) / mebibyte,
  );
  for (const { name } of outcomes) await golden('vm', 'delete', name, '--force');
  return { count: outcomes.length, milliseconds, warm: outcomes.map(({ warm }) => warm), usedMiB, pssMiB, disksMiB };
}

function startNetwork() {
  execFileSync('ip', ['link', 'add', bridge, 'type', 'bridge']);
  execFileSync('ip', ['address', 'add', '10.77.0.1/24', 'dev', bridge]);
  execFileSync('ip', ['link', 'set', bridge, 'up']);
  const options = ['--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--pid-file=', '--port=0'];
  const leases = [`--interface=${bridge}`, '--bind-interfaces', `--dhcp-leasefile=${join(scratch, 'leases')}`];
  return spawn('dnsmasq', [...options, ...leases, '--dhcp-range=10.77.0.50,10.77.0.200,1h'], { stdio: 'ignore' });
}

mkdirSync(scratch, { recursive: true });
const dhcp = startNetwork();
try {
  await golden('pull', '--store', store);
  const start = performance.now();
  const { bytes, vmmRelease } = await golden('host', 'warm', ...size, '--user', user, '--timeout', '60m');
  const template = { milliseconds: performance.now() - start, MiB: bytes / mebibyte };
  const coldMs = await measureCold();
  const warm = [];
  for (let run = 1; run <= warmRuns; run++) warm.push(await measureWarm(run));
  const many = await measureMany();
  console.log(`measure-starts: ${JSON.stringify({ vmmRelease, memory, template, coldMs, warm, many })}`);
} finally {
  dhcp.kill('SIGKILL');
  execFileSync('ip', ['link', 'delete', bridge]);
}
