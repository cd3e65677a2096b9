// Writes the machine code of src/smoke/kvm-guest.S into src/smoke/kvm-guest-code.ts. Needs GNU binutils:
//   node scripts/assemble-kvm-guest.mjs [--check]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, root, writeOrCheck } from './generated-page.mjs';

const { check, path } = readArguments('src/smoke/kvm-guest-code.ts');
const directory = mkdtempSync(join(tmpdir(), 'kvm-guest-'));
try {
  const [object, flat] = [join(directory, 'guest.o'), join(directory, 'guest.bin')];
  execFileSync('as', ['--64', '-o', object, join(root, 'src/smoke/kvm-guest.S')]);
  execFileSync('ld', ['-N', '-Ttext=0x1000000', '--oformat=binary', '-o', flat, object]);
  const lines = readFileSync(flat)
    .toString('base64')
    .match(/.{1,108}/g);
  const text = [
    '// Written by scripts/assemble-kvm-guest.mjs from kvm-guest.S.',
    'export const kvmGuestCode = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
  writeOrCheck({ path, text, check, source: 'src/smoke/kvm-guest.S' });
} finally {
  rmSync(directory, { recursive: true });
}
