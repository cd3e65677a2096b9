import { errorMessage } from '../platform/errors.js';
import type { Processes } from '../platform/processes.js';
import { nameForbiddingSetting } from '../platform/user-namespaces.js';
import type { Finding } from './doctor.js';

export interface NamespaceNeed {
  readonly kind: 'mount' | 'network';
  /** What it is where none can be made. */
  readonly state: Finding['state'];
  /** What to do where no setting of the kernel forbids it. */
  readonly otherwise: string;
}

const flags = { mount: '--mount', network: '--net' } as const;

/** Makes a private namespace, as this user can: a plain one needs a user namespace around it. */
export async function examineNamespace({ kind, state, otherwise }: NamespaceNeed, { processes }: { readonly processes: Processes }): Promise<Finding> {
  const name = `${kind} namespace`;
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  try {
    await processes.run({ argv: ['unshare', ...user, flags[kind], 'true'], timeoutMs: 5000 });
    return { name, state: 'ok', text: 'can be made' };
  } catch (error) {
    const setting = await nameForbiddingSetting();
    return { name, state, text: `cannot be made: ${errorMessage(error)}`, mend: setting === undefined ? otherwise : `sudo sysctl ${setting}` };
  }
}
