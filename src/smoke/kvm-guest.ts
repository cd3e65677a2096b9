import { kvmGuestCode } from './kvm-guest-code.js';

const loadAddress = 0x100_0000;
/** The code, its page tables and its stack. */
const memorySize = 0x2_0000;
const fileHeaderSize = 64;
const programHeaderSize = 56;
const noteSize = 20;
const codeOffset = 0x1000;

/**
 * A 64-bit ELF kernel of 6 KiB that does what a kernel does first: see kvm-guest.S. Both Cloud Hypervisor and QEMU
 * enter it by PVH: XEN_ELFNOTE_PHYS32_ENTRY in xen/include/public/elfnote.h.
 */
export function createKvmGuest(): Buffer {
  const code = Buffer.from(kvmGuestCode, 'base64');
  const noteOffset = fileHeaderSize + 2 * programHeaderSize;
  const elf = Buffer.alloc(codeOffset + code.length);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian
  elf.writeUInt16LE(2, 16); // executable
  elf.writeUInt16LE(62, 18); // x86-64
  elf.writeUInt32LE(1, 20); // version
  elf.writeBigUInt64LE(BigInt(loadAddress), 24);
  elf.writeBigUInt64LE(BigInt(fileHeaderSize), 32);
  elf.writeUInt16LE(fileHeaderSize, 52);
  elf.writeUInt16LE(programHeaderSize, 54);
  elf.writeUInt16LE(2, 56); // program headers
  elf.writeUInt16LE(64, 58); // size of a section header, of which there is none
  const load = { type: 1, offset: codeOffset, address: loadAddress, fileSize: code.length, memorySize, align: 0x1000 };
  const note = { type: 4, offset: noteOffset, address: 0, fileSize: noteSize, memorySize: noteSize, align: 4 };
  elf.set(toProgramHeader(load), fileHeaderSize);
  elf.set(toProgramHeader(note), fileHeaderSize + programHeaderSize);
  for (const [index, value] of [4, 4, 18].entries()) elf.writeUInt32LE(value, noteOffset + 4 * index);
  elf.write('Xen\0', noteOffset + 12, 'latin1');
  elf.writeUInt32LE(loadAddress, noteOffset + 16);
  elf.set(code, codeOffset);
  return elf;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

/** Readable, writable and executable. */
function toProgramHeader({ type, offset, address, fileSize, memorySize: size, align }: Segment): Buffer {
  const header = Buffer.alloc(programHeaderSize);
  header.writeUInt32LE(type, 0);
  header.writeUInt32LE(7, 4);
  for (const [index, value] of [offset, address, address, fileSize, size, align].entries())
    header.writeBigUInt64LE(BigInt(value), 8 + 8 * index);
  return header;
}
