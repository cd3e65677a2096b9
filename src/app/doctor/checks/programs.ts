import { isRoot } from '../../../platform/process/privilege-method.js';
import { parseReference } from '../../../base/base-reference.js';
import { selectDriver } from '../../../image/choose-driver.js';
import type { Edit } from '../../../image/plan.js';
import type { DaemonBuilder, Driver } from '../../../platform/choices.js';
import { runConcurrently } from '../../../platform/concurrency.js';
import { UsageError } from '../../../platform/errors.js';
import type { Processes } from '../../../platform/process/processes.js';
import { packageOfProgram } from '../../../platform/process/programs.js';
import { isAtLeast, parseRelease } from '../../../vmm/cloud-hypervisor-release.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import { toFinding, type Finding } from '../finding.js';

/** The driver decides which programs a build needs, so both are checked here. */
export const programsCheck: Check = { name: 'programs', appliesTo: () => true, check: checkPrograms };

async function checkPrograms(request: DoctorRequest, ports: DoctorPorts): Promise<readonly Finding[]> {
  const { driver = 'inject', findings } = await checkDriver(toDriverNeeds(request), ports);
  const programs = listPrograms(toProgramNeeds(request, driver));
  const found = new Map<Program, Finding>();
  await runConcurrently(
    { items: programs, concurrency: concurrentPrograms, signal: ports.signal },
    () => async (program) => {
      found.set(program, checkProgram(program, await readProgram(program, ports)));
    },
  );
  return [...findings, ...programs.flatMap((program) => found.get(program) ?? [])];
}

const concurrentPrograms = 4;

/** What the inputs require of a driver. */
export interface DriverNeeds {
  readonly requested: 'auto' | Driver;
  /** Whether packages are installed, or programs run in the image. */
  readonly programs: boolean;
}

/** Stands for any edit that needs more than files. */
const programEdit: Edit = { kind: 'upgrade', scope: 'all' };

function toDriverNeeds({ image, changes }: DoctorRequest): DriverNeeds {
  return {
    requested: image.driver,
    programs: changes.packages.length > 0 || changes.upgrade !== 'none' || changes.run !== undefined,
  };
}

