import { chmod, lstat, mkdir, mkdtemp, realpath, rename } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { formatBytes, formatDuration } from '../../platform/format.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';
import { writeSeedIso } from '../../vmm/seed-iso.js';
import { assertFreeSpace, assertOverlaySupport } from '../check-host.js';
import { createHostDirectories, withHostLock } from '../host-directories.js';
import { overlayCommand, toLaunch } from '../launch.js';
import { draftPrefix, tryGetBase, type LocalVersion } from '../local-versions.js';
import { findBackedFiles, identityOf } from '../overlays.js';
import type { HostPorts } from '../ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import { tryStatFile } from '../host-files.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyLocal } from '../version-signatures.js';
import { checkCapacity } from '../vm/capacity.js';
import { getLocalVersion } from '../vm/create-vm.js';
import { assertNoFindings } from '../vm/findings.js';
import { systemMachine } from '../vm/machine.js';
import { removeDirectoryTree, withVmDirectory } from '../vm/vm-files.js';
import { vmFiles, type VmRecord } from '../vm/vm-record.js';
import { resolveVmUser } from '../vm/vm-user.js';
import { listTemplateDrafts, removeTemplateDraft } from './clear-drafts.js';
import { sealTemplate } from './seal-template.js';
import { templateFiles, toTemplateKey, warmDirectory, type TemplateInputs } from './template-document.js';
import { readWarmHost, toTemplateInputs, type WarmHost } from './template-inputs.js';
import { templateSeedFiles } from './template-seed.js';
import { snapshotTemplate, type TemplateLimits } from './template-vm.js';
import { measureTemplate, tryFindTemplateProblem, tryReadTemplate, type LocalTemplate } from './templates.js';

export interface MakeTemplateRequest {
  readonly root: string;
  readonly image: string;
  /** A version on this host; by default the one in use. */
  readonly version?: number | undefined;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The system user that VMs run as; by default that of the host. */
  readonly user?: string | undefined;
  /** Let other work of this machine go first. */
  readonly inBackground?: boolean | undefined;
  readonly limits?: Partial<TemplateLimits> | undefined;
}

export interface MadeTemplate extends LocalTemplate {
  /** False if there was one that fits already. */
  readonly changed: boolean;
  /** On disk. */
  readonly bytes: number;
}

/** An emulated guest takes minutes to boot. */
const defaultLimits: TemplateLimits = { bootMs: 1_200_000, stepMs: 120_000 };
const mebibyte = 1024 ** 2;
/** For what the guest writes while it boots. */
const layerBytes = 512 * mebibyte;

/**
 * Makes the template of a version: a VM that has booted, frozen to be cloned. A killed run leaves one draft, which the
 * next one removes.
 */
export async function makeTemplate(request: MakeTemplateRequest, ports: HostPorts): Promise<MadeTemplate> {
  const root = resolve(request.root);
  await createHostDirectories(root);
  return withHostLock(root, 'warm', ports, async () => {
    for (const draft of await listTemplateDrafts(root)) await removeTemplateDraft(draft, ports);
    const local = await getUsableVersion({ ...request, root }, ports);
    const host = await readWarmHost(ports);
    const inputs = toTemplateInputs(local, request, host);
    const known = await tryKeepTemplate(root, { local, key: toTemplateKey(inputs) }, ports);
    if (known !== undefined) return { ...known, changed: false, bytes: await measureTemplate(known) };
    const start = ports.clock.now();
    const made = await fillDraft({ ...request, root }, { local, host, inputs }, ports);
    const bytes = await measureTemplate(made);
    ports.log.info(
      `Created a template of ${local.image}.${local.version} with ${request.cpus} CPUs and ` +
        `${formatBytes(request.memoryMiB * mebibyte)} of memory in ${formatDuration(ports.clock.now() - start)}: ` +
        `it takes ${formatBytes(bytes)}`,
    );
    return { ...made, changed: true, bytes };
  });
}

async function getUsableVersion(request: MakeTemplateRequest, ports: HostPorts): Promise<LocalVersion> {
  const local = await getLocalVersion(request.root, request);
  const revocation = tryGetLocalRevocation(await readSeen(request.root, local.image), local);
  // VMs of a revoked version start cold: nothing new is made of it.
  assertNotRevoked({ ...local, revocation, allowRevoked: false }, ports.log);
  await verifyLocal(request.root, local);
  const header = await assertVersionFiles(local);
  await assertOverlaySupport(local.manifest, { isLarger: false, header }, ports);
  const { processes, machine = systemMachine(processes) } = ports;
  assertNoFindings(
    `cannot create a template of ${local.image}.${local.version}`,
    await checkCapacity(request, (option) => `use a smaller ${option}`, machine),
  );
  return local;
}

