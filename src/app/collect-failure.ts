import { chmod, copyFile, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildInputs } from '../inputs/build-inputs.js';
import { CancelledError, errorMessage, Failure } from '../platform/errors.js';
import { findSecrets } from '../platform/secrets/find-secrets.js';
import { readFully, sha256OfFile } from '../platform/fs/files.js';
import { formatBytes } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import { formatCommand } from '../platform/process/processes.js';
import { createRedactor, type Redactor } from '../platform/secrets/redact.js';
import { isSecretName } from '../platform/secrets/secret-rules.js';
import type { Session } from '../platform/session.js';
import { productVersion } from '../platform/version.js';
import { machineRecordFile, replayFiles, type MachineRecord } from '../smoke/machine-record.js';
import { renderReplay } from '../smoke/render-replay.js';

/** Larger VM disks are not collected, and larger consoles lose their beginning. */
const maxDiskBytes = 128 * 1024 ** 2;
const largestConsoleBytes = 16 * 1024 ** 2;
/** A failed run should exit soon. */
const toolLimitMs = 60_000;

const consolesDirectory = 'consoles';
/** What a report's directory can contain besides the report. The directory is the user's, and may contain more. */
export const failureFiles = [
  'contents.txt',
  'failure.txt',
  'tools.txt',
  'launch.txt',
  'replay.sh',
  'rebuild.sh',
  replayFiles.seed,
  replayFiles.overlay,
  'qemu-img-info.json',
  'qemu-img-check.json',
  'qemu-img-map.json',
  consolesDirectory,
] as const;

const toolVersions = [
  ['qemu-img', '--version'],
  ['qemu-system-x86_64', '--version'],
  ['cloud-hypervisor', '--version'],
  ['go', 'version'],
  ['debugfs', '-V'],
  ['uname', '-srm'],
] as const;

export interface CollectRequest {
  /** The directory of the run, which is removed afterwards. */
  readonly from: string;
  /** The report directory. Without one, nothing is collected. */
  readonly to: string | undefined;
  /** Masked in everything that is collected. */
  readonly secrets: readonly string[];
}

type Ports = Pick<Session, 'processes' | 'steps'>;

/** Values that must not appear in anything that others read: secrets of this environment and of the daemon's. */
export function listAllSecrets(
  { daemon }: Pick<BuildInputs, 'daemon'>,
  { secrets }: { readonly secrets: readonly string[] },
): readonly string[] {
  return [
    ...secrets,
    ...daemon.environment.flatMap((line) => {
      const [name, value] = [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
      if (isSecretName(name) || looksRandom(value)) return [value];
      return findSecrets(value, { masking: true }).found.map(({ start, end }) => value.slice(start, end));
    }),
  ];
}

/** A generated value: letters of both cases and digits, or many digits of a hash. Paths and names are not. */
function looksRandom(value: string): boolean {
  const isMixed =
    /^[\w+/=-]{20,}$/.test(value) &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value)) &&
    !value.startsWith('/');
  return isMixed || /^[0-9a-f]{32,}$/i.test(value);
}

/**
 * Does the work. If it fails, collects diagnostics before the run's directory is removed. `contents.txt` names what
 * cannot be collected. Whatever happens here, the failure of the work is thrown.
 */
export async function collectOnFailure<T>(
  { from, to, secrets }: CollectRequest,
  work: () => Promise<T>,
  ports: Ports,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A cancelled run has only seconds left.
    if (to !== undefined && !(error instanceof CancelledError)) {
      await ports.steps.run('Collect diagnostics', async (log) => {
        await collect({ from, to, error, redactor: createRedactor(secrets) }, { ...ports, log }).catch(
          (problem: unknown) => log.warn(`Cannot collect diagnostics: ${errorMessage(problem)}`),
        );
      });
    }
    throw error;
  }
}

