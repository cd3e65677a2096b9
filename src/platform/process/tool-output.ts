import type { z } from 'zod';
import { Failure } from '../errors.js';
import { sanitizeLine } from '../format.js';

/** What a program says in JSON. @throws Failure where it is not what that program says */
export function parseToolJson<T>(program: string, answer: string, schema: z.ZodType<T>): T {
  const { success, data, error } = schema.safeParse(tryParse(answer));
  if (success) return data;
  throw new Failure(`${program} answers what is not understood: ${sanitizeLine(answer, 100) || 'nothing'}`, {
    cause: error,
  });
}

function tryParse(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
