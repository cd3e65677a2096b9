import type { GoModule } from './daemon.js';

/** What the Go linker wrote about a binary. */
export interface GoBuildInfo {
  /** Such as `go1.26.8`. */
  readonly goVersion: string;
  /** The main module first. */
  readonly modules: readonly GoModule[];
  /** The commit, where the build stamped it. */
  readonly revision?: string;
}

/** The name of the section that holds it. */
export const goBuildInfoSection = '.go.buildinfo';

/** Source: Go, src/debug/buildinfo/buildinfo.go; the inline format of Go 1.18 and later. */
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const flagsAt = 15;
const inlineStrings = 2;
const stringsAt = 32;
/** Random bytes that frame the module text, so that a program can be found that holds it without this section. */
const frameSize = 16;
const line = /^[\x20-\x7e]{1,200}$/;
const modulePath = /^[\x21-\x7e]{1,400}$/;
const moduleVersion = /^[\x21-\x7e]{1,200}$/;
const moduleSum = /^h1:[A-Za-z0-9+/=]{44}$/;

/** Parses the section; undefined where it is from before Go 1.18 or not what Go writes. */
export function tryParseGoBuildInfo(section: Buffer): GoBuildInfo | undefined {
  if (section.length < stringsAt || !section.subarray(0, magic.length).equals(magic)) return undefined;
  if ((section.readUInt8(flagsAt) & inlineStrings) === 0) return undefined;
  const goVersion = tryReadString(section, stringsAt);
  if (goVersion === undefined || !line.test(goVersion.text)) return undefined;
  const framed = tryReadString(section, goVersion.end)?.text ?? '';
  const modules = tryParseModules(framed.slice(frameSize, -frameSize));
  return modules === undefined ? undefined : { goVersion: goVersion.text, ...modules };
}

/** A string behind its length as a varint of at most 28 bits. */
function tryReadString(section: Buffer, start: number): { readonly text: string; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = section[start + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) {
      const begin = start + index + 1;
      return begin + length > section.length
        ? undefined
        : { text: section.toString('latin1', begin, begin + length), end: begin + length };
    }
  }
  return undefined;
}

/** Lines of words with tabs between them: `mod`, `dep` and `=>` (which replaces the `dep` before it) name modules, `build` a setting. */
function tryParseModules(text: string): Omit<GoBuildInfo, 'goVersion'> | undefined {
  const modules: GoModule[] = [];
  let revision: string | undefined;
  for (const [kind, ...words] of text.split('\n').map((row) => row.split('\t'))) {
    if (kind === 'mod' || kind === 'dep' || kind === '=>') {
      const replaced = kind === '=>' ? modules.pop() : undefined;
      const module = tryParseModule(words, replaced);
      if (module === undefined) return undefined;
      modules.push(module);
    }
    if (kind === 'build') revision ??= /^vcs\.revision=([0-9a-f]{40,64})$/.exec(words[0] ?? '')?.[1];
  }
  return { modules, ...(revision === undefined ? {} : { revision }) };
}

function tryParseModule(
  [path = '', version = '', sum = '']: readonly string[],
  replaced: GoModule | undefined,
): GoModule | undefined {
  if (!modulePath.test(path) || !moduleVersion.test(version)) return undefined;
  // A directory that replaces a module is a path of the machine that built it: the module keeps its name.
  const name = replaced !== undefined && /^[./]/.test(path) ? replaced.path : path;
  return { path: name, version, ...(moduleSum.test(sum) ? { sum } : {}) };
}
