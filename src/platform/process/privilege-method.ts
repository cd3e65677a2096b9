import type { Processes } from './processes.js';

/** How this user comes to root: it is root, or sudo asks it for no password. */
export type PrivilegeMethod = 'root' | 'sudo';

/** Undefined where there is no way. Ask only where it is needed: of a user who may not, sudo tells the administrator. */
export async function tryFindPrivilegeMethod({
  processes,
}: {
  readonly processes: Processes;
}): Promise<PrivilegeMethod | undefined> {
  if (process.getuid?.() === 0) return 'root';
  if ((await processes.tryFind('sudo')) === undefined) return undefined;
  return processes.run({ argv: ['sudo', '-n', 'true'], timeoutMs: 30_000 }).then(
    () => 'sudo' as const,
    () => undefined,
  );
}
