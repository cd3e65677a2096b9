import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** A file of sources.list(5). The ending of its name, `.list` or `.sources`, determines the style. */
export interface SourcesFile {
  readonly name: string;
  readonly text: string;
}

/** A package source: every URI with every suite. */
export interface AptSource {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** By their names in deb822 style, such as `Signed-By`. */
  readonly options: Readonly<Partial<Record<OptionName, string>>>;
}

/** sources.list(5): the field of deb822 style, and the option of one-line style. */
const optionNames = {
  Architectures: 'arch',
  'Architectures-Add': 'arch+',
  'Architectures-Remove': 'arch-',
  Languages: 'lang',
  'Languages-Add': 'lang+',
  'Languages-Remove': 'lang-',
  Targets: 'target',
  'Targets-Add': 'target+',
  'Targets-Remove': 'target-',
  PDiffs: 'pdiffs',
  'By-Hash': 'by-hash',
  Trusted: 'trusted',
  'Signed-By': 'signed-by',
  'Allow-Insecure': 'allow-insecure',
  'Allow-Weak': 'allow-weak',
  'Allow-Downgrade-To-Insecure': 'allow-downgrade-to-insecure',
  'Check-Valid-Until': 'check-valid-until',
  'Valid-Until-Min': 'valid-until-min',
  'Valid-Until-Max': 'valid-until-max',
  'Check-Date': 'check-date',
  'Date-Max-Future': 'date-max-future',
  'InRelease-Path': 'inrelease-path',
  Snapshot: 'snapshot',
  Include: 'include',
  Exclude: 'exclude',
} as const;

export type OptionName = keyof typeof optionNames;

const fieldNames = Object.keys(optionNames) as readonly OptionName[];

/** Parses files of either style. Disabled sources and `deb-src` are left out. @throws Failure */
export function parseSources(files: readonly SourcesFile[]): readonly AptSource[] {
  return files
    .flatMap(({ name, text }) => (name.endsWith('.sources') ? parseStanzas(text, name) : parseLines(text, name)))
    .filter(({ types }) => types.includes('deb'))
    .map((source) => ({ ...source, types: ['deb'] }));
}

/** Formats sources in deb822 style. */
export function formatSources(sources: readonly AptSource[]): string {
  return sources
    .map(({ types, uris, suites, components, options }) =>
      [
        `Types: ${types.join(' ')}`,
        `URIs: ${uris.join(' ')}`,
        `Suites: ${suites.join(' ')}`,
        ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
        ...Object.entries(options).map(([name, value]) => `${name}: ${holdsKey(value) ? formatKey(value) : value}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** The keyrings and fingerprints that `Signed-By` names; none if its value is a key. */
export function listSigners(signedBy: string): readonly string[] {
  return holdsKey(signedBy) ? [] : signedBy.split(/[\s,]+/).filter((signer) => signer !== '');
}

/** Each line is indented, so that none can start another field. */
function formatKey(key: string): string {
  return ['', ...trimLines(key)].join('\n ');
}

/** Whitespace around a key's lines is not significant. */
function trimLines(key: string): readonly string[] {
  return key.split('\n').map((line) => line.trim());
}

function holdsKey(signedBy: string): boolean {
  return signedBy.includes('-----BEGIN');
}

function parseLines(text: string, file: string): readonly AptSource[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => parseLine(line, file));
}

/** `deb [arch=amd64 signed-by=/…] https://… suite component …`. The URI of a CD may have spaces in brackets. */
function parseLine(line: string, file: string): AptSource {
  const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(cdrom:\[[^\]]*\]\S*|[^\s[]\S*)\s+(\S+)(.*)$/.exec(line);
  if (match === null) throw malformedFailure(line, file);
  const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
  // The lookbehind starts a match only at the start of a word, so a long word without `=` takes linear time.
  const values = new Map(
    [...options.matchAll(/(?<![\w-])([\w-]+[+-]?)\s*=\s*("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      splitWords(value.replaceAll('"', '').replaceAll(',', ' ')).join(' '),
    ]),
  );
  return {
    types: [type],
    uris: [uri],
    suites: [suite],
    components: splitWords(components),
    options: pickOptions((name) => values.get(optionNames[name])),
  };
}

function parseStanzas(text: string, file: string): readonly AptSource[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/)
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => parseFields(stanza.trim(), file))
    .filter((fields) => !/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes'))
    .map((fields) => toSource(fields, file));
}

function toSource(fields: ReadonlyMap<string, string>, file: string): AptSource {
  const wordsOf = (name: string): readonly string[] => splitWords(fields.get(name) ?? '');
  const [types, uris, suites] = [wordsOf('types'), wordsOf('uris'), wordsOf('suites')];
  if (types.length === 0 || uris.length === 0 || suites.length === 0)
    throw malformedFailure([...fields.values()].join(' '), file);
  return {
    types,
    uris,
    suites,
    components: wordsOf('components'),
    options: pickOptions((name) => {
      const value = fields.get(name.toLowerCase());
      if (value === undefined) return undefined;
      return holdsKey(value) ? trimLines(value).join('\n ') : splitWords(value).join(' ');
    }),
  };
}

function parseFields(stanza: string, file: string): ReadonlyMap<string, string> {
  return new Map(
    stanza.split(/\n(?![ \t])/).map((field) => {
      const match = /^([^\s:]+)[ \t]*:([\s\S]*)$/.exec(field);
      if (match === null) throw malformedFailure(field, file);
      return [(match[1] ?? '').toLowerCase(), (match[2] ?? '').trim()];
    }),
  );
}

function pickOptions(valueOf: (name: OptionName) => string | undefined): AptSource['options'] {
  return Object.fromEntries(
    fieldNames
      .map((name) => [name, valueOf(name)] as const)
      .filter((entry): entry is readonly [OptionName, string] => entry[1] !== undefined),
  );
}

function splitWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function malformedFailure(text: string, file: string): Failure {
  return new Failure(`the image's ${file} has a malformed package source: ${quoteText(text)}`);
}