/** The template that is there, if it is whole. One that is damaged is removed, unless disks of VMs need it. */
async function tryKeepTemplate(
  root: string,
  { local, key }: { readonly local: LocalVersion; readonly key: string },
  ports: HostPorts,
): Promise<LocalTemplate | undefined> {
  const directory = join(warmDirectory(root, local.image, local.version), key);
  const found = await tryReadTemplate(root, local, key);
  const problem = found === undefined ? undefined : await tryFindTemplateProblem(found, { rehash: false }, ports);
  if (found !== undefined && problem === undefined) return found;
  if (problem !== undefined) ports.log.warn(`Recreating a damaged template: ${problem}`);
  // Meanwhile no VM is created from it.
  await withHostLock(root, 'switch', ports, async () => {
    await assertNotBacking(root, directory, problem ?? 'it has no document');
    if ((await ifPresent(lstat(directory))) !== undefined) await removeDirectoryTree(directory, ports);
  });
  return undefined;
}

/** @throws Failure if a disk of a VM is backed by a damaged template */
async function assertNotBacking(root: string, directory: string, problem: string): Promise<void> {
  const layer = await tryStatFile(join(directory, templateFiles.disk));
  if (layer === undefined) return;
  const { backed } = await findBackedFiles([join(root, 'sandboxes')], new Set());
  const user = backed.get(identityOf(layer));
  if (user === undefined) return;
  throw new Failure(`the template ${directory} is damaged: ${problem}`, {
    fix: `delete the VMs whose disks need it first: ${relative(root, user)}`,
  });
}

interface Planned {
  readonly local: LocalVersion;
  readonly host: WarmHost;
  readonly inputs: TemplateInputs;
}

async function fillDraft(
  request: MakeTemplateRequest,
  { local, host, inputs }: Planned,
  ports: HostPorts,
): Promise<LocalTemplate> {
  const { root, inBackground = false } = request;
  const limits = { ...defaultLimits, ...request.limits };
  const user = await resolveVmUser(request, ports);
  const parent = warmDirectory(root, local.image, local.version);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(join(parent, draftPrefix));
  try {
    await assertFreeSpace([
      { path: join(draft, templateFiles.memory), neededBytes: request.memoryMiB * mebibyte + layerBytes },
    ]);
    const vm = toTemplateRecord(local, request);
    await writeDraft(draft, vm, ports);
    const template = await withVmDirectory(draft, async (directory) => {
      const identity = await snapshotTemplate(
        { vm, directory, user, base: tryGetBase(local), limits, inBackground },
        ports,
      );
      const { virtualSize } = local.manifest.disk;
      const sealed = {
        ...local,
        imagePath: vm.imagePath,
        virtualSize,
        inputs,
        vmmRelease: host.vmmRelease,
        identity,
        user,
      };
      return sealTemplate(directory, sealed, ports);
    });
    await chmod(draft, 0o755);
    const directory = join(parent, template.key);
    await syncDirectory(draft);
    await rename(draft, directory);
    await syncDirectory(parent);
    return { directory, template };
  } catch (error) {
    await removeDirectoryTree(draft, ports);
    throw error;
  }
}

/** A VM without a network card, of nobody: it has no keys and no addresses. */
function toTemplateRecord(local: LocalVersion, { cpus, memoryMiB }: MakeTemplateRequest): VmRecord {
  return { schema: 1, name: 'template', ...toLaunch(local), cpus, memoryMiB, macAddress: '02:00:00:00:00:00' };
}

async function writeDraft(draft: string, vm: VmRecord, { processes }: HostPorts): Promise<void> {
  // Relative to the draft, whose final name is in the same directory.
  const backing = relative(await realpath(draft), await realpath(vm.imagePath));
  await processes.run({ argv: overlayCommand(backing, join(draft, templateFiles.disk)) });
  const seed = join(draft, 'cloud-init');
  await writeSeedIso(templateSeedFiles(), { directory: seed, iso: join(draft, vmFiles.seed) }, processes);
  await removeDirectoryTree(seed, { processes });
}
