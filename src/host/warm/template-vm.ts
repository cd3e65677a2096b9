import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createApi, type CloudHypervisorApi } from '../../vmm/cloud-hypervisor-api.js';
import { program } from '../../vmm/cloud-hypervisor-release.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { createFileWithin, openDirectory, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { toPlainText } from '../../platform/plain-text.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { asUser, type SystemUser } from '../../platform/process/system-users.js';
import { findRecord, type IdentityValues } from '../../vmm/identity-records.js';
import { launchArguments, rawOptions } from '../launch.js';
import type { HostPorts } from '../ports.js';
import { assertReadableByUser, planConfinement, quoteValue, type Confinement } from '../vm/confinement.js';
import { prepareFiles, reachVmm, readLogEnd } from '../vm/vm-files.js';
import { vmFiles, type VmRecord } from '../vm/vm-record.js';
import { forgetVmm, killVmm, launchVmm, waitForExit } from '../vm/vmm-process.js';
import { toMemoryLimit } from './memory-limit.js';
import { deviceIds, recordsFile, templateFiles } from './template-document.js';
import { templateCmdline } from './template-seed.js';
import { readRecords } from './wait-for-records.js';

export interface TemplateVm {
  /** What the template is booted from. It has no network card. */
  readonly vm: VmRecord;
  /** The draft: has the disk and the seed already. */
  readonly directory: OwnedDirectory;
  readonly user: SystemUser | undefined;
  /** The base of a layered image. */
  readonly base: string | undefined;
  readonly limits: TemplateLimits;
  /** Let other work of this machine go first. */
  readonly inBackground: boolean;
}

export interface TemplateLimits {
  /** For the boot of the guest, in milliseconds. */
  readonly bootMs: number;
  /** For every other step. */
  readonly stepMs: number;
}

/** Where the VMM writes the snapshot: the only directory that its user can write to. */
const snapshotDirectory = `${vmFiles.run}/snapshot`;
const evidenceLines = 20;
/** Of both CPU and disks. */
const lowPriority = ['nice', '--adjustment=19', 'ionice', '--class=idle', '--'] as const;

/**
 * Boots a template, and leaves its snapshot beside its disk in the draft. The VMM has exited when this returns: it
 * writes its last metadata of the disk only then.
 * @returns the identity that its guest reported
 */
export async function snapshotTemplate(request: TemplateVm, ports: HostPorts): Promise<IdentityValues> {
  const { vm, directory, user, base, limits, inBackground } = request;
  const path = await ports.processes.tryFind(program);
  if (path === undefined) throw new Failure(`${program} is not installed on this host`);
  const confinement = await planConfinement(vm, { user, base }, ports);
  await assertReadableByUser(vm, confinement, ports);
  await prepareFiles(directory, user, ports);
  await prepareSnapshot(directory, user);
  const command = templateCommand(vm, confinement, path);
  const vmm = await launchVmm(directory, inBackground ? [...lowPriority, ...command] : command, ports.processes);
  try {
    const identity = await waitForGuest({ directory, vmm, limits }, ports);
    const limitMs = toMemoryLimit(limits.stepMs, vm.memoryMiB);
    const api = createApi({ reach: reachVmm(directory), limitMs }, ports.signal);
    await freeze(api, { vmm, limits }, ports);
    if (!(await waitForExit(vmm, limitMs, ports.clock, ports.signal)))
      throw new Failure(`${program} did not exit within ${formatDuration(limitMs)}`);
    await forgetVmm(directory);
    await takeSnapshot(directory);
    return identity;
  } catch (error) {
    // Read before it is killed, and its files are removed.
    const evidence = await readEvidence(directory);
    await killVmm(vmm, directory, { ...ports, signal: new AbortController().signal });
    ports.signal.throwIfAborted();
    throw new Failure(`cannot create a template of ${vm.image}.${vm.version}: ${errorMessage(error)}`, {
      fix:
        error instanceof Failure && error.fix !== undefined
          ? error.fix
          : 'until a template exists, VMs of this version start cold',
      evidence,
      cause: error,
    });
  }
}