/** Removes the diagnostics of an earlier failure, so that nobody mistakes them for this run's. */
export async function clearFailure(directory: string): Promise<void> {
  for (const name of failureFiles) if (name !== consolesDirectory) await rm(join(directory, name), { force: true });
  const consoles = await readdir(join(directory, consolesDirectory)).catch(() => []);
  for (const name of consoles.filter((one) => /^(smoke-\d+|warm-\d+|kvm-proof)-/.test(one)))
    await rm(join(directory, consolesDirectory, name), { force: true });
}

interface Collection {
  readonly from: string;
  readonly to: string;
  readonly error: unknown;
  readonly redactor: Redactor;
}

/** Lines for `contents.txt`; none if there is nothing of this kind. */
type Part = readonly [what: string, collect: () => Promise<readonly string[]>];

async function collect(collection: Collection, ports: Ports & { readonly log: Log }): Promise<void> {
  const { from, to } = collection;
  await mkdir(to, { recursive: true });
  const entries = (await readdir(from, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const machines = await readMachines(paths.filter((path) => basename(path) === machineRecordFile));
  // Failures of a machine start with its name.
  const failed = machines.find(({ name }) => errorMessage(collection.error).startsWith(`${name}:`)) ?? machines[0];
  const image =
    failed?.files.image ?? paths.find((path) => path.endsWith('.qcow2') && !path.startsWith(join(from, 'smoke')));
  const parts: readonly Part[] = [
    ['the failure', async () => writeFailure(collection)],
    ['the versions of tools', async () => writeTools(collection, ports)],
    ['the consoles', async () => copyConsoles(paths, collection)],
    ['the command lines of the VMs', async () => writeLaunch(machines, collection)],
    ...(image === undefined
      ? []
      : (['info', 'check', 'map'] as const).map(
          (verb): Part => [`qemu-img ${verb}`, async () => inspectFailedImage(verb, image, collection, ports)],
        )),
    ...(failed === undefined ? [] : listReplayParts(failed, collection, ports)),
  ];
  const lines: string[] = [];
  for (const [what, collectPart] of parts) {
    lines.push(...(await collectPart().catch((error: unknown) => [`NOT COLLECTED: ${what}: ${errorMessage(error)}`])));
  }
  await writeText(
    'contents.txt',
    ['report.json          the run; report.html is the same for people', ...lines, ''].join('\n'),
    collection,
  );
  ports.log.info(`Wrote diagnostics to ${to}`);
}

function listReplayParts(machine: MachineRecord, collection: Collection, ports: Ports): readonly Part[] {
  return [
    ['the seed of the VM', async () => copySeed(machine, collection)],
    ['replay.sh', async () => writeReplay(machine, collection)],
    ['the disk of the VM', async () => copyDisk(machine, collection, ports)],
  ];
}

async function readMachines(paths: readonly string[]): Promise<readonly MachineRecord[]> {
  return Promise.all(paths.map(async (path) => JSON.parse(await readFile(path, 'utf8')) as MachineRecord));
}

async function writeText(name: string, text: string, { to, redactor }: Collection): Promise<void> {
  await writeFile(join(to, name), redactor.text(text));
}

async function writeFailure(collection: Collection): Promise<readonly string[]> {
  const { error } = collection;
  const { fix, evidence } = error instanceof Failure ? error : { fix: undefined, evidence: [] };
  const stack = error instanceof Failure || !(error instanceof Error) ? [] : ['', error.stack ?? ''];
  await writeText(
    'failure.txt',
    [errorMessage(error), ...(fix === undefined ? [] : [`Fix: ${fix}`]), '', ...evidence, ...stack, ''].join('\n'),
    collection,
  );
  return ['failure.txt          what failed, and its output'];
}

async function writeTools(collection: Collection, { processes }: Ports): Promise<readonly string[]> {
  const versions = await Promise.all(
    toolVersions.map(async (argv) => {
      const output = await processes
        .run({ argv, timeoutMs: toolLimitMs, evenAfterCancel: true })
        .catch((error: unknown) => ({ stdout: errorMessage(error), stderr: '' }));
      return `${argv[0]}: ${(output.stdout.trim() || output.stderr.trim()).split('\n', 1).join()}`;
    }),
  );
  await writeText(
    'tools.txt',
    [`ch-golden ${productVersion}`, `node ${process.version}`, ...versions, ''].join('\n'),
    collection,
  );
  return ['tools.txt            versions'];
}

/** Logs and documents of each machine, by its name. */
async function copyConsoles(paths: readonly string[], collection: Collection): Promise<readonly string[]> {
  const root = join(collection.from, 'smoke');
  const consoles = paths.filter((path) => path.startsWith(root) && /\.(log|json)$/.test(path));
  if (consoles.length === 0) return [];
  await mkdir(join(collection.to, consolesDirectory), { recursive: true });
  const lines: string[] = [];
  for (const path of consoles) {
    const name = path.slice(root.length + 1).replaceAll('/', '-');
    const { text, skipped } = await readEnd(path);
    await writeText(join(consolesDirectory, name), text, collection);
    lines.push(`${consolesDirectory}/${name}${skipped === 0 ? '' : `, without its first ${formatBytes(skipped)}`}`);
  }
  return lines;
}

async function readEnd(path: string): Promise<{ readonly text: string; readonly skipped: number }> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const skipped = Math.max(0, size - largestConsoleBytes);
  return { text: (await readFully(file, Buffer.alloc(size - skipped), skipped)).toString('utf8'), skipped };
}

async function writeLaunch(machines: readonly MachineRecord[], collection: Collection): Promise<readonly string[]> {
  if (machines.length === 0) return [];
  await writeText(
    'launch.txt',
    machines
      .map(
        ({ name, vmm, command }) =>
          `# ${name}: ${vmm.kind} ${vmm.version}, ${vmm.accelerator}\n${formatCommand(command)}\n`,
      )
      .join('\n'),
    collection,
  );
  return ['launch.txt           the command line of each VM'];
}

async function inspectFailedImage(
  verb: 'info' | 'check' | 'map',
  image: string,
  collection: Collection,
  { processes }: Ports,
): Promise<readonly string[]> {
  const name = `qemu-img-${verb}.json`;
  const { stdout } = await processes.run({
    argv: ['qemu-img', verb, '--output=json', '-f', 'qcow2', image],
    timeoutMs: toolLimitMs,
    evenAfterCancel: true,
  });
  await writeText(name, stdout, collection);
  return [`${name.padEnd(20)} of ${basename(image)}`];
}

/** The seed contains only what this program wrote. */
async function copySeed({ files }: MachineRecord, { to }: Collection): Promise<readonly string[]> {
  await copyFile(files.seed, join(to, replayFiles.seed));
  return [`${replayFiles.seed}             the cloud-init seed of the VM`];
}

async function writeReplay(machine: MachineRecord, collection: Collection): Promise<readonly string[]> {
  const [image, kernel, initramfs] = await Promise.all([
    sha256OfFile(machine.files.image),
    sha256OfFile(machine.files.kernel),
    sha256OfFile(machine.files.initramfs),
  ]);
  await writeText('replay.sh', renderReplay(machine, { image, kernel, initramfs }), collection);
  await chmod(join(collection.to, 'replay.sh'), 0o755);
  return ['replay.sh            boots that VM again; --help lists what it needs'];
}

/** The disk with what the VM wrote. A guest may have copied a secret of the image to it. */
async function copyDisk(
  { name, files }: MachineRecord,
  { to, redactor }: Collection,
  { processes }: Ports,
): Promise<readonly string[]> {
  const { size } = await stat(files.overlay);
  if (size > maxDiskBytes)
    throw new Error(`${name} wrote ${formatBytes(size)}, more than the limit of ${formatBytes(maxDiskBytes)}`);
  if (redactor.knows(await readFile(files.overlay))) throw new Error('it contains a secret');
  const copy = join(to, replayFiles.overlay);
  await copyFile(files.overlay, copy);
  // Only its name: the path of the run is meaningless elsewhere.
  await processes.run({
    argv: ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', 'image.qcow2', copy],
    timeoutMs: toolLimitMs,
    evenAfterCancel: true,
  });
  return [`${replayFiles.overlay}           what ${name} wrote: an overlay of the image`];
}
