import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  actionInputDefinitions,
  buildInputDefinitions,
  type InputDefinition,
} from '../../../src/inputs/definitions.js';

interface ActionFile {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required: boolean; readonly default: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(import.meta.dirname, '../../../action.yml'), 'utf8')) as ActionFile;

/** In `action.yml`, only the description can list the allowed values. */
function describeInput({ description, values }: InputDefinition): string {
  const isBoolean = values === undefined || values.join() === 'true,false';
  return isBoolean ? description : `${description} One of ${values.join(', ')}.`;
}

describe('action.yml', () => {
  test('has the inputs of the definitions, in their order', () => {
    const expected = actionInputDefinitions.map((definition) => [
      definition.name,
      { description: describeInput(definition), required: false, default: definition.default },
    ]);
    expect(Object.entries(action.inputs)).toEqual(expected);
  });

  test('has the outputs of the contract', () => {
    expect(Object.keys(action.outputs)).toEqual([
      'version',
      'image-uri',
      'kernel-uri',
      'initramfs-uri',
      'manifest-uri',
      'manifest-sha256',
      'oci-digest',
      'image-sha256',
      'image-path',
      'kernel-path',
      'initramfs-path',
      'ch-kernel-path',
      'ch-initramfs-path',
      'unchanged',
      'reason',
    ]);
    for (const { description } of Object.values(action.outputs)) expect(description).toMatch(/^.+\.$/);
  });

  test('runs main and post on Node 24', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/main/index.js', post: 'dist/post/index.js' });
  });
});

describe('the definitions', () => {
  test('have unique kebab-case names, and a sentence', () => {
    const names = actionInputDefinitions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description } of actionInputDefinitions) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(description).toMatch(/^[A-Z].+[^.]\.$/);
    }
  });

  test('have valid defaults', () => {
    for (const { values, default: value } of buildInputDefinitions)
      if (values !== undefined) expect(values).toContain(value);
  });
});
