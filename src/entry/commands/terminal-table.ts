import { renderTable, type Column } from '../../report/render-table.js';

/** A table that fits the terminal, if there is one, and notes below it. */
export function renderForTerminal<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  notes: readonly string[],
): string {
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return [...renderTable(columns, rows, width), ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}
