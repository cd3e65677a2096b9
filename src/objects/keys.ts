import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

const keySegment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** @throws Failure unless it is plain names with slashes between them: no `..`, no hidden name, nothing absolute. */
export function parseKey(key: string): string {
  if (isKey(key)) return key;
  throw new Failure(`${quoteText(key)} is not a key of a store`);
}

function isKey(key: string): boolean {
  return key.length <= 240 && key.split('/').every((segment) => keySegment.test(segment));
}
