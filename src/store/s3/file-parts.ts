import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Failure } from '../../platform/errors.js';
import { readFully } from '../../platform/files.js';
import type { StageRequest } from '../object-store.js';

const mebibyte = 1024 ** 2;
const usualPartSize = 8 * mebibyte;
/** The most that S3 takes. */
const mostParts = 10_000;

/** How a file is cut; all parts but the last have one size. */
export interface PartLayout {
  /** Bytes. */
  readonly size: number;
  readonly partSize: number;
  /** At least one, also of an empty file. */
  readonly count: number;
}

export function layOutParts(size: number): PartLayout {
  const partSize = Math.max(usualPartSize, Math.ceil(size / mostParts / mebibyte) * mebibyte);
  return { size, partSize, count: Math.max(1, Math.ceil(size / partSize)) };
}

/** Bytes of a part by its number, from 1. */
export function partLength({ size, partSize, count }: PartLayout, number: number): number {
  return number < count ? partSize : size - (count - 1) * partSize;
}

/** A part of a file; `bytes` hold until the next part is read into the same buffer. */
export interface FilePart {
  readonly number: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface PartReader {
  readonly layout: PartLayout;
  /** Reads the next part into a buffer of its size; undefined after the last. Those who ask at once get their turn in order. */
  next(buffer: Buffer): Promise<FilePart | undefined>;
  /** To be called after the last part. @throws Failure unless all of the file was what it is said to be */
  verify(): Promise<void>;
}

type ExpectedFile = Pick<StageRequest, 'path' | 'size' | 'sha256'>;

/** Reads a file once, in order, part by part. @throws Failure where its size is not the expected one */
export async function withPartReader<T>(expected: ExpectedFile, use: (reader: PartReader) => Promise<T>): Promise<T> {
  const file = await open(expected.path);
  try {
    checkSize((await file.stat()).size, expected);
    return await use(createPartReader(file, expected));
  } finally {
    await file.close();
  }
}

function createPartReader(file: FileHandle, expected: ExpectedFile): PartReader {
  const layout = layOutParts(expected.size);
  const hash = createHash('sha256');
  let number = 0;
  const readNext = async (buffer: Buffer): Promise<FilePart | undefined> => {
    if (number === layout.count) return undefined;
    number += 1;
    const offset = (number - 1) * layout.partSize;
    const bytes = buffer.subarray(0, partLength(layout, number));
    checkSize(expected.size - bytes.length + (await readFully(file, bytes, offset)).length, expected);
    hash.update(bytes);
    return { number, offset, bytes };
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    layout,
    next: async (buffer) => {
      const part = turn.then(async () => readNext(buffer));
      turn = part.catch(() => undefined);
      return part;
    },
    verify: async () => {
      checkSize((await file.stat()).size, expected);
      if (hash.digest('hex') !== expected.sha256) throw new Failure(`${expected.path} has another SHA-256 than ${expected.sha256}`);
    },
  };
}

function checkSize(found: number, { path, size }: ExpectedFile): void {
  if (found !== size) throw new Failure(`${path} has ${found} bytes, not ${size}`);
}
