import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { readQcow2Header } from '../../disk/qcow2-header.js';
import { formatDocument } from '../../platform/document.js';
import { Failure, ToolError } from '../../platform/errors.js';
import { formatBytes } from '../../platform/format.js';
import { sha256OfFile, writeFileAtomically } from '../../platform/fs/files.js';
import {
  changeOwnerWithin,
  openFileWithin,
  pathWithin,
  type OwnedDirectory,
} from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import type { IdentityValues } from '../../vmm/identity-records.js';
import { tryStatFile } from '../host-files.js';
import type { HostPorts } from '../ports.js';
import { findOverlayProblem } from '../vm/vm-disk.js';
import { removeDirectoryTree } from '../vm/vm-files.js';
import { vmFiles } from '../vm/vm-record.js';
import { parseTemplateConfig } from './clone-config.js';
import { toMemoryLimit } from './memory-limit.js';
import {
  hashedFiles,
  recordsFile,
  templateFiles,
  toTemplateKey,
  type Template,
  type TemplateInputs,
} from './template-document.js';

export interface SealRequest {
  readonly image: string;
  readonly version: number;
  readonly imagePath: string;
  readonly virtualSize: number;
  readonly inputs: TemplateInputs;
  readonly vmmRelease: string;
  readonly identity: IdentityValues;
  /** The user that VMs run as, which must be able to read the memory. */
  readonly user: SystemUser | undefined;
}

const checkWithinMs = 600_000;
const configLimit = 64 * 1024;

/** What a template's VMM and its guest needed, and no clone does. */
const leftovers = [
  vmFiles.run,
  vmFiles.seed,
  vmFiles.serial,
  vmFiles.log,
  vmFiles.output,
  vmFiles.vmm,
  recordsFile,
] as const;

/** Makes what a VMM has left in a draft into a template: checked, read-only and durable. */
export async function sealTemplate(
  directory: OwnedDirectory,
  request: SealRequest,
  ports: HostPorts,
): Promise<Template> {
  for (const name of leftovers) await removeDirectoryTree(join(directory.path, name), ports);
  await takeOwnership(directory, request.user);
  await assertLayer(directory, request, ports);
  await assertConfig(directory);
  await punchZeros(directory, request, ports);
  // Whole seconds: every filesystem stores them exactly.
  const created = new Date(Math.floor(ports.clock.now() / 1000) * 1000);
  const files = {} as Record<(typeof hashedFiles)[number], { size: number; sha256: string }>;
  for (const name of hashedFiles) files[name] = await sealFile(directory, name, created, ports.signal);
  const { image, version, inputs, vmmRelease } = request;
  const identity = withoutUndefined(request.identity);
  const key = toTemplateKey(inputs);
  const template: Template = {
    schema: 1,
    ...{ key, image, version, created: created.toISOString(), vmmRelease, inputs, identity, files },
  };
  await writeFileAtomically(join(directory.path, templateFiles.document), formatDocument(template), 0o444);
  return template;
}

/**
 * No VMM may change what other VMs start from. The memory holds what the guest had in it, so only the group of the
 * VMs' user can read it, besides its owner.
 */
async function takeOwnership(directory: OwnedDirectory, user: SystemUser | undefined): Promise<void> {
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const owner = { uid: self.uid, gid: user?.gid ?? self.gid };
  for (const name of hashedFiles) {
    // The disk stays writable for its check.
    const mode = name === templateFiles.disk ? 0o600 : user === undefined ? 0o400 : 0o440;
    await changeOwnerWithin(directory, name, { owner, mode });
  }
}

async function assertLayer(
  directory: OwnedDirectory,
  { imagePath, virtualSize }: SealRequest,
  { processes }: HostPorts,
): Promise<void> {
  const path = join(directory.path, templateFiles.disk);
  const problem = await findOverlayProblem(path, { paths: [imagePath], name: 'the image of its version' });
  if (problem !== undefined) throw new Failure(`the disk of the template is rejected: ${problem}`);
  const header = await readQcow2Header(path);
  if (header.virtualSize !== virtualSize)
    throw new Failure(`the template's disk has ${header.virtualSize} bytes, but the image has ${virtualSize}`);
  // Leaked clusters only cost space; anything else makes it fail.
  const argv = ['qemu-img', 'check', '-q', '-f', 'qcow2', '-r', 'leaks', path] as const;
  await processes.run({ argv, timeoutMs: checkWithinMs }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the disk of the template is damaged: ${error.message}`, {
      evidence: error.evidence,
      cause: error,
    });
  });
}

async function assertConfig(directory: OwnedDirectory): Promise<void> {
  await using file = await openFileWithin(directory, templateFiles.config);
  const { size } = await file.stat();
  if (size > configLimit) throw new Failure(`${templateFiles.config} of the template has ${size} bytes`);
  parseTemplateConfig(await file.readFile(), templateFiles.config);
}

async function punchZeros(
  directory: OwnedDirectory,
  { inputs }: Pick<SealRequest, 'inputs'>,
  { processes, log }: HostPorts,
): Promise<void> {
  const path = join(directory.path, templateFiles.memory);
  const measure = async (): Promise<number> => ((await tryStatFile(path))?.blocks ?? 0) * 512;
  const before = await measure();
  await processes
    .run({ argv: ['fallocate', '--dig-holes', path], timeoutMs: toMemoryLimit(checkWithinMs, inputs.memoryMiB) })
    .catch((error: unknown) => {
      if (!(error instanceof ToolError)) throw error;
      log.info(
        `The memory of the template takes ${formatBytes(before)}: this filesystem does not support sparse files`,
      );
    });
  log.info(`The memory of the template takes ${formatBytes(await measure())} (${formatBytes(before)} with its zeros)`);
}

async function sealFile(
  directory: OwnedDirectory,
  name: (typeof hashedFiles)[number],
  created: Date,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const path = pathWithin(directory, name);
  const sha256 = await sha256OfFile(path, signal);
  await utimes(path, created, created);
  await using file = await openFileWithin(directory, name);
  if (name === templateFiles.disk) await file.chmod(0o444);
  await file.sync();
  return { size: (await file.stat()).size, sha256 };
}
