import { open, type FileHandle } from 'node:fs/promises';
import type { BlockReader } from '../disk/block-reader.js';
import { Failure } from '../platform/errors.js';
import { readFully, sha256OfFile } from '../platform/fs/files.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { Daemon } from './daemon.js';
import { readStaticProgram, type ElfSection } from './elf.js';
import { goBuildInfoSection, tryParseGoBuildInfo, type GoBuildInfo } from './go-build-info.js';

/** A binary that passed the checks, and the commit in its Go build info. */
export interface InspectedBinary {
  readonly daemon: Omit<Daemon, 'version'>;
  readonly revision: string | undefined;
}

const largestBuildInfo = 4 * 1024 ** 2;
const searchedAtOnce = 1024 ** 2;

/** Checks a binary and reads what it is built from. @throws Failure with the reason as the end of a sentence */
export async function inspectBinary(path: string): Promise<InspectedBinary> {
  return withSections(path, async (sections, reader) => {
    const info = await tryReadGoBuildInfo(sections, reader);
    return {
      daemon: {
        path,
        size: reader.size,
        sha256: await sha256OfFile(path),
        ...withoutUndefined({ goVersion: info?.goVersion }),
        modules: info?.modules ?? [],
      },
      revision: info?.revision,
    };
  });
}

/**
 * True if the binary has this Go variable. The linker ignores `-X` for unknown variables without a word.
 * @throws Failure as `inspectBinary` does
 */
export async function hasGoVariable(path: string, variable: string): Promise<boolean> {
  const names = [variable, escapeLikeLinker(variable)].map((name) => Buffer.from(`\0${name}\0`, 'latin1'));
  return withSections(path, async (sections, reader) => {
    const table = sections.find(({ name }) => name === '.strtab');
    return table !== undefined && (await sectionIncludes(table, names, reader));
  });
}

/** Symbols escape dots in the last element of an import path. Source: Go, src/cmd/internal/objabi/path.go. */
function escapeLikeLinker(variable: string): string {
  const slash = variable.lastIndexOf('/') + 1;
  const dot = variable.lastIndexOf('.');
  return variable.slice(0, slash) + variable.slice(slash, dot).replaceAll('.', '%2e') + variable.slice(dot);
}

async function sectionIncludes(section: ElfSection, needles: readonly Buffer[], reader: BlockReader): Promise<boolean> {
  const overlap = Math.max(...needles.map(({ length }) => length));
  for (let at = 0; at < section.size; at += searchedAtOnce) {
    const piece = await reader.read(section.offset + at, Math.min(searchedAtOnce + overlap, section.size - at));
    if (needles.some((needle) => piece.includes(needle))) return true;
  }
  return false;
}

async function tryReadGoBuildInfo(
  sections: readonly ElfSection[],
  reader: BlockReader,
): Promise<GoBuildInfo | undefined> {
  const section = sections.find(({ name }) => name === goBuildInfoSection);
  if (section === undefined || section.size > largestBuildInfo) return undefined;
  return tryParseGoBuildInfo(await reader.read(section.offset, section.size));
}

async function withSections<T>(
  path: string,
  use: (sections: readonly ElfSection[], reader: BlockReader) => Promise<T>,
): Promise<T> {
  await using file = await open(path, 'r');
  const reader = {
    size: (await file.stat()).size,
    read: async (offset: number, length: number) => readExactly(file, offset, length),
  };
  return await use(await readStaticProgram(reader), reader);
}

async function readExactly(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = await readFully(file, Buffer.alloc(length), offset);
  if (bytes.length < length) throw new Failure('shrank while it was being read');
  return bytes;
}
