import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import type { BuildInputs } from '../inputs/build-inputs.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import { packageOfProgram } from '../platform/programs.js';
import { examineNamespace } from './examine-namespace.js';
import { examineVmm, type VmmNeeds } from './examine-vmm.js';
import { openState } from './open-state.js';

/** One line of the doctor's answer. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly text: string;
  /** The command that mends it. */
  readonly mend?: string;
}

export interface DoctorRequest extends VmmNeeds {
  readonly cacheFolder: string;
  /** Bytes that a build needs free in the work folder. */
  readonly spaceNeeded: number;
  readonly base: string;
  readonly builder: 'go' | 'nx' | 'prebuilt';
}

interface Ports {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const alwaysNeeded = ['qemu-img', 'qemu-storage-daemon', 'qemu-system-x86_64', 'debugfs', 'e2fsck', 'xorriso', 'setpriv', 'unshare', 'nsenter'];
const bootstrapNeeded = ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat'];
const builderPrograms = { go: ['go'], nx: ['npx', 'go'], prebuilt: [] } as const;

/** Looks at this machine for what a build needs: within seconds, and before any work. */
export async function examineMachine(request: DoctorRequest, ports: Ports): Promise<readonly Finding[]> {
  const [tools, vmm, ...others] = await Promise.all([
    checkTools(request, ports),
    examineVmm(request, ports),
    checkFuse(),
    examineNamespace({ kind: 'mount', state: 'broken', otherwise: 'run as root' }, ports),
    checkSpace('work folder', request.workFolder, request.spaceNeeded),
    checkSpace('cache folder', request.cacheFolder, 0),
  ]);
  return [checkMachine(), ...vmm, ...others, ...tools];
}

/** @throws Failure where something that a build needs is broken, with every finding and its mend. */
export async function assertHealthyMachine(inputs: BuildInputs, ports: Ports & { readonly log: Log }): Promise<void> {
  const findings = await examineMachine({ ...describeNeeds(inputs), proveKvm: inputs.smoke.requireKvm }, ports);
  for (const { name, text, mend } of findings.filter((finding) => finding.state === 'warning')) {
    ports.log.warn(`${name}: ${text}${mend === undefined ? '' : `; ${mend}`}`);
  }
  const broken = findings.filter((finding) => finding.state === 'broken');
  const [first] = broken;
  if (first === undefined) return;
  throw new Failure(broken.length === 1 ? `${first.name} ${first.text}` : `${broken.length} things that a build needs are not there: ${broken.map(({ name }) => name).join(', ')}`, {
    evidence: broken.length === 1 ? [] : broken.map(({ name, text, mend }) => `${name}: ${text}${mend === undefined ? '' : `; ${mend}`}`),
    mend: broken.length === 1 ? first.mend ?? 'ch-golden doctor' : 'ch-golden doctor names the command for each',
  });
}

/** What a build with these inputs needs of the machine. */
export function describeNeeds({ base, daemon, folders, image, smoke }: BuildInputs): DoctorRequest {
  return {
    workFolder: folders.work,
    cacheFolder: folders.cache,
    // An overlay, the finished image and the clones' overlays hold data, not the whole disk.
    spaceNeeded: Math.min(image.diskSize, 3 * 1024 ** 3),
    vmm: smoke.vmm,
    requireKvm: smoke.requireKvm,
    proveKvm: true,
    base: base.reference,
    builder: daemon.request.builder,
  };
}

/** The worst state among findings. */
export function worstState(findings: readonly Finding[]): Finding['state'] {
  if (findings.some((finding) => finding.state === 'broken')) return 'broken';
  return findings.some((finding) => finding.state === 'warning') ? 'warning' : 'ok';
}

function checkMachine(): Finding {
  const name = 'machine';
  if (process.platform === 'linux' && process.arch === 'x64') return { name, state: 'ok', text: 'Linux on x86-64' };
  return { name, state: 'broken', text: `${process.platform} on ${process.arch}`, mend: 'use a Linux machine with an x86-64 CPU' };
}

async function checkFuse(): Promise<Finding> {
  const name = '/dev/fuse';
  const mend = 'sudo apt-get install fuse3 && sudo modprobe fuse && sudo udevadm trigger --name-match=fuse';
  switch (await openState('/dev/fuse')) {
    case 'ok': return { name, state: 'ok', text: 'opens' };
    case 'denied': return { name, state: 'broken', text: 'this user may not open it: images cannot be edited without it', mend };
    case 'missing': return { name, state: 'broken', text: 'is not there: images cannot be edited without it', mend };
  }
}

async function checkSpace(name: string, folder: string, needed: number): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const text = `${formatBytes(bavail * bsize)} free in ${folder}`;
    if (bavail * bsize >= needed) return { name, state: 'ok', text };
    return { name, state: 'broken', text: `${text}: a build needs ${formatBytes(needed)}`, mend: `free space there, or give another ${name.replace(' ', '-')}` };
  } catch (error) {
    return { name, state: 'broken', text: `${folder} cannot be used: ${errorMessage(error)}`, mend: `make it writable for this user, or give another ${name.replace(' ', '-')}` };
  }
}

async function checkTools(request: DoctorRequest, { processes }: Ports): Promise<readonly Finding[]> {
  const needed = [
    ...alwaysNeeded,
    ...builderPrograms[request.builder],
    ...(request.base.startsWith('bootstrap:') ? bootstrapNeeded : []),
  ];
  const found = await Promise.all(needed.map(async (program) => ({ program, path: await processes.tryFind(program) })));
  return found.map(({ program, path }): Finding => {
    if (path !== undefined) return { name: program, state: 'ok', text: path };
    const packageName = packageOfProgram[program];
    const mend = packageName === undefined ? `install ${program} and put it on PATH` : `sudo apt-get install --no-install-recommends ${packageName}`;
    return { name: program, state: 'broken', text: 'is not installed', mend };
  });
}
