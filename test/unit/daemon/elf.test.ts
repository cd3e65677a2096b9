import { describe, expect, test } from '@jest/globals';
import { readStaticProgram } from '../../../src/daemon/elf.js';
import { Failure } from '../../../src/platform/errors.js';
import { address, code, makeElf, readerOf } from './elf-file.js';

const dynamic = (...tags: readonly bigint[]): Buffer => {
  const section = Buffer.alloc((tags.length + 1) * 16);
  tags.forEach((tag, index) => section.writeBigUInt64LE(tag, index * 16));
  return section;
};

describe('a program is accepted', () => {
  test('with its sections', async () => {
    const file = makeElf({
      sections: [
        { name: '.go.buildinfo', content: Buffer.from('info') },
        { name: '.strtab', content: Buffer.from('names') },
      ],
    });
    const sections = await readStaticProgram(readerOf(file));
    const found = sections.find(({ name }) => name === '.go.buildinfo');
    expect(found?.size).toBe(4);
    expect(file.toString('latin1', found!.offset, found!.offset + 4)).toBe('info');
    expect(sections.map(({ name }) => name)).toEqual(['', '.go.buildinfo', '.strtab', '.shstrtab']);
  });

  test('without sections', async () => {
    expect(await readStaticProgram(readerOf(makeElf()))).toEqual([]);
  });

  test('position-independent and static', async () => {
    const file = makeElf({ type: 3, segments: [code, { type: 2, content: dynamic(5n, 6n) }] });
    expect(await readStaticProgram(readerOf(file))).toEqual([]);
  });
});

describe('a file is rejected', () => {
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['empty', Buffer.alloc(0), 'is empty'],
    ['a script', Buffer.from('#!/bin/sh\nexec daemon\n'), 'is a script, not a Linux program'],
    ['an archive', Buffer.from('!<arch>\n'), 'is a library archive, not a Linux program'],
    ['for Windows', Buffer.from('MZ\x90'), 'is a Windows program, not a Linux program'],
    ['for macOS', Buffer.from('cffaedfe07000001', 'hex'), 'is a macOS program, not a Linux program'],
    ['text', Buffer.from('hello'), 'is of an unknown format, not a Linux program'],
    ['only a header', makeElf().subarray(0, 40), 'is truncated: its ELF header is incomplete'],
    ['of 32 bits', makeElf({ class: 1, machine: 3 }), 'is a 32-bit program (64-bit required)'],
    ['for arm64', makeElf({ machine: 183 }), 'is built for arm64 (x86-64 required)'],
    ['for an unknown machine', makeElf({ machine: 9999 }), 'is built for an unknown CPU (x86-64 required)'],
    ['big endian', makeElf({ data: 2 }), 'is built for an unknown CPU (x86-64 required)'],
    ['an object file', makeElf({ type: 1 }), 'is an object file, not a program'],
    ['a core dump', makeElf({ type: 4 }), 'is a core dump, not a program'],
    ['of an unknown type', makeElf({ type: 77 }), 'is an ELF file of type 77, not a program'],
    ['without segments', makeElf({ segments: [] }), 'has no entry point in its code: it is a library or corrupt'],
    ['a library', makeElf({ type: 3, entry: 0n }), 'has no entry point in its code: it is a library or corrupt'],
    [
      'with its entry point in data',
      makeElf({ segments: [{ ...code, flags: 6 }] }),
      'has no entry point in its code: it is a library or corrupt',
    ],
    [
      'with its entry point after the code',
      makeElf({ entry: address + 16n }),
      'has no entry point in its code: it is a library or corrupt',
    ],
    [
      'with an interpreter',
      makeElf({ segments: [{ type: 3, content: Buffer.from('/lib64/ld-linux-x86-64.so.2\0') }, code] }),
      'is dynamically linked: it needs "/lib64/ld-linux-x86-64.so.2"',
    ],
    [
      'with a hostile interpreter',
      makeElf({ segments: [{ type: 3, content: Buffer.from('\x1b[2J\n::error::x') }, code] }),
      'is dynamically linked: it needs "\\u001b[2J\\n::error::x"',
    ],
    [
      'with a needed library',
      makeElf({ segments: [code, { type: 2, content: dynamic(5n, 1n) }] }),
      'is dynamically linked: it needs shared libraries',
    ],
    [
      'with a huge dynamic section',
      makeElf({ segments: [code, { type: 2, content: Buffer.alloc(70_000) }] }),
      'is corrupt: a dynamic section of 70000 bytes',
    ],
    ['with segments of a different size', makeElf({ segmentSize: 8 }), 'is corrupt: 1 segments of 8 bytes'],
    ['with too many segments', makeElf({ segmentCount: 65535 }), 'is corrupt: 65535 segments of 56 bytes'],
    [
      'with too many sections',
      makeElf({ sections: [], sectionCount: 65535 }),
      'is corrupt: 65535 sections of 64 bytes',
    ],
    [
      'truncated in its segments',
      makeElf({ segmentCount: 200 }),
      'is truncated: its headers point beyond its 136 bytes',
    ],
    [
      'with a segment beyond its end',
      makeElf({ segments: [{ ...code, fileSize: 5000n }] }),
      'is truncated: its headers point beyond its 136 bytes',
    ],
    [
      'with a segment at 2^63',
      makeElf({ segments: [{ ...code, offset: 2n ** 63n }] }),
      'is truncated: its headers point beyond its 136 bytes',
    ],
    [
      'with a segment whose end overflows',
      makeElf({ segments: [{ ...code, fileSize: 2n ** 64n - 1n }] }),
      'is truncated: its headers point beyond its 136 bytes',
    ],
    [
      'truncated in its sections',
      makeElf({ sections: [{ name: '.text', content: code.content! }] }).subarray(0, -10),
      'is truncated: its headers point beyond its 351 bytes',
    ],
  ];

  test.each(cases)('%s', async (_name, bytes, reason) => {
    const rejection = await readStaticProgram(readerOf(bytes)).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(Failure);
    expect((rejection as Failure).message).toBe(reason);
  });

  test('with a fix', async () => {
    await expect(readStaticProgram(readerOf(makeElf({ machine: 183 })))).rejects.toMatchObject({
      fix: 'build it with GOOS=linux GOARCH=amd64',
    });
    const needy = makeElf({ segments: [{ type: 3, content: Buffer.from('/lib/ld.so\0') }, code] });
    await expect(readStaticProgram(readerOf(needy))).rejects.toMatchObject({ fix: 'build it with CGO_ENABLED=0' });
  });
});

test('no change of a single byte makes it read outside of the file or throw anything but a Failure', async () => {
  const valid = makeElf({
    segments: [code, { type: 2, content: dynamic(5n) }],
    sections: [{ name: '.strtab', content: Buffer.from('names') }],
  });
  let rejected = 0;
  for (let at = 0; at < valid.length; at += 1) {
    for (const value of [0x00, 0x7f, 0x80, 0xff]) {
      const bytes = Buffer.from(valid);
      bytes[at] = value;
      await readStaticProgram(readerOf(bytes)).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        rejected += 1;
      });
    }
  }
  expect(rejected).toBeGreaterThan(100);
});

test('every truncation is rejected', async () => {
  const valid = makeElf({ sections: [{ name: '.text', content: Buffer.from('code') }] });
  for (let length = 0; length < valid.length; length += 1) {
    await expect(readStaticProgram(readerOf(valid.subarray(0, length)))).rejects.toBeInstanceOf(Failure);
  }
});
