import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runTogether } from '../../platform/concurrency.js';
import {
  changeOwnerWithin,
  createFileWithin,
  pathWithin,
  type OwnedDirectory,
} from '../../platform/fs/owned-directory.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import {
  entropyBytes,
  entropyFile,
  identityFile,
  renderIdentity,
  type IdentityRequest,
} from '../../vmm/identity-records.js';
import { addToSeedIso } from '../../vmm/seed-iso.js';
import { overlayCommand } from '../launch.js';
import type { HostPorts } from '../ports.js';
import { assertReadableByUser, planConfinement, type Confinement } from '../vm/confinement.js';
import { keepPreviousLog, prepareFiles, removeDirectoryTree, removeWithin } from '../vm/vm-files.js';
import { vmFiles, type VmRecord } from '../vm/vm-record.js';
import { parseTemplateConfig, toCloneConfig } from './clone-config.js';
import { recordsFile, templateFiles } from './template-document.js';
import type { LocalTemplate } from './templates.js';

/** The files of a warm start, in the directory of the VM. */
export const cloneFiles = {
  /** The seed that is plugged in: that of a cold start, with who the clone is, and random bytes. */
  seed: 'warm-seed.iso',
  /** What the VMM restores from. */
  snapshot: 'warm-snapshot',
  scratch: 'warm-seed',
} as const;

/** Files of a template that its clones read in place. */
const sharedFiles = [templateFiles.state, templateFiles.memory] as const;

export interface CloneRequest {
  readonly vm: VmRecord;
  /** Its lock is held, and no VMM runs in it. */
  readonly directory: OwnedDirectory;
  readonly user: SystemUser | undefined;
  readonly base: string | undefined;
  readonly template: LocalTemplate;
}

/**
 * Prepares everything that the VMM of a clone opens, whatever an earlier attempt has left.
 * @throws Failure if the user that it runs as cannot read a file it needs
 */
export async function prepareClone(
  request: CloneRequest,
  ports: Pick<HostPorts, 'processes' | 'log' | 'signal'>,
): Promise<void> {
  await removeCloneFiles(request.directory, ports);
  await runTogether(ports.signal, [
    async () => writeCloneSeed(request, ports),
    async () => prepareVmFiles(request, ports),
    async () => writeSnapshot(request, await planReadable(request, ports)),
  ]);
}

async function prepareVmFiles(request: CloneRequest, ports: Pick<HostPorts, 'processes'>): Promise<void> {
  const { directory, user, template } = request;
  await replaceDisk(directory, join(template.directory, templateFiles.disk), ports);
  await keepPreviousLog(directory);
  await prepareFiles(directory, user, ports);
  await (await createFileWithin(directory, recordsFile, { owner: user, mode: 0o600 })).close();
}

/** Paths that the VMM may read; undefined without Landlock. */
async function planReadable(
  { vm, user, base, template }: CloneRequest,
  ports: Pick<HostPorts, 'processes' | 'log'>,
): Promise<Confinement['readable']> {
  const { readable } = await planConfinement(vm, { user, base }, ports);
  const shared = sharedFiles.map((name) => join(template.directory, name));
  await assertReadableByUser(vm, { user, readable: [...(readable ?? []), ...shared] }, ports);
  return readable === undefined ? undefined : [...readable, cloneFiles.seed];
}

/** Removes what only a warm start needs. The seed and the console stay with the VMM that has them open. */
export async function removeCloneFiles(
  { path }: OwnedDirectory,
  ports: Pick<HostPorts, 'processes'>,
  names: readonly string[] = [...Object.values(cloneFiles), recordsFile],
): Promise<void> {
  await removeWithin(path, names, ports);
}

/** Gives a VM that was never handed over an empty disk over a file. */
export async function replaceDisk(
  { path }: OwnedDirectory,
  backingFile: string,
  { processes }: Pick<HostPorts, 'processes'>,
  size?: number,
): Promise<void> {
  // Relative, so that the root can be moved.
  const backing = relative(await realpath(path), await realpath(backingFile));
  const fresh = join(path, `${vmFiles.disk}.warm`);
  await processes.run({ argv: [...overlayCommand(backing, fresh), ...(size === undefined ? [] : [String(size)])] });
  await rename(fresh, join(path, vmFiles.disk));
}

/** Never the same twice: a clone that starts from the random bytes of another one would make the same keys. */
async function writeCloneSeed(
  { vm, directory, user }: CloneRequest,
  { processes }: Pick<HostPorts, 'processes'>,
): Promise<void> {
  const scratch = join(directory.path, cloneFiles.scratch);
  await mkdir(scratch, { mode: 0o700 });
  const files = { [identityFile]: renderIdentity(toIdentity(vm)), [entropyFile]: randomBytes(entropyBytes) };
  const [from, to] = [vmFiles.seed, cloneFiles.seed].map((name) => join(directory.path, name)) as [string, string];
  await addToSeedIso(files, { directory: scratch, from, to }, processes);
  await removeDirectoryTree(scratch, { processes });
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const owner = { uid: self.uid, gid: user?.gid ?? self.gid };
  await changeOwnerWithin(directory, cloneFiles.seed, { owner, mode: user === undefined ? 0o400 : 0o440 });
}

/** As the seed of a cold start: cloud-init.ts. */
function toIdentity({ name, macAddress, network }: VmRecord): IdentityRequest {
  return {
    instanceId: name,
    hostname: name,
    macAddress,
    address: network?.address ?? 'dhcp',
    gateway: network?.gateway,
    nameservers: network?.nameservers ?? [],
  };
}

/** The clone's config, beside links to what all clones share. */
async function writeSnapshot(
  { vm, directory, user, template }: CloneRequest,
  readable: Confinement['readable'],
): Promise<void> {
  const from = join(template.directory, templateFiles.config);
  const config = parseTemplateConfig(await readFile(from), from);
  const content = toCloneConfig(config, { vm, disk: vmFiles.disk, readable, hasNetwork: vm.tap !== undefined });
  const snapshot = pathWithin(directory, cloneFiles.snapshot);
  await mkdir(snapshot, { mode: 0o711 });
  const owner = { uid: process.geteuid?.() ?? 0, gid: user?.gid ?? process.getegid?.() ?? 0 };
  const name = `${cloneFiles.snapshot}/${templateFiles.config}`;
  await using file = await createFileWithin(directory, name, { owner, mode: 0o440 });
  await file.writeFile(JSON.stringify(content));
  for (const shared of sharedFiles) await symlink(join(template.directory, shared), `${snapshot}/${shared}`);
}
