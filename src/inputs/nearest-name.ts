/** The name that most likely was meant, if one is close. */
export function findNearestName(typed: string, names: Iterable<string>): string | undefined {
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(typed, name);
    const most = Math.max(1, Math.floor(name.length * 0.4));
    if (distance <= most && (nearest === undefined || distance < nearest.distance)) nearest = { name, distance };
  }
  return nearest?.name;
}

const longest = 60;

/** How many characters to insert, delete or replace. A long text is a mistake of another kind. */
function editDistance(one: string, other: string): number {
  if (one.length > longest || other.length > longest) return Infinity;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index += 1) {
    const next = [index + 1];
    for (let column = 0; column < other.length; column += 1) {
      const [above, before, diagonal] = [row[column + 1] ?? 0, next[column] ?? 0, row[column] ?? 0];
      next.push(Math.min(above + 1, before + 1, diagonal + (one[index] === other[column] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