/** The driver that a build would use here, and a finding if it needs more than a plain user has. */
export async function checkDriver(
  { requested, programs }: DriverNeeds,
  ports: { readonly processes: Processes },
): Promise<{ readonly driver?: Driver; readonly findings: readonly Finding[] }> {
  const name = 'driver';
  try {
    const { driver, privilegeMethod } = await selectDriver({ requested, edits: programs ? [programEdit] : [] }, ports);
    if (driver === 'inject') return { driver, findings: [] };
    const method = driver === 'mount' && privilegeMethod === 'sudo' ? ', through sudo' : '';
    return { driver, findings: [{ name, state: 'ok', text: `${driver}${method}` }] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { findings: [toFinding(name, error)] };
  }
}

/** What decides which programs a build needs. */
export interface ProgramNeeds {
  readonly builder: DaemonBuilder;
  readonly base: 'ubuntu' | 'path' | 'url' | 'bootstrap';
  readonly isRoot: boolean;
  readonly driver: Driver;
  readonly smoke: boolean;
  readonly bridge: boolean;
}

function toProgramNeeds({ daemon, base, smoke }: DoctorRequest, driver: Driver): ProgramNeeds {
  return {
    builder: daemon.request.builder,
    base: parseReference(base.reference).kind,
    isRoot: isRoot(),
    driver,
    smoke: smoke.enabled,
    bridge: smoke.network !== 'isolated',
  };
}

/** A program that a build starts. `packageOfProgram` has its package. */
export interface Program {
  readonly program: string;
  /** Completes the sentence "it ...". */
  readonly purpose: string;
  /** E.g. `6.0`. Undefined if every version that is still in use is good enough. */
  readonly minimum?: string;
  /** The arguments that make it print its version; undefined if there are none. */
  readonly versionArguments?: readonly string[];
}

const version = ['--version'];
/** FUSE exports came with QEMU 6.0: its change log. */
const qemu = { minimum: '6.0', versionArguments: version };
/** As in Ubuntu 22.04, the oldest release with such a QEMU. Older ones are untested. */
const e2fsprogs = { minimum: '1.46', versionArguments: ['-V'] };
/** `setpriv --pdeathsig` came with util-linux 2.33: its release notes. */
const utilLinux = { minimum: '2.33', versionArguments: version };

const always: readonly Program[] = [
  { program: 'qemu-img', purpose: 'creates, measures and checks images', ...qemu },
  { program: 'qemu-storage-daemon', purpose: 'opens images without root', ...qemu },
  { program: 'debugfs', purpose: 'edits ext4 without mounting it', ...e2fsprogs },
  { program: 'e2fsck', purpose: 'checks ext4 after the edits', ...e2fsprogs },
  { program: 'setpriv', purpose: 'stops child processes with the build', ...utilLinux },
  { program: 'unshare', purpose: 'creates private namespaces', ...utilLinux },
  { program: 'nsenter', purpose: 'enters private namespaces', ...utilLinux },
  { program: 'flock', purpose: 'keeps builds on one machine apart', ...utilLinux },
  { program: 'prlimit', purpose: 'limits the inspection of foreign images', ...utilLinux },
];

const forMount: readonly Program[] = [
  { program: 'mount', purpose: 'mounts the image', ...utilLinux },
  { program: 'losetup', purpose: 'detaches the image', ...utilLinux },
  { program: 'chroot', purpose: 'runs programs in the image', versionArguments: version },
];

/** For what is installed in the image. */
const forGrowth: readonly Program[] = [
  { program: 'sfdisk', purpose: 'grows the partition of the image', ...utilLinux },
  // Without a filesystem it prints its version and fails.
  { program: 'resize2fs', purpose: 'grows the filesystem of the image' },
];

const forSmoke: readonly Program[] = [
  { program: 'qemu-system-x86_64', purpose: 'tests KVM, and boots smoke VMs if Cloud Hypervisor cannot', ...qemu },
  { program: 'qemu-io', purpose: 'prepares a test disk for smoke VMs', ...qemu },
  { program: 'xorriso', purpose: 'creates the cloud-init seed', versionArguments: ['-version'] },
];

const forBootstrap: readonly Program[] = [
  { program: 'mmdebstrap', purpose: 'installs the base from packages', versionArguments: version },
  { program: 'sfdisk', purpose: 'partitions the base', ...utilLinux },
  { program: 'mke2fs', purpose: 'creates the filesystems of the base', ...e2fsprogs },
  // Prints its version only if it is given a target. `--offset` came with dosfstools 4.2.
  { program: 'mkfs.vfat', purpose: 'creates the EFI partition of the base' },
];

const forBootstrapWithoutRoot: readonly Program[] = [
  // `--map-auto` came with util-linux 2.38: its release notes.
  { program: 'unshare', purpose: 'builds a base without root', minimum: '2.38', versionArguments: version },
  { program: 'newuidmap', purpose: 'gives the files of the base their owners' },
];

const gpgv: Program = { program: 'gpgv', purpose: 'verifies the signature of the base', versionArguments: version };
const ip: Program = { program: 'ip', purpose: 'attaches smoke VMs to a bridge', versionArguments: ['-V'] };
/** Go downloads the toolchain that go.mod names since 1.21. */
const go: Program = { program: 'go', purpose: 'builds the daemon', minimum: '1.21', versionArguments: ['version'] };
const npx: Program = {
  program: 'npx',
  purpose: 'builds the daemon with nx',
  minimum: '7.0',
  versionArguments: version,
};
const builders = { go: [go], nx: [npx, go], prebuilt: [] } as const;

/** Every program that such a build starts, each once. The last entry of a program counts. */
export function listPrograms({ builder, base, isRoot, driver, smoke, bridge }: ProgramNeeds): readonly Program[] {
  const bootstrap = base === 'bootstrap';
  const programs = [
    ...always,
    ...(driver === 'mount' ? forMount : []),
    ...(driver === 'inject' ? [] : forGrowth),
    ...(smoke ? forSmoke : []),
    ...(base === 'ubuntu' ? [gpgv] : []),
    ...(bootstrap ? forBootstrap : []),
    ...(bootstrap && !isRoot ? forBootstrapWithoutRoot : []),
    ...(bridge ? [ip] : []),
    ...builders[builder],
  ];
  return [...new Map(programs.map((program) => [program.program, program])).values()];
}

/** The path of a program, and its version output, which is undefined if it failed or has no such option. */
export type ProgramFacts =
  | { readonly path: undefined }
  | { readonly path: string; readonly output?: string | undefined };

async function readProgram(
  { program, versionArguments }: Program,
  { processes, signal }: Pick<DoctorPorts, 'processes' | 'signal'>,
): Promise<ProgramFacts> {
  const path = await processes.tryFind(program);
  if (path === undefined || versionArguments === undefined) return { path };
  try {
    const { stdout, stderr } = await processes.run({ argv: [path, ...versionArguments], timeoutMs: 30_000 });
    return { path, output: `${stdout}\n${stderr}` };
  } catch {
    signal.throwIfAborted();
    return { path };
  }
}

export function checkProgram(
  { program: name, purpose, minimum, versionArguments }: Program,
  facts: ProgramFacts,
): Finding {
  const packageName = packageOfProgram[name];
  if (facts.path === undefined) {
    const fix =
      packageName === undefined
        ? `install ${name} and put it on PATH`
        : `sudo apt-get install --no-install-recommends ${packageName}`;
    return { name, state: 'broken', text: `not installed; it ${purpose}`, fix };
  }
  if (versionArguments === undefined) return { name, state: 'ok', text: facts.path };
  const found = parseVersion(facts.output);
  const need = minimum === undefined ? `it ${purpose}` : `it ${purpose}, which needs ${minimum} or newer`;
  if (found === undefined) {
    return {
      name,
      state: 'warning',
      text: `${facts.path} did not print a version; ${need}`,
      fix: [facts.path, ...versionArguments].join(' '),
    };
  }
  const text = `${found}, ${facts.path}`;
  if (minimum === undefined || isAtLeast(parseRelease(found), minimum)) return { name, state: 'ok', text };
  const upgrade = `sudo apt-get update && sudo apt-get install --only-upgrade ${packageName ?? name}`;
  return {
    name,
    state: 'broken',
    text: `${text} is too old; ${need}`,
    fix: `${upgrade}   # or use a newer release of the distribution`,
  };
}

/** The first number with a point in what a program prints. */
function parseVersion(output = ''): string | undefined {
  return /\d+\.\d+(?:\.\d+)*/.exec(output)?.[0];
}
