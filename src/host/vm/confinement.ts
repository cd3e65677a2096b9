import { isAtLeast, program, readRelease, type Release } from '../../vmm/cloud-hypervisor-release.js';
import { Failure } from '../../platform/errors.js';
import { pathExists } from '../../platform/fs/files.js';
import { quoteText } from '../../platform/format.js';
import type { Processes } from '../../platform/process/processes.js';
import { asUser, tryFindUnreadable, type SystemUser } from '../../platform/process/system-users.js';
import type { HostPorts } from '../ports.js';
import { tryGetLayer } from '../warm/template-document.js';
import { landlockCommand } from './host-facts.js';
import { vmCommand, type SerialPort, type VmRecord } from './vm-record.js';

/** First release with --landlock: release notes of v41.0. */
const landlockSince = '41.0';
/** The ABI version without which it does not start (vmm/src/landlock.rs); in Linux since 6.2. */
const neededAbi = 3;
/** It reads a tap's flags here (net_util/src/open_tap.rs), but creates no rule for that. */
const tapSettings = '/sys/devices/virtual/net';

/** What a VM is confined to. */
export interface Confinement {
  /** Undefined for the user of this process. */
  readonly user?: SystemUser | undefined;
  /**
   * Paths outside the VM's directory that it may read in addition to those on its command line; undefined without
   * Landlock.
   */
  readonly readable?: readonly string[] | undefined;
}

/** The command that starts a VM in its directory. */
export function confinedCommand(
  vm: VmRecord,
  { user, readable }: Confinement,
  { path = program, serial }: { readonly path?: string; readonly serial?: SerialPort } = {},
): readonly [string, ...string[]] {
  const [, ...args] = vmCommand(vm, serial);
  const command = [path, ...args, ...(readable === undefined ? [] : ['--landlock', ...formatRules(readable)])] as const;
  return user === undefined ? command : [...asUser(user), ...command];
}

function formatRules(paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? [] : ['--landlock-rules', ...paths.map((path) => `path=${quoteValue(path)},access=r`)];
}

/**
 * Quotes a value for an option of Cloud Hypervisor (option_parser/src/lib.rs).
 * @throws Failure for a value with a quote
 */
export function quoteValue(value: string): string {
  if (/^[\w@%+:./-]+$/.test(value)) return value;
  if (!value.includes('"')) return `"${value}"`;
  const fix = 'use a --root without quotes';
  throw new Failure(`cannot pass the path ${quoteText(value)} to Cloud Hypervisor: it contains a quote`, { fix });
}

/** Plans how a VM is confined, and logs why Landlock cannot be used. */
export async function planConfinement(
  vm: VmRecord,
  { user, base }: { readonly user: SystemUser | undefined; readonly base: string | undefined },
  ports: Pick<HostPorts, 'processes' | 'log'>,
): Promise<Confinement> {
  const missing = await tryFindReason(ports.processes);
  if (missing === undefined) return { user, readable: await listReadable(vm, base) };
  ports.log.info(`${vm.name} runs without Landlock: ${missing}`);
  return { user };
}

/** Why Landlock cannot be used on this host. */
async function tryFindReason(processes: Processes): Promise<string | undefined> {
  if ((await processes.tryFind(program)) === undefined) return `${program} is not installed on this host`;
  return findLandlockProblem(await readRelease(processes), await tryReadLandlockAbi(processes));
}

/** Why Landlock cannot be used; undefined if it can. */
export function findLandlockProblem(release: Release, abi: number | undefined): string | undefined {
  if (!isAtLeast(release, landlockSince))
    return `${program} ${release.text} does not support it (supported since ${landlockSince})`;
  if (abi === undefined) return 'without perl, it is unknown whether this kernel supports it';
  if (abi >= neededAbi) return undefined;
  const found = abi < 1 ? 'this kernel does not support it' : `this kernel has ABI version ${abi}`;
  return `${found} (needs version ${neededAbi}, in Linux 6.2 and newer)`;
}

/** The ABI version of Landlock in this kernel, 0 without it. Undefined if unknown. */
async function tryReadLandlockAbi(processes: Processes): Promise<number | undefined> {
  if ((await processes.tryFind('perl')) === undefined) return undefined;
  const { stdout } = await processes.run({ argv: landlockCommand, timeoutMs: 30_000 });
  return Math.max(0, Number.parseInt(stdout, 10) || 0);
}

/** Nothing here comes from the VM's disk, which its VMM can write to. */
async function listReadable(vm: VmRecord, base: string | undefined): Promise<readonly string[]> {
  const layer = tryGetLayer(vm);
  return [
    // A raw disk has no backing file.
    ...(vm.disk === 'raw' ? [] : [vm.imagePath, ...(base === undefined ? [] : [base])]),
    // Without it, the disk is an overlay over the image.
    ...(layer !== undefined && (await pathExists(layer)) ? [layer] : []),
    ...(vm.tap !== undefined && (await pathExists(tapSettings)) ? [tapSettings] : []),
  ];
}

/** @throws Failure if the user that a VM runs as cannot read a file it needs */
export async function assertReadableByUser(
  vm: VmRecord,
  { user, readable = [] }: Confinement,
  { processes }: Pick<HostPorts, 'processes'>,
): Promise<void> {
  if (user === undefined) return;
  const path = await tryFindUnreadable(
    user,
    [...new Set([...(vm.disk === 'raw' ? [] : [vm.imagePath]), vm.kernelPath, vm.initramfsPath, ...readable])],
    { processes },
  );
  if (path === undefined) return;
  throw new Failure(`user ${quoteText(user.name)}, which ${vm.name} runs as, cannot read ${path}`, {
    fix: `check the permissions of the file and of its parent directories: namei -l ${path}`,
  });
}
