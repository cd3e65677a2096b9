import { gunzipSync } from 'node:zlib';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';

/**
 * What user-data begins with, in lower case. Source: cloud-init, `INCLUSION_TYPES_MAP` and `type_from_starts_with` in
 * cloudinit/handlers/__init__.py. `#cloud-config` covers `#cloud-config-archive` and `-jsonp`, `#include` covers
 * `#include-once`.
 */
const starts = ['#!', '#cloud-config', '#cloud-boothook', '#include', '#part-handler'];
const jinja = '## template: jinja';

/**
 * cloud-init reads everything with this field so far at the front as a MIME message: `convert_string` in
 * cloudinit/user_data.py.
 */
const mimeField = 'mime-version:';
const mimeWindow = 4096;
/** A field of RFC 5322, or the line before them in a mailbox. */
const headerLine = /^(from |[\x21-\x39\x3b-\x7e]+:)/;

const maxUnpackedBytes = 64 * 1024 ** 2;

/** @throws UsageError for user-data that cloud-init would ignore: the VM would come up unconfigured. */
export function assertUserData(bytes: Buffer, path: string): void {
  const problem = findUserDataProblem(bytes);
  if (problem === undefined) return;
  throw new UsageError(`user-data ${quoteText(path)}: ${problem}`, {
    fix: 'start the file with #cloud-config, or with #! for a script',
  });
}

/** Why cloud-init would ignore user-data; undefined if it would not. */
function findUserDataProblem(bytes: Buffer): string | undefined {
  const plain = unpack(bytes);
  if (plain === undefined) return 'damaged gzip file';
  // One character a byte: what follows the start can have any encoding.
  const head = plain.toString('latin1', 0, mimeWindow);
  const text = head.toLowerCase();
  if (text.includes(mimeField)) {
    if (headerLine.test(text)) return undefined;
    return `cloud-init reads it as a MIME message, because its first ${mimeWindow} bytes contain "MIME-Version:"`;
  }
  const start = trimStart(text);
  if (start === '') return 'empty file';
  const isKnown = start.startsWith(jinja) ? isKnownTemplate(start) : isKnownStart(start);
  return isKnown
    ? undefined
    : `cloud-init ignores a file that starts with ${quoteText(firstLine(trimStart(head)), 40)}`;
}

/** The content of a gzip file, or anything else as it is; undefined if it is damaged. cloud-init unpacks once. */
function unpack(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0x1f8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes });
  } catch {
    return undefined;
  }
}

function isKnownStart(text: string): boolean {
  return starts.some((start) => text.startsWith(start));
}

/** A template is rendered first: what starts with a tag of Jinja can become anything. */
function isKnownTemplate(text: string): boolean {
  const body = trimStart(text.slice(firstLine(text).length));
  return isKnownStart(body) || /^\{[%#{]/.test(body);
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? '';
}

/** ASCII whitespace only: a byte order mark is not skipped. */
function trimStart(text: string): string {
  return text.replace(/^[\t-\r\x1c-\x20]+/, '');
}
