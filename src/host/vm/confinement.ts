import { dirname, resolve } from 'node:path';
import { realpath } from 'node:fs/promises';
import { tryReadQcow2Header } from '../../disk/qcow2-header.js';
import { isAtLeast, program, readRelease, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { Failure } from '../../platform/errors.js';
import { ifPresent, pathExists } from '../../platform/fs/files.js';
import { quoteText } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import { asUser, tryFindUnreadable, type SystemUser } from '../../platform/process/system-users.js';
import { vmCommand, type VmRecord } from './vm-record.js';

/** The first with --landlock: release notes of v41.0. */
const landlockSince = '41.0';
/** What it asks of the kernel, or it does not start (vmm/src/landlock.rs); Linux has it since 6.2. */
const neededAbi = 3;
/** For the flags of a tap, which it reads when it opens one (net_util/src/open_tap.rs), and for which it makes no rule. */
const tapSettings = '/sys/devices/virtual/net';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

/** What a VM is kept to. */
export interface Confinement {
  /** Undefined for the user that runs us. */
  readonly user?: SystemUser;
  /** Paths outside of the VM's directory that it may read although its command line does not name them; undefined without Landlock. */
  readonly readable?: readonly string[];
}

/** The command that starts a VM in its directory. */
export function confinedCommand(
  vm: VmRecord,
  { user, readable }: Confinement,
  path: string = program,
): readonly [string, ...string[]] {
  const [, ...words] = vmCommand(vm);
  const command = [
    path,
    ...words,
    ...(readable === undefined ? [] : ['--landlock', ...formatRules(readable)]),
  ] as const;
  return user === undefined ? command : [...asUser(user), ...command];
}

function formatRules(paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? [] : ['--landlock-rules', ...paths.map((path) => `path=${quoteValue(path)},access=r`)];
}

/** A value of an option of Cloud Hypervisor's (option_parser/src/lib.rs): in quotes anything may stand but a quote. @throws Failure */
export function quoteValue(value: string): string {
  if (/^[\w@%+:./-]+$/.test(value)) return value;
  if (!value.includes('"')) return `"${value}"`;
  const fix = 'use a --root without quotes';
  throw new Failure(`path ${quoteText(value)} cannot be given to Cloud Hypervisor: it has a quote`, { fix });
}

/** Decides on Landlock for a VM, and logs why it has to do without. */
export async function planConfinement(vm: VmRecord, user: SystemUser | undefined, ports: Ports): Promise<Confinement> {
  const missing = await tryFindReasonAgainst(ports.processes);
  if (missing !== undefined) ports.log.info(`${vm.name} runs without Landlock: ${missing}`);
  return {
    ...(user === undefined ? {} : { user }),
    ...(missing === undefined ? { readable: await listReadable(vm) } : {}),
  };
}

async function tryFindReasonAgainst(processes: Processes): Promise<string | undefined> {
  if ((await processes.tryFind(program)) === undefined) return `${program} is not installed on this host`;
  return checkLandlock(await readRelease(processes), await tryReadLandlockAbi(processes));
}

/** Why a VM has to do without Landlock; undefined if it need not. */
export function checkLandlock(release: Release, abi: number | undefined): string | undefined {
  if (!isAtLeast(release, landlockSince)) return `${program} ${release.text} does not have it, ${landlockSince} does`;
  if (abi === undefined) return 'whether this kernel has it cannot be told without perl';
  if (abi >= neededAbi) return undefined;
  const found = abi < 1 ? 'this kernel does not have it' : `this kernel has version ${abi} of it`;
  return `${found}, Linux 6.2 and newer have version ${neededAbi}`;
}

/** The version of Landlock in this kernel, 0 without it: landlock_create_ruleset(2). Undefined if it cannot be told. */
async function tryReadLandlockAbi(processes: Processes): Promise<number | undefined> {
  if ((await processes.tryFind('perl')) === undefined) return undefined;
  const { stdout } = await processes.run({ argv: ['perl', '-e', 'print syscall(444, 0, 0, 1)'], timeoutMs: 30_000 });
  return Math.max(0, Number.parseInt(stdout, 10) || 0);
}

/** Never taken from the VM's own disk, which its guest's VMM can write to. */
async function listReadable(vm: VmRecord): Promise<readonly string[]> {
  const base = await tryFindBase(vm.imagePath);
  return [
    vm.imagePath,
    ...(base === undefined ? [] : [base]),
    ...(vm.tap !== undefined && (await pathExists(tapSettings)) ? [tapSettings] : []),
  ];
}

/** The base of a layered image. Anything else that an image names is not made readable. */
async function tryFindBase(imagePath: string): Promise<string | undefined> {
  const backing = (await ifPresent(tryReadQcow2Header(imagePath)))?.backingFile;
  if (backing === undefined || !/^\.\.\/images\/[0-9a-f]{64}\.[a-z0-9]{1,10}$/.test(backing)) return undefined;
  return resolve(dirname(await realpath(imagePath)), backing);
}

/** @throws Failure if the user that a VM is to run as cannot read what it is started from */
export async function assertReadableByUser(
  vm: VmRecord,
  { user, readable = [] }: Confinement,
  { processes }: Ports,
): Promise<void> {
  if (user === undefined) return;
  const path = await tryFindUnreadable(
    user,
    [...new Set([vm.imagePath, vm.kernelPath, vm.initramfsPath, ...readable])],
    { processes },
  );
  if (path === undefined) return;
  throw new Failure(`user ${quoteText(user.name)}, which ${vm.name} runs as, cannot read ${path}`, {
    fix: `let it read the file, and pass through the directories above: namei -l ${path}`,
  });
}
