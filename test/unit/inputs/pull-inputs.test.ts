import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { toPullOutputs } from '../../../src/app/pull-outputs.js';
import { pullInputDefinitions } from '../../../src/inputs/definitions.js';
import { readHost, readPullInputs, type PullInputs } from '../../../src/inputs/pull-inputs.js';
import { UsageError } from '../../../src/platform/errors.js';

interface ActionFile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(import.meta.dirname, '../../../pull/action.yml'), 'utf8')) as ActionFile;

const read = (given: Readonly<Record<string, string>>): PullInputs => readPullInputs((name) => given[name] ?? '');

describe('pull/action.yml', () => {
  test('has the inputs of the definitions, in their order', () => {
    expect(Object.entries(action.inputs)).toEqual(
      pullInputDefinitions.map(({ name, description, default: value }) => [
        name,
        { description, required: false, default: value },
      ]),
    );
    expect(Object.keys(action.inputs)).toEqual([
      'store',
      'endpoint',
      'region',
      'force-path-style',
      'image-name',
      'anonymous',
      'version',
      'root',
      'max-age',
      'env-file',
      'allow-revoked',
      'require-signature',
    ]);
  });

  test('has the outputs that are set', () => {
    const report = {
      image: 'ubuntu-base',
      version: 7,
      imagePath: '/i',
      kernelPath: '/k',
      initramfsPath: '/r',
      cmdline: 'root=/dev/vda1 ro',
      diskOptions: 'image_type=qcow2',
      launchArguments: ['--cmdline', 'root=/dev/vda1 ro'],
      changed: true,
      fetchedBytes: 1,
      reusedBytes: 2,
      durationMs: 3,
    };
    const outputs = toPullOutputs(report);
    expect(Object.keys(action.outputs)).toEqual(Object.keys(outputs));
    for (const { description } of Object.values(action.outputs)) expect(description).toMatch(/^.+\.$/);
    expect(outputs).toEqual({
      version: '7',
      'image-path': '/i',
      'ch-kernel-path': '/k',
      'ch-initramfs-path': '/r',
      'launch-arguments': "--cmdline 'root=/dev/vda1 ro'",
      changed: 'true',
    });
  });

  test('runs the bundle of the pull on Node 24', () => {
    expect(action.runs).toEqual({ using: 'node24', main: '../dist/pull/index.js' });
  });
});

describe('the inputs of a pull', () => {
  test('have defaults, which empty values mean', () => {
    expect(read({ store: ' /srv/store ' })).toEqual({
      store: { address: '/srv/store', forcePathStyle: false },
      image: 'ubuntu-base',
      wanted: 'latest',
      root: '/var/lib/cloud-hypervisor',
      allowRevoked: false,
      requireSignature: false,
      verify: false,
    });
  });

  test('are read', () => {
    expect(
      read({
        store: 's3://b',
        'image-name': 'x.gpu',
        version: '12',
        root: '/srv',
        'max-age': '14d',
        'env-file': '/run/x.env',
      }),
    ).toMatchObject({
      image: 'x.gpu',
      wanted: 12,
      root: '/srv',
      maxAgeMs: 14 * 24 * 3_600_000,
      envFile: '/run/x.env',
    });
    expect(read({ store: 's3://b', 'max-age': '12h' }).maxAgeMs).toBe(12 * 3_600_000);
    expect(read({ store: 's3://b', anonymous: 'true' }).store).toEqual({
      address: 's3://b',
      forcePathStyle: false,
      anonymous: true,
    });
    expect(read({ store: '/s', 'allow-revoked': 'true' }).allowRevoked).toBe(true);
    expect(readHost(() => '')).toEqual({ image: 'ubuntu-base', root: '/var/lib/cloud-hypervisor' });
  });

  test.each([
    [{}, 'store is empty'],
    [{ store: '/s', version: 'La test' }, 'invalid channel name "La test"'],
    [{ store: '/s', version: '0' }, 'invalid version "0"'],
    [{ store: '/s', 'image-name': '../x' }, 'invalid image name "../x"'],
    [{ store: '/s', 'max-age': '14' }, 'invalid max-age "14"'],
    [{ store: '/s', 'max-age': '0d' }, 'invalid max-age "0d"'],
    [{ store: '/s', 'allow-revoked': 'yes' }, 'invalid allow-revoked "yes"'],
    [{ store: '/s', root: 'a\nb' }, 'invalid root "a\\nb"'],
  ])('%j are rejected', (given, message) => {
    expect(() => read(given as Readonly<Record<string, string>>)).toThrow(UsageError);
    expect(() => read(given as Readonly<Record<string, string>>)).toThrow(message);
  });
});
