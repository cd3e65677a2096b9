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
async function addHostRows({ rows, root, isOfCommand }: ConfigCommand): Promise<readonly ConfigRow[]> {
  const { vmUser, report } = await readHostConfig(root);
  const [source, from] = ['host', hostConfigPath(root)] as const;
  const found: readonly ConfigRow[] = [
    ...(vmUser === undefined ? [] : [{ name: 'user', value: vmUser, source, from }]),
    ...(report === undefined ? [] : [{ name: 'report-host', value: String(report), source, from }]),
  ];
  const replaced = rows.map((row) =>
    row.source === 'default' ? (found.find(({ name }) => name === row.name) ?? row) : row,
  );
  const added = isOfCommand ? [] : found.filter(({ name }) => !rows.some((row) => row.name === name));
  return [...replaced, ...added];
}
