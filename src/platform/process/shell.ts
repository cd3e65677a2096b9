/** A word as a POSIX shell takes it literally, whatever is in it. */
export function quoteShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
