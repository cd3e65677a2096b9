// Boots an image on the real Cloud Hypervisor, and prints what it found and what was left on the machine as one line of
// JSON.
// Plain JavaScript on compiled sources, for it also runs where only Node is: in a machine with an emulated KVM.
//   node prove-on-kvm.mjs SOURCES REQUEST.json SCRATCH-DIRECTORY
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [sources, requestFile, scratch, childsDirectory] = process.argv.slice(2);

/** Everything that a VM could leave on the machine. */
function lookAround() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const ofEach = (read) => [
    ...new Set(
      pids.flatMap((pid) => {
        try {
          return [read(pid)];
        } catch {
          // It has exited, or belongs to another user.
          return [];
        }
      }),
    ),
  ];
  return {
    processes: ofEach((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`).filter(
      (line) => ['cloud-hypervisor', 'guest.sock', scratch].some((word) => line.includes(word)),
    ),
    namespaces: ofEach((pid) => readlinkSync(`/proc/${pid}/ns/net`)),
    interfaces: readdirSync('/sys/class/net'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n'),
    disks: existsSync(scratch)
      ? readdirSync(scratch, { recursive: true }).filter((name) => name.endsWith('.qcow2'))
      : [],
  };
}

/** What is there that was not before, once the kernel has taken down what it takes down. */
async function findLeft(before, kinds) {
  for (let tries = 0; ; tries++) {
    const now = lookAround();
    const left = Object.fromEntries(
      kinds.map((kind) => [kind, now[kind].filter((one) => !before[kind].includes(one))]),
    );
    if (kinds.every((kind) => left[kind].length === 0) || tries === 100) return left;
    await delay(100);
  }
}

/** Starts the smoke test in a separate process. */
function startSmoke(name) {
  const directory = join(scratch, name);
  mkdirSync(directory, { recursive: true });
  const child = spawn(process.execPath, [process.argv[1], sources, requestFile, scratch, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
  return { child, ended, directory };
}

async function smoke() {
  const load = async (name) => import(pathToFileURL(join(sources, name)).href);
  const { proveImage } = await load('smoke/prove-image.js');
  const { createProcesses } = await load('platform/process/processes.js');
  const { childEnvironment } = await load('platform/process/environment.js');
  const { systemClock } = await load('platform/clock.js');
  const tell = (line) => console.error(line);
  const log = { info: tell, warn: tell, detail: () => undefined, progress: () => undefined };
  const { signal } = new AbortController();
  const processes = createProcesses({ environment: childEnvironment(process.env), signal, log });
  try {
    const report = await proveImage(
      { ...JSON.parse(readFileSync(requestFile, 'utf8')), directory: childsDirectory },
      {
        processes,
        log,
        clock: systemClock,
        signal,
        helpers: { mount: ['false'], relay: [process.execPath, join(sources, 'entry/relay.js')] },
      },
    );
    console.log(JSON.stringify(report));
  } catch (error) {
    console.error([error.stack, ...(error.evidence ?? [])].join('\n'));
    for (const name of readdirSync(childsDirectory, { recursive: true }).filter((one) => one.endsWith('serial.log'))) {
      console.error(
        `${name}:\n${readFileSync(join(childsDirectory, name), 'utf8').split('\n').slice(-100).join('\n')}`,
      );
    }
    process.exit(1);
  }
}

/**
 * A smoke test that is killed when both VMs run their kernels: what is left then is what the kernel does not take down.
 */
async function killInTheMiddle() {
  const { child, ended, directory } = startSmoke('killed');
  const runs = (name) =>
    existsSync(join(directory, name, 'serial.log')) &&
    readFileSync(join(directory, name, 'serial.log'), 'utf8').includes('Linux version');
  while (child.exitCode === null && !(runs('smoke-1') && runs('smoke-2'))) await delay(100);
  const vmms = lookAround().processes.filter((line) => /^\d+ \S*cloud-hypervisor --api-socket/.test(line));
  child.kill('SIGKILL');
  await ended;
  return vmms;
}

async function prove() {
  mkdirSync(scratch, { recursive: true });
  const before = lookAround();
  const { code, stdout } = await startSmoke('whole').ended;
  const left = await findLeft(before, ['processes', 'namespaces', 'interfaces', 'mounts', 'disks']);
  const report = code === 0 ? JSON.parse(stdout) : undefined;
  const killed =
    code === 0
      ? {
          vmms: await killInTheMiddle(),
          left: await findLeft(before, ['processes', 'namespaces', 'interfaces', 'mounts']),
        }
      : undefined;
  console.log(`prove-on-kvm: ${JSON.stringify({ code, report, left, killed })}`);
  process.exit(code === 0 ? 0 : 1);
}

await (childsDirectory === undefined ? prove() : smoke());
