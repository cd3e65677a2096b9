import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import type { SmokeReport } from '../../../../src/smoke/smoke-report.js';
import { formatDocument } from '../../../../src/platform/document.js';
import type { smokeReportSchema } from '../../../../src/store/documents/manifest-smoke.js';
import {
  manifestLimit,
  manifestSchema,
  parseManifest,
  type Manifest,
} from '../../../../src/store/documents/manifest.js';
import { toVersionFacts } from '../../../../src/store/documents/version-facts.js';
import { makeVersionParts } from '../../../fixtures/version-parts.js';

let directory: string;
let manifest: Manifest;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manifest-'));
  const parts = await makeVersionParts(directory, 'layered');
  const digest = sha256Of('x');
  const file = (role: 'image' | 'kernel' | 'initramfs' | 'base', name: string): object => ({
    role,
    name,
    size: 10,
    sha256: role === 'base' ? parts.base.sha256 : digest,
    chunkSize: 4,
    chunks: [digest, digest, digest],
  });
  const draft = {
    schema: 1,
    image: 'ubuntu-base',
    version: 3,
    ...toVersionFacts(parts),
    previous: 2,
    files: [
      file('image', 'ubuntu-base.3.qcow2'),
      file('kernel', 'ubuntu-base.3.vmlinuz'),
      file('initramfs', 'ubuntu-base.3.initramfs'),
      file('base', `${parts.base.sha256}.img`),
    ],
    documents: { sbom: { name: 'ubuntu-base.3.spdx.json', size: 10, sha256: digest } },
  };
  manifest = parseManifest(formatDocument(draft), 'the manifest');
});

afterAll(async () => rm(directory, { recursive: true }));

/** The manifest with one field replaced, or removed where the value is undefined. */
function withField(path: readonly (string | number)[], value: unknown): Buffer {
  const copy = JSON.parse(JSON.stringify(manifest)) as Record<string | number, unknown>;
  const holder = path.slice(0, -1).reduce((place, step) => place[step] as Record<string | number, unknown>, copy);
  holder[path.at(-1)!] = value;
  return formatDocument(copy);
}

/** One line, whatever the bytes were. */
function messageOf(bytes: Buffer): string {
  try {
    parseManifest(bytes, 'the manifest');
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).not.toMatch(/\p{Cc}/u);
    expect((error as Failure).message.length).toBeLessThan(600);
    return (error as Failure).message;
  }
  throw new Error('it was accepted');
}

test('reads what it has written, and nothing of this machine is in it', () => {
  const bytes = formatDocument(manifest);
  expect(parseManifest(bytes, 'the manifest')).toEqual(manifest);
  expect(bytes.toString()).not.toContain(directory);
  expect(manifest).toMatchObject({
    base: { reference: 'noble', serial: '20261101', format: 'qcow2' },
    daemon: { version: 'v1.2.3', goVersion: 'go1.26.8' },
    kernel: { version: '6.8.0-90-generic' },
    disk: { virtualSize: 8 * 4 * 1024 ** 2 },
    previous: 2,
  });
});

test('a release before this one wrote no documents, no distribution and no sources', () => {
  expect(parseManifest(withField(['documents'], undefined), 'the manifest').documents).toBeUndefined();
  expect(manifest.distribution).toBeUndefined();
});

test('a later release may add fields', () => {
  expect(parseManifest(withField(['documents', 'later'], { name: 'later' }), 'the manifest')).toEqual(manifest);
  expect(parseManifest(withField(['later'], { anything: true }), 'the manifest')).toEqual(manifest);
});

