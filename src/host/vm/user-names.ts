import { ToolError } from '../../platform/errors.js';
import type { HostPorts } from '../ports.js';

/** Only some of the keys were found: getent(1). */
const someMissing = 2;

/** The names of users by their ids, as far as they have one. */
export async function findUserNames(
  ids: readonly number[],
  { processes }: Pick<HostPorts, 'processes'>,
): Promise<ReadonlyMap<number, string>> {
  const keys = [...new Set(ids)].map(String);
  if (keys.length === 0 || (await processes.tryFind('getent')) === undefined) return new Map();
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  await processes.run({ argv: ['getent', 'passwd', ...keys], timeoutMs: 30_000, onLine }).catch((error: unknown) => {
    if (!(error instanceof ToolError) || error.exitCode !== someMissing) throw error;
  });
  return new Map(
    lines.flatMap((line) => {
      const [name = '', , id = ''] = line.split(':');
      return keys.includes(id) ? [[Number(id), name] as const] : [];
    }),
  );
}
