/** Splits text like Go's cmd/internal/quoted: at spaces, with quotes around whole fields only. */
function splitFields(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']\S*)/g)].map(([, double, single, bare]) => {
    return double ?? single ?? bare ?? '';
  });
}

/**
 * The `-ldflags` arguments that add flags to those in GOFLAGS, which the command line would otherwise replace. A value
 * may begin with a pattern of packages, and the last value that matches a package counts. So the added flags come
 * first, for packages that no value in GOFLAGS matches, and are appended to each of those values. See `go help
 * packages`.
 */
export function ldflagsArguments(flags: string, goFlags: string): readonly string[] {
  const values = splitFields(goFlags).flatMap((field) => /^--?ldflags=(.*)$/s.exec(field)?.[1] ?? []);
  return [`-ldflags=${flags}`, ...values.map((value) => `-ldflags=${value} ${flags}`)];
}
