import { withoutUndefined } from '../platform/without-undefined.js';
import type { GoModule } from './daemon.js';

/** What the Go linker recorded in a binary. */
export interface GoBuildInfo {
  /** E.g. `go1.26.8`. */
  readonly goVersion: string;
  /** The main module first. */
  readonly modules: readonly GoModule[];
  /** The commit, if the build stamped it. */
  readonly revision: string | undefined;
}

/** The name of the section that holds it. */
export const goBuildInfoSection = '.go.buildinfo';

/** Source: Go, src/debug/buildinfo/buildinfo.go; the inline format of Go 1.18 and later. */
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const flagsAt = 15;
const inlineStrings = 2;
const stringsAt = 32;
/** Random bytes around the module text. They let tools find it without section headers. */
const frameSize = 16;
const line = /^[\x20-\x7e]{1,200}$/;
const modulePath = /^[\x21-\x7e]{1,400}$/;
const moduleVersion = /^[\x21-\x7e]{1,200}$/;
const moduleSum = /^h1:[A-Za-z0-9+/=]{44}$/;

/** Parses the section; undefined if it is older than Go 1.18 or malformed. */
export function tryParseGoBuildInfo(section: Buffer): GoBuildInfo | undefined {
  if (section.length < stringsAt || !section.subarray(0, magic.length).equals(magic)) return undefined;
  if ((section.readUInt8(flagsAt) & inlineStrings) === 0) return undefined;
  const goVersion = tryReadString(section, stringsAt);
  if (goVersion === undefined || !line.test(goVersion.text)) return undefined;
  const framed = tryReadString(section, goVersion.end)?.text ?? '';
  const modules = tryParseModules(framed.slice(frameSize, -frameSize));
  return modules === undefined ? undefined : { goVersion: goVersion.text, ...modules };
}

/** A string after its length, a varint of at most 28 bits. */
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

/** Tab-separated lines: `mod`, `dep` and `=>` (replaces the previous `dep`) name modules, `build` a setting. */
function tryParseModules(text: string): Omit<GoBuildInfo, 'goVersion'> | undefined {
  const modules: GoModule[] = [];
  let revision: string | undefined;
  for (const [kind, ...fields] of text.split('\n').map((row) => row.split('\t'))) {
    if (kind === 'mod' || kind === 'dep' || kind === '=>') {
      const replaced = kind === '=>' ? modules.pop() : undefined;
      const module = tryParseModule(fields, replaced);
      if (module === undefined) return undefined;
      modules.push(module);
    }
    if (kind === 'build') revision ??= /^vcs\.revision=([0-9a-f]{40,64})$/.exec(fields[0] ?? '')?.[1];
  }
  return { modules, revision };
}

function tryParseModule(
  [path = '', version = '', sum = '']: readonly string[],
  replaced: GoModule | undefined,
): GoModule | undefined {
  if (!modulePath.test(path) || !moduleVersion.test(version)) return undefined;
  // A local replacement is a path on the build machine, so the module keeps its own name.
  const name = replaced !== undefined && /^[./]/.test(path) ? replaced.path : path;
  return { path: name, version, ...withoutUndefined({ sum: moduleSum.test(sum) ? sum : undefined }) };
}
