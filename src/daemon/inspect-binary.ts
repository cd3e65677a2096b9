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

async function tryReadGoBuildInfo(
  sections: readonly ElfSection[],
  reader: BlockReader,
): Promise<GoBuildInfo | undefined> {
  const section = sections.find(({ name }) => name === goBuildInfoSection);
  if (section === undefined || section.size > largestBuildInfo) return undefined;
  return tryParseGoBuildInfo(await reader.read(section.offset, section.size));
}

/**
 * Opens a binary, checks that it is a static program, and passes its sections to `work`.
 * @throws Failure with the reason
 */
export async function withSections<T>(
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