async function waitForGuest(
  { directory, vmm, limits }: Pick<TemplateVm, 'directory' | 'limits'> & { readonly vmm: ProcessIdentity },
  ports: HostPorts,
): Promise<IdentityValues> {
  const records = await readRecords({ of: 'template', directory, vmm }, ports).waitFor('template-ready', limits.bootMs);
  const ready = findRecord(records, 'template-ready');
  if (ready === undefined) throw new Error('the record that was waited for is missing');
  const { hostname, machineId, bootId, fingerprint } = ready;
  return { hostname, machineId, bootId, fingerprint };
}

async function freeze(
  api: CloudHypervisorApi,
  { vmm, limits }: { readonly vmm: ProcessIdentity; readonly limits: TemplateLimits },
  { clock, signal }: HostPorts,
): Promise<void> {
  await api.removeDevice(deviceIds.seed);
  const deadline = clock.now() + limits.stepMs;
  while ((await api.listDeviceIds()).includes(deviceIds.seed)) {
    if (clock.now() >= deadline || !(await isAlive(vmm)))
      throw new Failure(`the guest did not release its seed within ${formatDuration(limits.stepMs)}`);
    await clock.sleep(50, signal);
  }
  await api.pauseVm();
  await api.snapshotVm(snapshotDirectory);
  await api.shutDownVmm();
}

/** The command that boots a template in its draft. */
export function templateCommand(
  vm: VmRecord,
  { user, readable }: Confinement,
  path: string = program,
): readonly [string, ...string[]] {
  const boot = launchArguments({ ...vm, cmdline: `${vm.cmdline} ${templateCmdline}` });
  const rules = [...(readable ?? []).map((rule) => `path=${quoteValue(rule)},access=r`)];
  const command = [
    path,
    '--api-socket',
    `path=${vmFiles.run}/${vmFiles.socket}`,
    '--log-file',
    vmFiles.log,
    // These arguments end with the options of the disk, so the seed is one more.
    ...boot.slice(0, -1),
    `${boot.at(-1) ?? ''},id=${deviceIds.root}`,
    `path=${vmFiles.seed},readonly=on,${rawOptions},id=${deviceIds.seed}`,
    '--cpus',
    `boot=${vm.cpus}`,
    '--memory',
    `size=${vm.memoryMiB}M`,
    '--serial',
    'tty',
    '--console',
    `file=${recordsFile}`,
    ...(readable === undefined
      ? []
      : ['--landlock', '--landlock-rules', ...rules, `path=${snapshotDirectory},access=rw`]),
  ] as const;
  return user === undefined ? command : [...asUser(user), ...command];
}

/** Creates what the VMM writes to. The caller holds the directory, and no VMM runs in it. */
async function prepareSnapshot(directory: OwnedDirectory, user: SystemUser | undefined): Promise<void> {
  await (await createFileWithin(directory, recordsFile, { owner: user, mode: 0o600 })).close();
  const path = pathWithin(directory, snapshotDirectory);
  await mkdir(path, { mode: 0o700 });
  await using created = await openDirectory(path, join(directory.path, snapshotDirectory));
  if (user !== undefined) await created.chown(user.uid, user.gid);
}

/** Moves the snapshot out of the directory of the VMM's user, who could have replaced any part of it by links. */
async function takeSnapshot(directory: OwnedDirectory): Promise<void> {
  await using run = await openDirectory(pathWithin(directory, vmFiles.run), join(directory.path, vmFiles.run));
  const name = join(directory.path, snapshotDirectory);
  await using snapshot = await openDirectory(pathWithin({ handle: run }, 'snapshot'), name);
  for (const file of [templateFiles.config, templateFiles.state, templateFiles.memory])
    await rename(pathWithin({ handle: snapshot }, file), pathWithin(directory, file));
}

/** The last lines of a VMM and of its guest. */
export async function readEvidence(directory: OwnedDirectory): Promise<readonly string[]> {
  const logs = await Promise.all(
    [vmFiles.serial, vmFiles.log, vmFiles.output].map(async (name) => readLogEnd(directory, name)),
  );
  return logs
    .flatMap((log) => log.split('\n'))
    .map((line) => toPlainText(line, 500))
    .filter((line) => line !== '')
    .slice(-evidenceLines);
}
