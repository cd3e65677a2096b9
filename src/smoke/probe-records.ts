import { Failure } from '../platform/errors.js';
import { toPlainText } from '../platform/plain-text.js';

/** A line of the probe's output. */
export interface ProbeRecord {
  readonly key: string;
  readonly value: string;
}

/** `{"key":"value"}` */
export function parseRecord(line: string): ProbeRecord {
  let entries: readonly (readonly [string, unknown])[] = [];
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) entries = Object.entries(parsed);
  } catch {
    // No entries: rejected below.
  }
  const [[key, value] = []] = entries;
  if (entries.length !== 1 || key === undefined || typeof value !== 'string')
    throw malformed('a line that is not a record', line);
  return { key, value };
}

export function malformed(what: string, line: string): Failure {
  return new Failure(`the probe in the guest wrote ${what}`, { evidence: [toPlainText(line, 500)] });
}

/** The values of each key, in order. */
export type Fields = ReadonlyMap<string, readonly string[]>;

export function groupByKey(records: readonly ProbeRecord[]): Fields {
  const fields = new Map<string, string[]>();
  for (const { key, value } of records) {
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

const keptValues = 64;

export function valuesOf(fields: Fields, key: string): readonly string[] {
  return (fields.get(key) ?? []).slice(0, keptValues).map((value) => toPlainText(value.trim(), 1000));
}

export function valueOf(fields: Fields, key: string): string {
  return valuesOf(fields, key)[0] ?? '';
}
