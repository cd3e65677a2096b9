import { createKeyFiles } from '../../app/create-key.js';
import type { KeyCommand } from '../../inputs/commands/key.js';
import { formatCommand } from '../../platform/process/processes.js';
import { renderRows } from '../../report/render-text.js';
import type { CommandResult } from './result.js';

export async function runKeyCommand({ prefix }: KeyCommand): Promise<CommandResult> {
  const created = await createKeyFiles(prefix);
  const { id, privateKey, publicKey } = created;
  const rows = [
    ['key', id],
    ['private key', `${privateKey} (keep it secret, and keep a copy offline: a signed index cannot change without it)`],
    ['public key', publicKey],
    ['sign', `${formatCommand(['ch-golden', 'sign', '--all', '--sign-key', privateKey])} --store ...`],
    ['on each host', formatCommand(['ch-golden', 'trust', 'add-key', publicKey])],
  ] as const;
  return { text: renderRows(rows).join('\n'), json: created, exitCode: 0 };
}
