import { hostConfigPath, readHostConfig } from '../../host/host-config.js';
import type { ConfigCommand, ConfigRow } from '../../inputs/commands/config.js';
import { sanitizeLine } from '../../platform/format.js';
import { renderTable, type Column } from '../../report/render-table.js';
import type { CommandResult } from './result.js';

const columns: readonly Column<ConfigRow>[] = [
  { title: 'SETTING', of: ({ name }) => name },
  { title: 'VALUE', of: ({ value }) => (value === '' ? undefined : sanitizeLine(value)) },
  { title: 'FROM', of: ({ source, from }) => from ?? source },
];

export async function runConfigCommand(command: ConfigCommand): Promise<CommandResult> {
  const rows = await addHostRows(command);
  const { files, unknownVariables } = command;
  const notes = [
    ...(rows.length === 0 ? ['no settings'] : []),
    ...files.filter(({ exists }) => !exists).map(({ path }) => `${path} does not exist`),
    ...unknownVariables.map(({ name, meant }) => `${name} is not a setting${meant === undefined ? '' : `: ${meant}?`}`),
  ];
  const table = rows.length === 0 ? [] : renderTable(columns, rows);
  return { text: [...table, ...notes].join('\n'), json: { settings: rows, files, unknownVariables }, exitCode: 0 };
}

/** A host's own settings are stronger than defaults, and weaker than all others. */
async function addHostRows({ rows, root, command }: ConfigCommand): Promise<readonly ConfigRow[]> {
  const found = await listHostRows(root, command);
  const replaced = rows.map((row) =>
    row.source === 'default' ? (found.find(({ name }) => name === row.name) ?? row) : row,
  );
  const added = command === undefined ? found.filter(({ name }) => !rows.some((row) => row.name === name)) : [];
  return [...replaced, ...added];
}

async function listHostRows(root: string, command: string | undefined): Promise<readonly ConfigRow[]> {
  const { vmUser, report, warm } = await readHostConfig(root);
  const row = (name: string, value: string | boolean | undefined): readonly ConfigRow[] =>
    value === undefined ? [] : [{ name, value: String(value), source: 'host', from: hostConfigPath(root) }];
  return [
    ...row('user', vmUser),
    ...row('report-host', report),
    // "vm create --warm" is another flag.
    ...row(command === 'pull' ? 'warm' : 'pull.warm', warm),
  ];
}
