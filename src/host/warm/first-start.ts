import { join } from 'node:path';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { writeFileAtomically } from '../../platform/fs/files.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import { readLocalVersion, tryGetBase, type LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import { assertVersionFiles } from '../version-gate.js';
import { assertCanStart } from '../vm/check-host-fit.js';
import { assertSafeDisk } from '../vm/vm-defects.js';
import { vmFiles, type VmRecord } from '../vm/vm-record.js';
import { resolveVmUser, warnOfRoot } from '../vm/vm-user.js';
import { forgetVmm, killVmm, tryFindVmm } from '../vm/vmm-process.js';
import { findTemplate } from './choose-template.js';
import { removeCloneFiles, replaceDisk } from './clone-files.js';
import { clearPending, isPending } from './pending.js';
import { startClone, type CloneTimes } from './start-clone.js';

export interface FirstStart {
  readonly root: string;
  readonly directory: OwnedDirectory;
  readonly user?: string | undefined;
  readonly overcommit?: boolean | undefined;
  readonly allowedDefects?: readonly string[] | undefined;
}

interface Started {
  readonly vm: VmRecord;
  readonly pid: number;
  readonly changed: true;
  readonly warm: CloneTimes;
}

/**
 * The first start of a VM that was created warm. A start that was interrupted is thrown away.
 * @returns its record if it has to be started cold: it always is from its second start on
 * @throws Failure if it must start warm, and cannot; or if its version was revoked since it was created
 */
export async function tryStartWarm(
  vm: VmRecord,
  request: FirstStart,
  ports: HostPorts,
): Promise<Started | { readonly vm: VmRecord }> {
  const { root, directory } = request;
  if (vm.warm === undefined || !(await isPending(directory))) return { vm };
  const left = await tryFindVmm(directory, ports.signal);
  if (left !== undefined) await killVmm(left, directory, ports);
  await forgetVmm(directory);
  const local = await readLocalVersion(root, vm.image, vm.version);
  const revocation = tryGetLocalRevocation(await readSeen(root, vm.image), local);
  assertNotRevoked({ ...local, revocation, allowRevoked: false }, ports.log);
  const header = await assertVersionFiles(local);
  const reason = await tryWarm(vm, request, local, ports);
  if (typeof reason !== 'string') return reason;
  if (vm.warm.mode === 'always') {
    throw new Failure(`${vm.name} cannot start warm: ${reason}`, {
      fix: `ch-golden vm delete ${vm.name}, then create it again with --warm=auto`,
    });
  }
  ports.log.warn(`${vm.name} starts cold: ${reason}`);
  return { vm: await becomeCold(vm, { root, directory, size: header.virtualSize }, ports) };
}

/** @returns why it cannot start warm, if a template may be missing */
async function tryWarm(
  vm: VmRecord,
  { root, directory, ...request }: FirstStart,
  local: LocalVersion,
  ports: HostPorts,
): Promise<Started | string> {
  const { found, reason } = await findTemplate(root, { local, size: vm }, ports);
  if (found === undefined) return reason;
  if (found.template.key !== vm.warm?.key) return 'its template has changed since the VM was created';
  const user = await assertStartable(vm, { root, ...request }, ports);
  try {
    const base = tryGetBase(local);
    const { pid, times } = await startClone({ root, vm, directory, user, base, template: found }, ports);
    ports.log.info(
      `${vm.name} runs after ${formatDuration(times.resumed)}, has a new identity after ` +
        `${formatDuration(times.identity)}, and its daemon responds after ${formatDuration(times.answered)}`,
    );
    return { vm, pid, changed: true, warm: times };
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!(error instanceof Failure) || vm.warm.mode === 'always') throw error;
    return errorMessage(error);
  }
}

/** As for a cold start. @returns the user that it runs as */
async function assertStartable(
  vm: VmRecord,
  { root, user: given, overcommit, allowedDefects = [] }: Omit<FirstStart, 'directory'>,
  ports: HostPorts,
): Promise<SystemUser | undefined> {
  await assertSafeDisk(vm, allowedDefects, ports);
  const user = await resolveVmUser({ root, user: given ?? vm.user }, ports);
  await assertCanStart(overcommit === true ? { ...vm, overcommit } : vm, { root, user }, ports);
  if (user === undefined && process.geteuid?.() === 0) warnOfRoot(ports.log);
  return user;
}

/** Makes it a VM that was created cold. Killed in between, it is still pending, and the next start repeats this. */
async function becomeCold(
  vm: VmRecord,
  { root, directory, size }: { readonly root: string; readonly directory: OwnedDirectory; readonly size: number },
  ports: HostPorts,
): Promise<VmRecord> {
  await removeCloneFiles(directory, ports);
  await replaceDisk(directory, vm.imagePath, ports, size);
  const cold = withoutUndefined({ ...vm, warm: undefined });
  const path = join(root, 'sandboxes', vm.name, vmFiles.record);
  await writeFileAtomically(path, `${JSON.stringify(cold, null, 2)}\n`);
  await clearPending(directory);
  return cold;
}
