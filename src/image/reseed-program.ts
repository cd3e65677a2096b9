import { entropyBytes } from '../vmm/identity-records.js';

/** Where the kernel maps the file. */
const base = 0x400000;
const headerBytes = 64;
const programHeaderBytes = 56;
const codeOffset = headerBytes + 2 * programHeaderBytes;

/** In hexadecimal, as an instruction has it. */
function toImmediate(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

/** An instruction, and the label that its last byte jumps to. */
type Instruction = readonly [hex: string, target?: string];

/**
 * x86-64. A text is a label. On the stack is a `struct rand_pool_info`: the entropy in bits, the length in bytes, the
 * bytes. EBX has the exit code for a failure of the current step.
 */
function listInstructions(path: number): readonly (string | Instruction)[] {
  return [
    ['4883ec50'], //                                  sub rsp, 80
    [`c70424${toImmediate(8 * entropyBytes)}`], //    mov dword [rsp], 512
    [`c7442404${toImmediate(entropyBytes)}`], //      mov dword [rsp + 4], 64
    // Exit code 2: standard input does not have exactly 64 bytes. Asks for one more, to notice more.
    ['bb02000000'], //                                mov ebx, 2
    ['488d742408'], //                                lea rsi, [rsp + 8]
    [`bd${toImmediate(entropyBytes + 1)}`], //        mov ebp, 65
    'next',
    ['31ff'], //                                      xor edi, edi
    ['89ea'], //                                      mov edx, ebp
    ['31c0'], //                                      xor eax, eax: read
    ['0f05'], //                                      syscall
    ['85c07800', 'exit'], //                          test eax, eax; js exit
    ['7400', 'end'], //                               jz end
    ['4801c6'], //                                    add rsi, rax
    ['29c5'], //                                      sub ebp, eax
    ['7500', 'next'], //                              jnz next
    ['eb00', 'exit'], //                              jmp exit
    'end',
    ['ffcd'], //                                      dec ebp
    ['7500', 'exit'], //                              jnz exit
    // Exit code 3: no /dev/urandom.
    ['ffc3'], //                                      inc ebx
    [`bf${toImmediate(path)}`], //                    mov edi, path
    ['31f6'], //                                      xor esi, esi: O_RDONLY
    ['b802000000'], //                                mov eax, 2: open
    ['0f05'], //                                      syscall
    ['85c07800', 'exit'], //                          test eax, eax; js exit
    // Exit code 4: the bytes were not added.
    ['ffc3'], //                                      inc ebx
    ['89c7'], //                                      mov edi, eax
    [`be${toImmediate(0x40085203)}`], //              mov esi, RNDADDENTROPY
    ['4889e2'], //                                    mov rdx, rsp
    ['b810000000'], //                                mov eax, 16: ioctl
    ['0f05'], //                                      syscall
    ['85c07500', 'exit'], //                          test eax, eax; jnz exit
    // Exit code 5: the generator was not reseeded.
    ['ffc3'], //                                      inc ebx
    [`be${toImmediate(0x5207)}`], //                  mov esi, RNDRESEEDCRNG
    ['b810000000'], //                                mov eax, 16: ioctl
    ['0f05'], //                                      syscall
    ['85c07500', 'exit'], //                          test eax, eax; jnz exit
    ['31db'], //                                      xor ebx, ebx
    'exit',
    ['89df'], //                                      mov edi, ebx
    ['b83c000000'], //                                mov eax, 60: exit
    ['0f05'], //                                      syscall
  ];
}

function assemble(path: number): Buffer {
  const labels = new Map<string, number>();
  const jumps: { readonly at: number; readonly target: string }[] = [];
  let hex = '';
  for (const item of listInstructions(path)) {
    if (typeof item === 'string') {
      labels.set(item, hex.length / 2);
      continue;
    }
    const [instruction, target] = item;
    hex += instruction;
    if (target !== undefined) jumps.push({ at: hex.length / 2 - 1, target });
  }
  const code = Buffer.from(hex, 'hex');
  // Relative to the next instruction. Throws if it is too far for one byte.
  for (const { at, target } of jumps) code.writeInt8((labels.get(target) ?? Number.NaN) - at - 1, at);
  return code;
}

/**
 * A program for Linux on x86-64 that gives the kernel's random number generator 64 bytes from standard input, and makes
 * it use them at once (random(4)). Writing them to /dev/urandom would do neither. Its exit code is 0 only if the kernel
 * did both. Static, and without an interpreter, because no tool of an Ubuntu image can make these requests.
 */
export function createReseedProgram(): Buffer {
  const path = base + codeOffset + assemble(0).length;
  const code = Buffer.concat([assemble(path), Buffer.from('/dev/urandom\0')]);
  const size = codeOffset + code.length;
  return Buffer.concat([createHeader(), createLoadHeader(size), createStackHeader(), code]);
}

/** Elf64_Ehdr: elf(5). */
function createHeader(): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('\u007fELF', 'latin1');
  header.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(62, 18); // EM_X86_64
  header.writeUInt32LE(1, 20); // e_version
  header.writeBigUInt64LE(BigInt(base + codeOffset), 24); // e_entry
  header.writeBigUInt64LE(BigInt(headerBytes), 32); // e_phoff
  header.writeUInt16LE(headerBytes, 52); // e_ehsize
  header.writeUInt16LE(programHeaderBytes, 54); // e_phentsize
  header.writeUInt16LE(2, 56); // e_phnum
  return header;
}

/** Maps the whole file: readable and executable. */
function createLoadHeader(size: number): Buffer {
  const header = Buffer.alloc(programHeaderBytes);
  header.writeUInt32LE(1, 0); // PT_LOAD
  header.writeUInt32LE(5, 4); // PF_R, PF_X
  header.writeBigUInt64LE(BigInt(base), 16); // p_vaddr
  header.writeBigUInt64LE(BigInt(base), 24); // p_paddr
  header.writeBigUInt64LE(BigInt(size), 32); // p_filesz
  header.writeBigUInt64LE(BigInt(size), 40); // p_memsz
  header.writeBigUInt64LE(0x1000n, 48); // p_align
  return header;
}

/** A stack that is not executable. */
function createStackHeader(): Buffer {
  const header = Buffer.alloc(programHeaderBytes);
  header.writeUInt32LE(0x6474e551, 0); // PT_GNU_STACK
  header.writeUInt32LE(6, 4); // PF_R, PF_W
  return header;
}
