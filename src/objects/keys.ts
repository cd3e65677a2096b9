import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

const keySegment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** @throws Failure unless it consists of plain names separated by slashes: no `..`, no hidden name, nothing absolute */
export function parseKey(key: string): string {
  if (isKey(key)) return key;
  throw new Failure(`invalid store key ${quoteText(key)}`);
}

function isKey(key: string): boolean {
  return key.length <= 240 && key.split('/').every((segment) => keySegment.test(segment));
}
