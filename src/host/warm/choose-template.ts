import { dirname, join } from 'node:path';
import type { MemoryRestore } from '../../vmm/cloud-hypervisor-api.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { pathExists } from '../../platform/fs/files.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import type { VmRecord } from '../vm/vm-record.js';
import { listDifferences, templateFiles, toTemplateKey, tryGetLayer, type TemplateSize } from './template-document.js';
import { readWarmHost, toTemplateInputs } from './template-inputs.js';
import { listTemplates, tryFindTemplateProblem, tryReadTemplate, type LocalTemplate } from './templates.js';

/** How a VM starts for the first time: `auto` from a template if one fits. */
export type WarmMode = 'auto' | 'always' | 'never';

type Ports = Pick<HostPorts, 'processes' | 'machine' | 'log' | 'signal'>;

/** The template that fits, or why there is none. */
export type TemplateChoice =
  | { readonly found: LocalTemplate; readonly reason?: undefined }
  | { readonly found?: undefined; readonly reason: string };

/** Looks for the template of a version that fits this host, as it is now. */
export async function findTemplate(
  root: string,
  { local, size }: { readonly local: LocalVersion; readonly size: TemplateSize },
  ports: Ports,
): Promise<TemplateChoice> {
  try {
    const inputs = toTemplateInputs(local, size, await readWarmHost(ports));
    const found = await tryReadTemplate(root, local, toTemplateKey(inputs));
    if (found === undefined) {
      const { templates } = await listTemplates(root, local);
      const others = templates.map(({ template }) => `another ${listDifferences(template.inputs, inputs).join(', ')}`);
      const name = `${local.image}.${local.version}`;
      return { reason: `no template of ${name} fits${others.map((other) => `; one has ${other}`).join('')}` };
    }
    const problem = await tryFindTemplateProblem(found, { rehash: false }, ports);
    return problem === undefined ? { found } : { reason: `the template is damaged: ${problem}` };
  } catch (error) {
    ports.signal.throwIfAborted();
    if (error instanceof Failure) return { reason: errorMessage(error) };
    throw error;
  }
}

export interface WarmRequest {
  readonly root: string;
  /** By default `auto`. */
  readonly warm?: WarmMode | undefined;
  /** By default a copy. */
  readonly warmMemory?: MemoryRestore | undefined;
  readonly local: LocalVersion;
  /** Bytes. */
  readonly diskSize: number;
}

/**
 * The record of a new VM, with the template that it starts from if it starts warm. Says which and why.
 * @throws Failure if it must start warm, and cannot
 */
export async function chooseWarmStart(vm: VmRecord, request: WarmRequest, ports: Ports): Promise<VmRecord> {
  const { root, warm = 'auto', warmMemory = 'copy', local } = request;
  const { name } = vm;
  if (warm === 'never') return vm;
  // On hosts without templates, nobody wants to know why a VM starts cold.
  if (request.warm === undefined && (await listTemplates(root, local)).templates.length === 0) return vm;
  const obstacle = await tryFindObstacle(vm, request);
  const { found, reason } =
    obstacle === undefined ? await findTemplate(root, { local, size: vm }, ports) : { reason: obstacle };
  if (found !== undefined) {
    const how = warmMemory === 'copy' ? 'a copy of its memory' : 'its memory loaded on demand';
    ports.log.info(`${name} starts warm, from template ${found.template.key}, with ${how}`);
    const memory = warmMemory === 'copy' ? {} : { memory: warmMemory };
    return { ...vm, warm: { key: found.template.key, mode: warm, ...memory } };
  }
  if (warm === 'always') {
    throw new Failure(`${name} cannot start warm: ${reason}`, { fix: formatFix(vm, obstacle) });
  }
  ports.log.info(`${name} starts cold: ${reason}`);
  return vm;
}

/** The caller holds the lock `switch`, so nothing removes the template afterwards. @throws Failure if it is gone */
export async function assertTemplateExists(vm: VmRecord): Promise<void> {
  const layer = tryGetLayer(vm);
  if (layer === undefined || (await pathExists(join(dirname(layer), templateFiles.document)))) return;
  throw new Failure(`the template of ${vm.name} was removed in the meantime`, { fix: formatFix(vm, undefined) });
}

/** Why no template can fit a VM. */
async function tryFindObstacle(vm: VmRecord, { root, diskSize, local }: WarmRequest): Promise<string | undefined> {
  if (tryGetLocalRevocation(await readSeen(root, local.image), local) !== undefined) return 'its version is revoked';
  if (vm.disk === 'raw') return 'its disk is raw, and that of a template is an overlay';
  if (vm.tap === undefined) return 'it has no network, by which the guest would get its identity';
  if (diskSize !== local.manifest.disk.virtualSize)
    return 'its disk is larger than the image, and that of a template is not';
  return undefined;
}

function formatFix(vm: VmRecord, obstacle: string | undefined): string {
  return obstacle === undefined
    ? `ch-golden host warm --version ${vm.version} --cpus ${vm.cpus} --memory ${vm.memoryMiB}M; or --warm=auto`
    : 'leave out --warm';
}
