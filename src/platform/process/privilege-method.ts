import type { Processes } from './processes.js';

/** How this user becomes root: it is root, or sudo works without a password. */
export type PrivilegeMethod = 'root' | 'sudo';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Undefined if this user cannot become root. Call it only when needed: if sudo is denied, it informs the
 * administrator.
 */
export async function tryFindPrivilegeMethod({
  processes,
}: {
  readonly processes: Processes;
}): Promise<PrivilegeMethod | undefined> {
  if (isRoot()) return 'root';
  if ((await processes.tryFind('sudo')) === undefined) return undefined;
  return processes.run({ argv: ['sudo', '-n', 'true'], timeoutMs: 30_000 }).then(
    () => 'sudo' as const,
    () => undefined,
  );
}
