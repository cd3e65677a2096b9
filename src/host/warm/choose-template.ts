import { errorMessage, Failure } from '../../platform/errors.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import type { VmRecord } from '../vm/vm-record.js';
import { listDifferences, toTemplateKey, type TemplateSize } from './template-document.js';
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
  readonly name: string;
  readonly warm: WarmMode;
  readonly memory: 'copy' | 'on-demand';
  readonly local: LocalVersion;
  readonly vm: Pick<VmRecord, 'cpus' | 'memoryMiB' | 'tap' | 'disk'>;
  /** Bytes. */
  readonly diskSize: number;
  readonly isRevoked: boolean;
}

/**
 * How a new VM starts, for its record; undefined if it starts cold. Says which and why.
 * @throws Failure if it must start warm, and cannot
 */
export async function chooseWarmStart(request: WarmRequest, ports: Ports): Promise<VmRecord['warm']> {
  const { root, name, warm, memory, local, vm } = request;
  if (warm === 'never') return undefined;
  const obstacle = findObstacle(request);
  const { found, reason } =
    obstacle === undefined ? await findTemplate(root, { local, size: vm }, ports) : { reason: obstacle };
  if (found !== undefined) {
    ports.log.info(`${name} starts warm, from template ${found.template.key}`);
    return { key: found.template.key, mode: warm, ...(memory === 'copy' ? {} : { memory }) };
  }
  if (warm === 'always') {
    throw new Failure(`${name} cannot start warm: ${reason}`, { fix: formatFix(request, obstacle) });
  }
  ports.log.info(`${name} starts cold: ${reason}`);
  return undefined;
}

/** Why no template can fit a VM. */
function findObstacle({ vm, diskSize, local, isRevoked }: WarmRequest): string | undefined {
  if (isRevoked) return 'its version is revoked';
  if (vm.disk === 'raw') return 'its disk is raw, and that of a template is an overlay';
  if (vm.tap === undefined) return 'it has no network, by which the guest would get its identity';
  if (diskSize !== local.manifest.disk.virtualSize)
    return 'its disk is larger than the image, and that of a template is not';
  return undefined;
}

function formatFix({ local, vm }: WarmRequest, obstacle: string | undefined): string {
  return obstacle === undefined
    ? `ch-golden host warm --version ${local.version} --cpus ${vm.cpus} --memory ${vm.memoryMiB}M; or --warm=auto`
    : 'leave out --warm';
}
