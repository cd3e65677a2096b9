import { join, relative } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { tryStatFile } from '../host-files.js';
import type { LocalVersion } from '../local-versions.js';
import { identityOf, type BackedFiles } from '../overlays.js';
import type { HostPorts } from '../ports.js';
import { listDifferences, templateFiles, warmDirectory } from './template-document.js';
import { readWarmHost, toTemplateInputs, type WarmHost } from './template-inputs.js';
import { listTemplates, measureTemplate, tryFindTemplateProblem, type LocalTemplate } from './templates.js';

/** A template of a version that is kept, and whether it is. */
export interface PlannedTemplate {
  readonly version: number;
  /** The name of its directory. */
  readonly key: string;
  readonly directory: string;
  readonly action: 'keep' | 'remove';
  readonly reason: string;
  /** Bytes on disk. */
  readonly bytes: number;
}

interface Needs {
  readonly root: string;
  readonly backed: BackedFiles;
  /** Versions whose templates are kept: whether disks need them is unknown. */
  readonly unclear: ReadonlyMap<LocalVersion, string>;
}

type Ports = Pick<HostPorts, 'processes' | 'machine' | 'log' | 'signal'>;

/**
 * Finds out which templates are kept: those that disks of VMs are backed by, and those that VMs can be started from on
 * this host as it is now. The caller holds the locks `warm` and `switch`.
 */
export async function planTemplates(
  versions: readonly LocalVersion[],
  needs: Needs,
  ports: Ports,
): Promise<readonly PlannedTemplate[]> {
  const planned: PlannedTemplate[] = [];
  let host: WarmHost | string | undefined;
  for (const local of versions) {
    const { templates, broken } = await listTemplates(needs.root, local);
    const parent = warmDirectory(needs.root, local.image, local.version);
    const found = [
      ...templates,
      ...broken.map(({ name, problem }) => ({ directory: join(parent, name), key: name, problem })),
    ];
    for (const one of found) {
      host ??= await readWarmHost(ports).catch(toReason);
      const need = await tryFindNeed(one.directory, local, needs);
      const obstacle = 'problem' in one ? one.problem : await tryFindObstacle(one, { local, host }, ports);
      const bytes = await measureTemplate(one);
      const { version } = local;
      const key = 'key' in one ? one.key : one.template.key;
      const action = need === undefined && obstacle !== undefined ? 'remove' : 'keep';
      const reason = need ?? obstacle ?? 'fits this host';
      planned.push({ version, key, directory: one.directory, action, reason, bytes });
    }
  }
  return planned;
}

/** Without Cloud Hypervisor, nothing says that a template no longer fits. */
function toReason(error: unknown): string {
  if (error instanceof Failure) return errorMessage(error);
  throw error;
}

/** Why a template must stay; undefined if nothing needs it. */
async function tryFindNeed(
  directory: string,
  local: LocalVersion,
  { root, backed, unclear }: Needs,
): Promise<string | undefined> {
  const layer = await tryStatFile(join(directory, templateFiles.disk));
  const user = layer === undefined ? undefined : backed.get(identityOf(layer));
  return user === undefined ? unclear.get(local) : `backs ${relative(root, user)}`;
}

/** Why no VM can be started from a template; undefined if one can. */
async function tryFindObstacle(
  found: LocalTemplate,
  { local, host }: { readonly local: LocalVersion; readonly host: WarmHost | string },
  ports: Ports,
): Promise<string | undefined> {
  if (typeof host === 'string') {
    ports.log.warn(`Keeping all templates, because whether they fit this host is unknown: ${host}`);
    return undefined;
  }
  const differences = listDifferences(found.template.inputs, toTemplateInputs(local, found.template.inputs, host));
  if (differences.length > 0) return `made for a different ${differences.join(', ')}`;
  const problem = await tryFindTemplateProblem(found, { rehash: false }, ports);
  return problem === undefined ? undefined : `damaged: ${problem}`;
}
