/** Quotes an argument for a POSIX shell. */
export function quoteShell(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
