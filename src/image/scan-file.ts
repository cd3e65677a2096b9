import { createHash, type Hash } from 'node:crypto';
import { findSecrets } from '../platform/secrets/find-secrets.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { findCredentials, isCredentialFile, largestCredentialFile } from './credential-files.js';
import { identifyArchive, unpackArchive } from './unpack-archive.js';

/** What is wrong with a file, or undefined. `written`: the SHA-256 of what the plan has put there, which is there on purpose. */
export type Scan = (file: GuestFile, written: string | undefined) => Promise<string | undefined>;

/** Characters of one piece that are looked at once more with the next: what is found is never longer. */
const overlap = 4096;
/** Bytes that all archives of one image together are unpacked to: some unpack to a thousand times their size. */
const mostUnpacked = 8 * 1024 ** 3;

/** Looks into one file after the other. What it spends on archives is bounded in all. */
export function createScan(files: GuestFiles, forbiddenTexts: readonly string[]): Scan {
  let unpacked = 0;
  const scanArchive = async (file: GuestFile, start: Buffer): Promise<string | undefined> => {
    const kind = identifyArchive(start);
    if (kind === undefined || unpacked >= mostUnpacked) return undefined;
    const inside = counted(unpackArchive(kind, files.content(file), mostUnpacked - unpacked), (bytes) => {
      unpacked += bytes;
    });
    const { what } = await scanContent(inside, [], { isConfiguration: false });
    return what === undefined ? undefined : `${what}, in the archive`;
  };
  return async (file, written) => {
    const hash = written === undefined ? undefined : createHash('sha256');
    const { start, forbidden, what } = await scanContent(files.content(file), forbiddenTexts, {
      isConfiguration: isConfiguration(file.path),
      hash,
    });
    if (forbidden !== undefined) return `names the build machine: ${forbidden}`;
    if (hash !== undefined && hash.digest('hex') === written) return undefined;
    return what ?? (await scanCredentials(file, files)) ?? scanArchive(file, start);
  };
}

async function* counted(pieces: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}

async function scanCredentials(file: GuestFile, files: GuestFiles): Promise<string | undefined> {
  if (!isCredentialFile(file.path) || file.inode.size > largestCredentialFile) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of files.content(file)) pieces.push(piece);
  return findCredentials(file.path, Buffer.concat(pieces).toString('utf8'));
}

/** Where a setting of the build machine would be one of each VM; elsewhere documentation has examples. */
function isConfiguration(path: string): boolean {
  return /^\/(?:etc|root|home)\//.test(path);
}

interface Scanned {
  /** The first bytes. */
  readonly start: Buffer;
  readonly forbidden: string | undefined;
  readonly what: string | undefined;
}

async function scanContent(
  content: AsyncIterable<Buffer>,
  forbiddenTexts: readonly string[],
  {
    isConfiguration: withProxies,
    hash,
  }: {
    readonly isConfiguration: boolean;
    readonly hash?: Hash | undefined;
  },
): Promise<Scanned> {
  // As bytes: a piece can end within a character.
  const wanted = forbiddenTexts.map((text) => ({ text, bytes: Buffer.from(text).toString('latin1') }));
  let start: Buffer = Buffer.alloc(0);
  // As it is, and without the zeros of UTF-16.
  const carried = { plain: '', narrow: '' };
  let what: string | undefined;
  let forbidden: string | undefined;
  const look = (text: string, isLast: boolean): void => {
    forbidden ??= wanted.find(({ bytes }) => text.includes(bytes))?.text;
    what ??= findSecret(text, { isLast, withProxies });
  };
  for await (const piece of content) {
    if (start.length < 8) start = Buffer.concat([start, piece.subarray(0, 8)]);
    hash?.update(piece);
    for (const [form, bytes] of [
      ['plain', piece],
      ['narrow', withoutZeros(piece)],
    ] as const) {
      const text = carried[form] + (bytes?.toString('latin1') ?? '');
      if (bytes !== undefined) look(text, false);
      carried[form] = text.slice(-overlap);
    }
  }
  look(carried.plain, true);
  look(carried.narrow, true);
  return { start, forbidden, what };
}

/** What is ASCII in UTF-16, which is told by its zeros; undefined for bytes that are not UTF-16. */
function withoutZeros(piece: Buffer): Buffer | undefined {
  const sample = piece.subarray(0, 4096);
  const zeros = sample.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return zeros > sample.length * 0.2 && zeros < sample.length * 0.6
    ? Buffer.from(piece.filter((byte) => byte !== 0))
    : undefined;
}

/** What is secret in a text, or undefined. A match that ends with the text counts only if that is the last of a file: more could follow. */
export function findSecret(
  text: string,
  { isLast = true, withProxies = true }: { readonly isLast?: boolean; readonly withProxies?: boolean } = {},
): string | undefined {
  const secret = findSecrets(text, { masking: false }).found.find(({ end }) => isLast || end < text.length);
  return secret?.what ?? (withProxies && hasProxy(text) ? 'a proxy of the build machine' : undefined);
}

/** `https_proxy=…`, and apt's setting; not in a comment. */
function hasProxy(text: string): boolean {
  return (
    /^[^#\n]{0,200}\b(?:https?|ftp|all)_proxy=\S/im.test(text) ||
    /^[^#\n]{0,200}Acquire::https?::Proxy\s{1,20}"/im.test(text)
  );
}
