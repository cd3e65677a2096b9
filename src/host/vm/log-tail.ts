import type { FileHandle } from 'node:fs/promises';
import { lstat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { ifPresent, readFully } from '../../platform/fs/files.js';
import { openFileWithin, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';

const blockBytes = 64 * 1024;
/** Lines further from the end of a log than this are not looked for. */
const farthestBytes = 8 * 1024 ** 2;

/** Reads a log that grows. */
export interface LogTail extends AsyncDisposable {
  /** The next bytes, at most 64 KiB; none if there are no more for now. */
  read(): Promise<Buffer>;
}

/** Where a tail begins: at the end of the log, or so many lines before that. */
export interface TailStart {
  readonly lines: number;
}

/**
 * Opens a log of a VM. A log that is cut short or replaced meanwhile, as logrotate(8) does, is read on from its start.
 * @throws Failure if it is not a plain file; ENOENT
 */
export async function openLogTail(directory: OwnedDirectory, name: string, { lines }: TailStart): Promise<LogTail> {
  let file = await openFileWithin(directory, name);
  let offset = await findLineStart(file, lines);
  const readOn = async (): Promise<Buffer> => {
    const { size } = await file.stat();
    if (size < offset) offset = 0;
    if (size === offset) return Buffer.alloc(0);
    const bytes = await readFully(file, Buffer.alloc(Math.min(blockBytes, size - offset)), offset);
    offset += bytes.length;
    return bytes;
  };
  return {
    read: async () => {
      const bytes = await readOn();
      if (bytes.length > 0 || !(await isReplaced(file, directory, name))) return bytes;
      const replacement = await ifPresent(openFileWithin(directory, name));
      if (replacement === undefined) return bytes;
      await file.close();
      [file, offset] = [replacement, 0];
      return readOn();
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

async function isReplaced(file: FileHandle, directory: OwnedDirectory, name: string): Promise<boolean> {
  const [opened, named] = [await file.stat(), await ifPresent(lstat(pathWithin(directory, name)))];
  return named !== undefined && (named.ino !== opened.ino || named.dev !== opened.dev);
}

/** The offset at which the last lines begin. A line that has not ended yet counts, too. */
async function findLineStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  let wanted = lines;
  for (let end = size; lines > 0 && end > 0 && size - end < farthestBytes; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes);
    const block = await readFully(file, Buffer.alloc(end - start), start);
    for (let at = block.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(10, at - 1)) {
      // The one that ends the last line begins none.
      if (start + at + 1 < size && (wanted -= 1) === 0) return start + at + 1;
    }
    if (start === 0) return 0;
  }
  return lines === 0 ? size : Math.max(0, size - farthestBytes);
}

/** Splits bytes that come in pieces into lines. A line that is too long comes in pieces, too. */
export interface LineSplitter {
  push(bytes: Buffer): readonly string[];
  /** What is left of a line that has not ended. */
  end(): readonly string[];
}

export function createLineSplitter(longest = blockBytes): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (): readonly string[] => {
    const line = rest;
    rest = '';
    return line === '' ? [] : [line];
  };
  return {
    push: (bytes) => {
      const lines = (rest + decoder.write(bytes)).split('\n');
      rest = lines.pop() ?? '';
      return rest.length > longest ? [...lines, ...take()] : lines;
    },
    end: () => {
      rest += decoder.end();
      return take();
    },
  };
}
