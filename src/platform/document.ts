import { z } from 'zod';
import { errorMessage, Failure } from './errors.js';

/** A kind of JSON document in a store: its schema and its largest size. */
export interface DocumentKind<T> {
  readonly schema: z.ZodType<T>;
  /** The version of the schema that this release reads and writes, in the document's field `schema`. */
  readonly version: number;
  /** In bytes. */
  readonly limit: number;
}

/** More than any real document has: a file in an inventory has six, a chunk of an image one. */
const maxValues = 500_000;

/** Indented, because people read documents too. Equal documents have equal bytes. */
export function formatDocument(document: object): Buffer {
  return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * Reads a document that anyone may have written.
 * @param name what it is called in the message
 * @throws Failure with one line that names the field that is wrong
 */
export function parseDocument<T>(kind: DocumentKind<T>, bytes: Buffer, name: string): T {
  if (bytes.length > kind.limit)
    throw new Failure(`${name} has ${bytes.length} bytes, more than the ${kind.limit} allowed`);
  const content = parseJson(bytes, name);
  if (isNewer(content, kind.version)) {
    throw new Failure(`${name} has schema ${content.schema}, but this release supports ${kind.version}`, {
      fix: 'use a newer release of ch-golden',
    });
  }
  if (hasMoreValues(content, maxValues)) throw new Failure(`${name} has more than ${maxValues} values`);
  const result = kind.schema.safeParse(content);
  if (result.success) return result.data;
  throw new Failure(`${name} is not valid: ${formatIssue(result.error)}`, { cause: result.error });
}

/** @throws Failure */
export function parseJson(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new Failure(`${name} is not JSON: ${oneLine(errorMessage(error))}`, { cause: error });
  }
}

/**
 * Checked first, because a schema reports every invalid value: for eight million zeros that takes minutes and
 * gigabytes.
 */
function hasMoreValues(content: unknown, max: number): boolean {
  const open = [content];
  for (let found = 0; open.length > 0; found += 1) {
    if (found + open.length > max) return true;
    const value = open.pop();
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
}

function isNewer(content: unknown, known: number): content is { readonly schema: number } {
  return (
    typeof content === 'object' &&
    content !== null &&
    'schema' in content &&
    typeof content.schema === 'number' &&
    content.schema > known
  );
}

/** The first problem: `files[0].name: Invalid input`. */
function formatIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  const message = oneLine(issue?.message ?? 'unknown');
  return issue === undefined || issue.path.length === 0
    ? message
    : `${oneLine(z.core.toDotPath(issue.path))}: ${message}`;
}

/** Messages quote parts of foreign bytes: no line breaks, no terminal codes, no long texts. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}