describe('a hostile manifest is refused with the field that is wrong', () => {
  const digest = sha256Of('x');
  test.each<[string, readonly (string | number)[], unknown, RegExp]>([
    [
      'a path as the name of a file',
      ['files', 0, 'name'],
      '../../etc/passwd',
      /^the manifest is not valid: files: the name of the image must be ubuntu-base\.3\.qcow2$/,
    ],
    ['an absolute path as a name', ['files', 1, 'name'], '/etc/passwd', /files: the name of the kernel/],
    ['the file of another version', ['files', 0, 'name'], 'ubuntu-base.2.qcow2', /files: the name of the image/],
    ['a base under another name', ['files', 3, 'name'], 'base.img', /files: the base must be named/],
    ['a base in another directory', ['files', 3, 'name'], `${digest}./../x`, /files: the base must be named/],
    ['a backing file elsewhere', ['disk', 'backingFile'], '/etc/shadow', /files: the base must be named/],
    ['no backing file', ['disk', 'backingFile'], undefined, /files: the base must be named/],
    ['a missing file', ['files', 2], undefined, /files/],
    ['a file twice', ['files', 2, 'role'], 'kernel', /files: must be image, kernel, initramfs, base/],
    ['a base in a flattened version', ['layout'], 'flattened', /files: must be image, kernel, initramfs$/],
    [
      'a document of another version',
      ['documents', 'sbom', 'name'],
      'ubuntu-base.2.spdx.json',
      /files: the name of the sbom must be ubuntu-base\.3\.spdx\.json/,
    ],
    ['an unknown role', ['files', 0, 'role'], 'firmware', /files\[0\]\.role/],
    ['a digest that is none', ['files', 0, 'sha256'], 'abc', /files\[0\]\.sha256: not a SHA-256/],
    ['a digest in capitals', ['files', 0, 'sha256'], digest.toUpperCase(), /files\[0\]\.sha256/],
    ['1.6 TB of zeros', ['files', 0, 'size'], 1.6e12, /files\[0\]\.size: Too big/],
    ['chunks of 32 MiB', ['files', 0, 'chunkSize'], 32 * 1024 ** 2, /files\[0\]\.chunkSize: Too big/],
    ['a disk of 65 TiB', ['disk', 'virtualSize'], 65 * 1024 ** 4, /disk\.virtualSize: Too big/],
    ['a chunk too few', ['files', 0, 'chunks'], [digest, digest], /files\[0\]\.chunks: must have one digest per chunk/],
    ['chunks of no bytes', ['files', 0, 'chunkSize'], 0, /files\[0\]\.chunkSize/],
    ['a negative size', ['files', 0, 'size'], -1, /files\[0\]\.size/],
    ['a size that is no number', ['files', 0, 'size'], '10', /files\[0\]\.size/],
    ['half a byte', ['files', 0, 'size'], 9.5, /files\[0\]\.size/],
    ['a size beyond all numbers', ['files', 0, 'size'], 1e300, /files\[0\]\.size/],
    ['another disk digest', ['disk', 'sha256'], digest, /disk\.sha256: not the digest of the chunks/],
    ['terminal codes', ['cmdline'], 'root=/dev/vda\u001b[2J', /cmdline: must be printable ASCII/],
    ['no kernel arguments', ['cmdline'], '', /cmdline: must be printable ASCII/],
    ['kernel arguments that begin an option', ['cmdline'], '--seccomp=false', /cmdline: must be printable ASCII/],
    ['kernel arguments that begin with a space', ['cmdline'], ' ro', /cmdline: must be printable ASCII/],
    ['kernel arguments with an umlaut', ['cmdline'], 'root=LABEL=ü', /cmdline: must be printable ASCII/],
    ['kernel arguments that turn a text', ['cmdline'], 'ro \u202edaeh', /cmdline: must be printable ASCII/],
    [
      'kernel arguments longer than a kernel takes',
      ['cmdline'],
      'x'.repeat(2048),
      /cmdline: Too big: expected string to have <=2047 characters/,
    ],
    [
      'another file as a disk',
      ['cloudHypervisor', 'diskOptions', 1],
      'path=/etc/shadow',
      new RegExp(
        '^the manifest is not valid: cloudHypervisor\\.diskOptions\\[1\\]: "path=/etc/shadow" ' +
          'is not one of image_type=qcow2, backing_files=on$',
      ),
    ],
    [
      'a writable image',
      ['cloudHypervisor', 'diskOptions', 1],
      'readonly=off',
      /diskOptions\[1\]: "readonly=off" is not one of/,
    ],
    [
      'a raw image',
      ['cloudHypervisor', 'diskOptions', 0],
      'image_type=raw',
      /diskOptions\[0\]: "image_type=raw" is not one of/,
    ],
    [
      'two options in one',
      ['cloudHypervisor', 'diskOptions', 0],
      'image_type=qcow2,path=/x',
      /diskOptions\[0\]: "image_type=qcow2,path=\/x" is not one of/,
    ],
    [
      'terminal codes as an option',
      ['cloudHypervisor', 'diskOptions', 0],
      '\u001b[2J\n\u202e',
      /diskOptions\[0\]: "\\u001b\[2J\\n\\u202e" is not one of/,
    ],
    ['an option that is no text', ['cloudHypervisor', 'diskOptions', 0], 7, /diskOptions\[0\]: "7" is not one of/],
    ['a release that is none', ['cloudHypervisor', 'min'], 'latest', /cloudHypervisor\.min: not a release number/],
    ['no release', ['cloudHypervisor', 'min'], '', /cloudHypervisor\.min/],
    ['a release with more behind it', ['cloudHypervisor', 'min'], '50.0,path=/x', /cloudHypervisor\.min/],
    [
      'a kernel version that leads out',
      ['kernel', 'version'],
      '../../etc/passwd',
      /kernel\.version: not a kernel version that can be part of a file name/,
    ],
    ['a kernel version in other directories', ['kernel', 'version'], '6.8/../../x', /kernel\.version/],
    ['a kernel version of another version', ['kernel', 'version'], '6.8@ubuntu-base.2', /kernel\.version/],
    ['no kernel version', ['kernel', 'version'], '', /kernel\.version/],
    ['a line break', ['builder', 'tool'], 'a\nb', /builder\.tool/],
    ['a novel', ['kernel', 'version'], 'x'.repeat(5000), /kernel\.version/],
    ['an image name that is none', ['image'], '../x', /image/],
    ['version 0', ['version'], 0, /version/],
    ['no version', ['version'], undefined, /version/],
    ['a date that is none', ['created'], 'yesterday', /created/],
    ['no smoke at all', ['smoke'], undefined, /smoke/],
    ['a list of packages that is none', ['packages'], { length: 3 }, /packages/],
    ['schema 0', ['schema'], 0, /schema/],
    ['a newer schema', ['schema'], 2, /^the manifest has schema 2, but this release supports 1$/],
  ])('%s', (_, path, value, message) => {
    expect(messageOf(withField(path, value))).toMatch(message);
  });

  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /is not JSON/],
    ['half a document', Buffer.from('{"schema": 1, "image"'), /is not JSON/],
    ['terminal codes that are no JSON', Buffer.from('\u001b[2J\n\n'), /is not JSON/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b]), /is not JSON/],
    ['null', Buffer.from('null'), /is not valid/],
    ['a list', Buffer.from('[]'), /is not valid/],
    ['a deep nest', Buffer.from('['.repeat(200_000) + ']'.repeat(200_000)), /is not/],
    ['more than is allowed', Buffer.alloc(manifestLimit + 1, ' '), /more than the \d+ allowed/],
    ['a prototype', Buffer.from('{"__proto__": {"schema": 1}}'), /is not valid/],
  ])('%s', (_, bytes, message) => {
    expect(messageOf(bytes)).toMatch(message);
  });
});

