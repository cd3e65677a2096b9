import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../platform/errors.js';
import { writeFileAtomically } from '../platform/fs/files.js';
import { tryReadSmallFile } from './host-files.js';

const fileName = 'host.json';
const configLimit = 64 * 1024;

/** Settings of a host, in `<root>/host.json`. Unknown keys are preserved: a newer release may have written them. */
const schema = z.looseObject({
  schema: z.literal(1),
  /** The system user that VMs run as if root starts them. */
  vmUser: z.string().exactOptional(),
  /** Whether each pull reports this host to its store. By default none does. */
  report: z.boolean().exactOptional(),
  /** Whether each pull makes templates for warm starts. By default none does. */
  warm: z.boolean().exactOptional(),
});

export function hostConfigPath(root: string): string {
  return join(root, fileName);
}

export type HostConfig = z.infer<typeof schema>;

/**
 * Reads the settings of a host; the defaults if there are none.
 * @throws Failure if the file is invalid, or others can change it
 */
export async function readHostConfig(root: string): Promise<HostConfig> {
  const path = hostConfigPath(root);
  const fix = 'remove it, then: ch-golden host user NAME';
  try {
    const bytes = await tryReadSmallFile({ path, limit: configLimit, owned: true });
    return bytes === undefined ? { schema: 1 } : schema.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw cause instanceof Failure ? cause : new Failure(`${path} is not a valid host configuration`, { fix, cause });
  }
}

export async function writeHostConfig(root: string, config: HostConfig): Promise<void> {
  await writeFileAtomically(hostConfigPath(root), `${JSON.stringify(config, null, 2)}\n`);
}
