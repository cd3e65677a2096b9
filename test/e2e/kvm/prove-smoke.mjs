// Smoke-tests a published version on the real Cloud Hypervisor, with warm starts. Prints the report, and what was left
// on the machine, as one line of JSON.
//   node prove-smoke.mjs CLI STORE SCRATCH-DIRECTORY
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listProcesses, runCli, scratch, store } from './kvm-host.mjs';

const report = join(scratch, 'report');
const work = join(scratch, 'work');

/** What a VM could leave. */
function lookAround() {
  const commands = listProcesses().map(({ command }) => command);
  return {
    processes: commands.filter((command) => /cloud-hypervisor |--run-helper/.test(command)),
    interfaces: readdirSync('/sys/class/net'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n'),
    files: existsSync(work) ? readdirSync(work, { recursive: true }).filter((name) => !name.startsWith('.')) : [],
  };
}

/** What is there that was not before, once the kernel has taken down what it takes down. */
async function findLeft(before) {
  for (let tries = 0; ; tries++) {
    const now = lookAround();
    const left = Object.fromEntries(
      Object.entries(now).map(([kind, all]) => [kind, all.filter((one) => !before[kind].includes(one))]),
    );
    if (tries === 100 || Object.values(left).every((all) => all.length === 0)) return left;
    await delay(100);
  }
}

async function smoke() {
  // One VM is enough here: that two differ is what warm starts are tested for.
  const options = {
    ...{ store, vmm: 'cloud-hypervisor', 'require-kvm': 'true', clones: '1', 'smoke-warm': 'true' },
    ...{ 'smoke-cpus': '1', 'smoke-memory': '512M', 'smoke-timeout': '50m' },
    ...{ 'work-folder': work, 'cache-folder': join(scratch, 'cache'), 'report-folder': report },
  };
  return runCli('smoke', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`));
}

mkdirSync(work, { recursive: true, mode: 0o700 });
const before = lookAround();
const { code, stdout } = await smoke();
if (code === 0)
  console.log(`prove-smoke: ${JSON.stringify({ report: JSON.parse(stdout), left: await findLeft(before) })}`);
else {
  const consoles = join(report, 'consoles');
  for (const name of existsSync(consoles) ? readdirSync(consoles) : [])
    console.error(`${name}:\n${readFileSync(join(consoles, name), 'latin1').slice(-4000).replaceAll('\0', '')}`);
  process.exitCode = 1;
}
