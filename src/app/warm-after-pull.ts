import { resolve } from 'node:path';
import { readHostConfig } from '../host/host-config.js';
import type { LocalVersion } from '../host/local-versions.js';
import type { TemplateSize } from '../host/warm/template-document.js';
import { makeTemplate } from '../host/warm/make-template.js';
import { listTemplateSizes } from '../host/warm/templates.js';
import type { PullInputs } from '../inputs/pull-inputs.js';
import { errorMessage } from '../platform/errors.js';
import { withLowPriority } from '../platform/process/low-priority.js';
import type { Log } from '../platform/progress/log.js';
import type { Session } from '../platform/session.js';

/** As `vm create` without options. */
const defaultSize: TemplateSize = { cpus: 2, memoryMiB: 1024 };

interface Request extends Pick<PullInputs, 'root' | 'warm'> {
  readonly local: LocalVersion;
}

/**
 * Makes templates of the version in use, of the sizes that this host has templates of, if the pull or the host wants
 * that. Other work of the machine goes first. A template that fails is a warning: VMs start cold.
 */
export async function warmIfWanted(request: Request, ports: Session & { readonly log: Log }): Promise<void> {
  const root = resolve(request.root);
  const { image, version } = request.local;
  try {
    if (request.warm !== true && (await readHostConfig(root)).warm !== true) return;
    const sizes = await listTemplateSizes(root, image);
    await withLowPriority(async () => {
      for (const size of sizes.length === 0 ? [defaultSize] : sizes)
        await makeTemplate({ root, image, version, ...size, inBackground: true }, ports);
    });
  } catch (error) {
    ports.signal.throwIfAborted();
    ports.log.warn(`VMs of ${image}.${version} start cold: ${errorMessage(error)}`);
  }
}