test('a flattened version cannot name a backing file', () => {
  const flattened = { ...manifest, layout: 'flattened', files: manifest.files.filter(({ role }) => role !== 'base') };
  expect(messageOf(formatDocument(flattened))).toMatch(/files: a flattened image must not have a backing file/);
  expect(
    parseManifest(formatDocument({ ...flattened, disk: { ...manifest.disk, backingFile: undefined } }), 'the manifest')
      .layout,
  ).toBe('flattened');
});

test('a manifest of a 10 GB image with a full 64 GB disk is within the limit', () => {
  const digest = sha256Of('x');
  const large = {
    ...manifest,
    files: manifest.files.map((file) => ({ ...file, chunks: Array.from({ length: 10_000 }, () => digest) })),
    disk: { ...manifest.disk, chunks: Array.from({ length: 16_384 }, (_, index) => ({ index, sha256: digest })) },
  };
  expect(formatDocument(large).length).toBeLessThan(manifestLimit / 2);
});

/** True for identical types, including optional and read-only fields: the compiler compares such functions that way. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test('the schema of the smoke report is that of the smoke room', () => {
  const same: Same<z.infer<typeof smokeReportSchema>, SmokeReport> = true;
  expect(same).toBe(true);
});

test('docs/reference/manifest.schema.json is what the code has (UPDATE_SCHEMA=1 writes it)', async () => {
  const path = join(import.meta.dirname, '../../../../docs/reference/manifest.schema.json');
  const schema = {
    ...z.toJSONSchema(manifestSchema, {
      io: 'input',
      override: ({ jsonSchema }) => {
        delete jsonSchema.readOnly;
      },
    }),
    title: 'Manifest of a golden image',
  };
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(path, text);
  expect(await readFile(path, 'utf8')).toBe(text);
});
