// Measures cold and warm starts on the real Cloud Hypervisor, and prints them as one line of JSON.
//   node measure-starts.mjs CLI STORE SCRATCH-DIRECTORY USER COUNT
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  golden,
  listVmms,
  more,
  networkOptions,
  root,
  runOnHost,
  store,
  tryGetVersion,
  user,
  waitFor,
} from '../test/e2e/kvm/kvm-host.mjs';

const [count] = more;
const memory = '512M';
const warmRuns = 3;
const size = ['--cpus', '1', '--memory', memory];
const mebibyte = 1024 ** 2;
const pollMs = 50;

/** When `look` first returned true. */
async function waitUntil(what, look) {
  return waitFor(what, async () => ((await look()) ? performance.now() : undefined), pollMs);
}

function optionsOf(name, address) {
  return [name, ...networkOptions(address), ...size, '--user', user];
}

/** From the start of the VMM to the first response: the time of the CLI before that is not counted. */
async function measureCold() {
  const address = '10.77.0.10';
  await golden('vm', 'create', ...optionsOf('cold', address), '--warm=never');
  const started = golden('vm', 'start', 'cold', '--user', user);
  const start = await waitUntil('VMM', () => listVmms().length > 0);
  const end = await waitUntil(
    'response after the cold start',
    async () => (await tryGetVersion(address)) !== undefined,
  );
  await started;
  await golden('vm', 'delete', 'cold', '--force');
  return end - start;
}

/** At an address that no VM had before: the host would look for it at the MAC address of that one. */
async function measureWarm(run, options = []) {
  const name = warmName(run);
  const [{ pid, warm }] = await golden('vm', 'clone', ...optionsOf(name, `10.77.0.${10 + run}`), ...options);
  // It keeps its memory until all are measured: an emulated machine is slow to write where a VM had its code.
  process.kill(pid, 'SIGSTOP');
  return warm;
}

function warmName(run) {
  return `warm-${run}`;
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
    ({ pid }) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024,
  );
  const disksMiB = outcomes.map(
    ({ name }) => (statSync(join(root, 'sandboxes', name, 'disk.qcow2')).blocks * 512) / mebibyte,
  );
  for (const { name } of outcomes) await golden('vm', 'delete', name, '--force');
  return { count: outcomes.length, milliseconds, warm: outcomes.map(({ warm }) => warm), usedMiB, pssMiB, disksMiB };
}

async function measure() {
  await golden('pull', '--store', store);
  const start = performance.now();
  const { bytes, vmmRelease } = await golden('host', 'warm', ...size, '--user', user, '--timeout', '60m');
  const template = { milliseconds: performance.now() - start, MiB: bytes / mebibyte };
  const coldMs = await measureCold();
  const warm = [];
  for (let run = 1; run <= warmRuns; run++) warm.push(await measureWarm(run));
  // Only root may load memory on demand on most hosts. The last option of a name counts.
  const onDemand = await measureWarm(warmRuns + 1, ['--warm-memory', 'on-demand', '--user', 'root']);
  for (let run = 1; run <= warmRuns + 1; run++) await golden('vm', 'delete', warmName(run), '--force');
  const many = await measureMany();
  return { vmmRelease, memory, template, coldMs, warm, onDemand, many };
}

await runOnHost('measure-starts', measure);
