import type { z } from 'zod';
import { Failure } from '../errors.js';
import { sanitizeLine } from '../format.js';
import { tryParseJson } from '../json.js';

/** Parses the JSON that a program printed. @throws Failure if it does not match the schema */
export function parseToolJson<T>(program: string, output: string, schema: z.ZodType<T>): T {
  const { success, data, error } = schema.safeParse(tryParseJson(output));
  if (success) return data;
  throw new Failure(`unexpected output from ${program}: ${sanitizeLine(output, 100) || 'none'}`, {
    cause: error,
  });
}
