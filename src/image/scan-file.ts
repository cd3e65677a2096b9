import { createHash, type Hash } from 'node:crypto';
import { findSecrets } from '../platform/secrets/find-secrets.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { findCredentials, isCredentialFile, largestCredentialFile } from './credential-files.js';
import { identifyArchive, unpackArchive } from './unpack-archive.js';

/**
 * The problem with a file, or undefined. `written` is the SHA-256 of what the plan wrote there, which may be a secret.
 */
export type Scan = (file: GuestFile, written: string | undefined) => Promise<string | undefined>;

/** Characters of a piece that are searched again with the next. No match is longer. */
const overlap = 4096;
/** Unpacked bytes of all archives of an image, since some unpack to a thousand times their size. */
const mostUnpacked = 8 * 1024 ** 3;

/** Scans files, and limits the work on archives across all of them. */
export function createScan(files: GuestFiles, forbiddenTexts: readonly string[]): Scan {
  let unpacked = 0;
  const scanArchive = async (file: GuestFile, start: Buffer): Promise<string | undefined> => {
    const kind = identifyArchive(start);
    if (kind === undefined || unpacked >= mostUnpacked) return undefined;
    const inside = counted(unpackArchive(kind, files.content(file), mostUnpacked - unpacked), (bytes) => {
      unpacked += bytes;
    });
    const { what } = await scanContent(inside, [], { isConfiguration: false });
    return what === undefined ? undefined : `${what} in the archive`;
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

/** Directories whose settings apply to VMs. Elsewhere, documentation has examples that look like settings. */
function isConfiguration(path: string): boolean {
  return /^\/(?:etc|root|home)\//.test(path);
}

interface Scanned {
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
  // Compared as bytes, because a piece can end within a character.
  const wanted = forbiddenTexts.map((text) => ({ text, bytes: Buffer.from(text).toString('latin1') }));
  let start: Buffer = Buffer.alloc(0);
  // The text, and the text without the zeros of UTF-16.
  const carried = { plain: '', narrow: '' };
  let what: string | undefined;
  let forbidden: string | undefined;
  const search = (text: string, isLast: boolean): void => {
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
      if (bytes !== undefined) search(text, false);
      carried[form] = text.slice(-overlap);
    }
  }
  search(carried.plain, true);
  search(carried.narrow, true);
  return { start, forbidden, what };
}

/** The ASCII characters of UTF-16, which is recognised by its zeros. Undefined for other bytes. */
function withoutZeros(piece: Buffer): Buffer | undefined {
  const sample = piece.subarray(0, 4096);
  const zeros = sample.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return zeros > sample.length * 0.2 && zeros < sample.length * 0.6
    ? Buffer.from(piece.filter((byte) => byte !== 0))
    : undefined;
}

/** The secret in a text, or undefined. A match at the end of the text counts only if nothing follows. */
export function findSecret(
  text: string,
  { isLast = true, withProxies = true }: { readonly isLast?: boolean; readonly withProxies?: boolean } = {},
): string | undefined {
  const secret = findSecrets(text, { masking: false }).found.find(({ end }) => isLast || end < text.length);
  return secret?.what ?? (withProxies && hasProxy(text) ? 'a proxy of the build machine' : undefined);
}

/** `https_proxy=…` or apt's setting, unless commented out. */
function hasProxy(text: string): boolean {
  return (
    /^[^#\n]{0,200}\b(?:https?|ftp|all)_proxy=\S/im.test(text) ||
    /^[^#\n]{0,200}Acquire::https?::Proxy\s{1,20}"/im.test(text)
  );
}
