/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string | number | undefined;
  readonly alignsRight?: boolean;
}

const gap = '  ';

/**
 * A table with one line for each row. Columns without a value in any row are left out. If there is a width, columns
 * that no longer fit are left out, from the last.
 */
export function renderTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const cells = columns.map(({ title, of, alignsRight = false }) => {
    const values = rows.map((row) => String(of(row) ?? '-'));
    const size = Math.max(title.length, ...values.map((value) => value.length));
    return { lines: [title, ...values], size, alignsRight, isUsed: values.some((value) => value !== '-') };
  });
  let used = -gap.length;
  const shown = cells.filter(({ isUsed, size }, index) => {
    if (!isUsed) return false;
    used += gap.length + size;
    return index === 0 || used <= width;
  });
  return ['', ...rows].map((_, line) =>
    shown
      .map(({ lines, size, alignsRight }) => (alignsRight ? lines[line]?.padStart(size) : lines[line]?.padEnd(size)))
      .join(gap)
      .trimEnd(),
  );
}
