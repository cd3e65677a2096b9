import type { BlockReader } from '../disk/block-reader.js';
import type { ElfSection } from './elf.js';
import { withSections } from './inspect-binary.js';

/**
 * What the linker's `-X` does to a variable. `constant`: the program starts with that value. `computed`: the program
 * replaces it when it starts. `unknown`: the binary has no symbols.
 */
export type GoVariable = 'constant' | 'computed' | 'missing' | 'unknown';

interface GoSymbol {
  readonly address: number;
  readonly size: number;
}

/** elf(5): `Elf64_Sym`. */
const symbolSize = 24;
const readAtOnce = symbolSize * 40_000;
/** Far more than the initialization of any package. */
const maxCodeBytes = 4 * 1024 ** 2;

/**
 * Finds out whether a Go variable keeps the value that the linker gave it. Go computes every initial value that is not
 * constant in the function `init` of the package; a write to the variable in there replaces the linker's value.
 * @throws Failure if the file is not a static program
 */
export async function inspectGoVariable(path: string, variable: string): Promise<GoVariable> {
  return withSections(path, async (sections, reader) => {
    const [symbols, names] = ['.symtab', '.strtab'].map((name) => sections.find((section) => section.name === name));
    if (symbols === undefined || names === undefined) return 'unknown';
    const find = async (name: string): Promise<GoSymbol | undefined> => {
      const nameOffset = await tryFindName(name, names, reader);
      return nameOffset === undefined ? undefined : tryFindSymbol(nameOffset, symbols, reader);
    };
    const target = (await find(variable)) ?? (await find(escapeLikeLinker(variable)));
    if (target === undefined) return 'missing';
    const init = `${variable.slice(0, variable.lastIndexOf('.'))}.init`;
    const code = (await find(init)) ?? (await find(escapeLikeLinker(init)));
    const section = sections.find(({ address, size }) => code !== undefined && isWithin(code, { address, size }));
    if (code === undefined || section === undefined) return 'constant';
    const offset = section.offset + code.address - section.address;
    const bytes = await reader.read(offset, Math.min(code.size, maxCodeBytes));
    return writesTo(target.address, bytes, code.address) ? 'computed' : 'constant';
  });
}

/** Symbols escape dots in the last element of an import path. Source: Go, src/cmd/internal/objabi/path.go. */
function escapeLikeLinker(symbol: string): string {
  const slash = symbol.lastIndexOf('/') + 1;
  const dot = symbol.lastIndexOf('.');
  return symbol.slice(0, slash) + symbol.slice(slash, dot).replaceAll('.', '%2e') + symbol.slice(dot);
}

function isWithin(inner: GoSymbol, outer: GoSymbol): boolean {
  return inner.address >= outer.address && inner.address + inner.size <= outer.address + outer.size;
}

/** Where a name begins in the table of names. */
async function tryFindName(name: string, names: ElfSection, reader: BlockReader): Promise<number | undefined> {
  const needle = Buffer.from(`\0${name}\0`, 'latin1');
  for (let at = 0; at < names.size; at += readAtOnce) {
    const piece = await reader.read(names.offset + at, Math.min(readAtOnce + needle.length, names.size - at));
    const found = piece.indexOf(needle);
    if (found >= 0) return at + found + 1;
  }
  return undefined;
}

async function tryFindSymbol(name: number, symbols: ElfSection, reader: BlockReader): Promise<GoSymbol | undefined> {
  for (let at = 0; at < symbols.size; at += readAtOnce) {
    const piece = await reader.read(symbols.offset + at, Math.min(readAtOnce, symbols.size - at));
    for (let entry = 0; entry + symbolSize <= piece.length; entry += symbolSize) {
      if (piece.readUInt32LE(entry) !== name) continue;
      return { address: Number(piece.readBigUInt64LE(entry + 8)), size: Number(piece.readBigUInt64LE(entry + 16)) };
    }
  }
  return undefined;
}

/**
 * Whether x86-64 code writes to a string at an address, to its pointer or its length. Go addresses variables relative
 * to the next instruction: `mov [rip+n], register` (REX.W 89), `mov [rip+n], constant` (REX.W C7) or `movups` (0F 11).
 */
function writesTo(variable: number, code: Buffer, codeAddress: number): boolean {
  for (let at = 0; at + 7 <= code.length; at += 1) {
    const length = instructionLength(code, at);
    if (length === undefined) continue;
    const target = codeAddress + at + length + code.readInt32LE(at + 3);
    if (target === variable || target === variable + 8) return true;
  }
  return false;
}

/** Of an instruction that writes to memory relative to the next one. */
function instructionLength(code: Buffer, at: number): number | undefined {
  const [first = 0, second = 0, operands = 0] = code.subarray(at, at + 3);
  if ((operands & 0xc7) !== 0x05) return undefined;
  if (first === 0x0f && second === 0x11) return 7;
  if ((first & 0xfb) !== 0x48) return undefined;
  if (second === 0x89) return 7;
  return second === 0xc7 ? 11 : undefined;
}
