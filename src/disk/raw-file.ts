import { open } from 'node:fs/promises';
import { Failure } from '../platform/errors.js';
import { readFully } from '../platform/fs/files.js';
import type { BlockReader } from './block-reader.js';

/** Opens a raw file as a disk while `work` runs. */
export async function withRawFile<T>(path: string, work: (disk: BlockReader) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await work({
      size: (await file.stat()).size,
      read: async (offset, length) => {
        const bytes = await readFully(file, Buffer.alloc(length), offset);
        if (bytes.length !== length) throw new Failure(`the disk ends before ${offset + length} bytes`);
        return bytes;
      },
    });
  } finally {
    await file.close();
  }
}
