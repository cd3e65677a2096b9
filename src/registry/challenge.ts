/** What a server wants for a request without or with wrong credentials. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

const maxHeaderLength = 8192;
/** `name=token` or `name="quoted \" text"`. */
const parameter = /^\s*,?\s*([A-Za-z][\w-]{0,63})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;
const schemeName = /^\s*,?\s*([A-Za-z][\w-]{0,63})(?=\s|,|$)/;

/**
 * Parses the header WWW-Authenticate, which can have several challenges. Returns the best that is supported: a token
 * rather than a password. Undefined if there is none.
 */
export function parseChallenge(header: string | null): Challenge | undefined {
  const found = listChallenges((header ?? '').slice(0, maxHeaderLength));
  const bearer = found.find(({ scheme, values }) => scheme === 'bearer' && values.has('realm'));
  if (bearer !== undefined)
    return { scheme: 'bearer', realm: bearer.values.get('realm') ?? '', service: bearer.values.get('service') };
  return found.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface ParsedChallenge {
  readonly scheme: string;
  readonly values: Map<string, string>;
}

/** Of a repeated parameter, the first counts. @returns how many characters it took; 0 if there is no parameter */
function readParameter(text: string, values: Map<string, string>): number {
  const [whole = '', name = '', quoted, token = ''] = parameter.exec(text) ?? [];
  const key = name.toLowerCase();
  if (whole !== '' && !values.has(key)) values.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token);
  return whole.length;
}

/** Stops at the first thing that it does not understand. */
function listChallenges(header: string): readonly ParsedChallenge[] {
  const found: ParsedChallenge[] = [];
  for (let rest = header; rest.trim() !== ''; ) {
    const current = found.at(-1);
    const read = current === undefined ? 0 : readParameter(rest, current.values);
    rest = rest.slice(read);
    if (read > 0) continue;
    const [start, scheme] = schemeName.exec(rest) ?? [];
    if (start === undefined || scheme === undefined) break;
    found.push({ scheme: scheme.toLowerCase(), values: new Map() });
    rest = rest.slice(start.length);
  }
  return found;
}
