/** A long text is a mistake of another kind. */
const longest = 60;

/** The name that most likely was meant: the nearest one, if no more than a third of it, or one letter, is different. */
export function findNearestName(typed: string, names: Iterable<string>): string | undefined {
  if (typed.length > longest) return undefined;
  const [nearest] = [...names]
    .map((name) => ({ name, edits: countEdits(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(1, name.length / 3))
    .sort((one, other) => one.edits - other.edits);
  return nearest?.name;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (optimal string
 * alignment).
 */
function countEdits(from: string, to: string): number {
  let [older, previous]: readonly [readonly number[], readonly number[]] = [[], [...Array(to.length + 1).keys()]];
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (older[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[to.length] ?? 0;
}
