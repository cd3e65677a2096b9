import { z } from 'zod';

/** One line of text without control codes, because texts of guests and foreign stores are printed on terminals. */
export const text = z
  .string()
  .max(4096)
  .regex(/^\P{Cc}*$/u, 'not one line of text');

export const hexDigest = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal digits');

/** A number of bytes or items, or an index. */
export const count = z.int().nonnegative();

export const versionNumber = z.int().positive().max(999_999_999);

export function fields<T extends z.core.$ZodLooseShape>(shape: T): z.ZodReadonly<z.ZodObject<T>> {
  return z.object(shape).readonly();
}

export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}
