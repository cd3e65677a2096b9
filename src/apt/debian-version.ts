/**
 * Compares two versions as dpkg does: negative if `a` is older. Source: deb-version(7).
 * Kernel releases such as `6.8.0-90-generic` sort by the same rules.
 */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function splitVersion(version: string): {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
} {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number(version.slice(0, colon)) || 0,
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** A part alternates between runs of non-digits and runs of digits. */
function compareParts(a: string, b: string): number {
  const [left, right] = [a.match(/\D*\d*/g) ?? [], b.match(/\D*\d*/g) ?? []];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [splitRun(left[index] ?? ''), splitRun(right[index] ?? '')];
    const order = compareTexts(one.text, other.text) || compareNumbers(one.digits, other.digits);
    if (order !== 0) return order;
  }
  return 0;
}

function splitRun(run: string): { readonly text: string; readonly digits: string } {
  const text = run.replace(/\d+$/, '');
  return { text, digits: run.slice(text.length) };
}

/** BigInt, because a version such as a timestamp with fractions can exceed a JavaScript number. */
function compareNumbers(a: string, b: string): number {
  return Number(BigInt(a) - BigInt(b));
}

function compareTexts(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = weigh(a[index]) - weigh(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde sorts before the end of the text, the end before letters, letters before all other characters. */
function weigh(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
