import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReseedProgram } from '../../../src/image/reseed-program.js';
import { makeBytes } from '../../fixtures/random.js';

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const withStrace = process.getuid?.() === 0 && spawnSync('strace', ['-V']).status === 0 ? test : test.skip;

let directory = '';
let program = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-reseed-'));
  await chmod(directory, 0o755);
  program = join(directory, 'reseed');
  await writeFile(program, createReseedProgram(), { mode: 0o755 });
});

afterAll(async () => rm(directory, { recursive: true }));

function exitCode(input: Uint8Array, ...prefix: readonly string[]): number | null {
  const [command, ...args] = [...prefix, program];
  return spawnSync(command, args, { input }).status;
}

const entropy = makeBytes(7, 64);

asRoot('the kernel takes 64 bytes of root', () => {
  expect(exitCode(entropy)).toBe(0);
});

asRoot('the bytes may come in parts', () => {
  expect(exitCode(entropy, 'sh', '-c', '{ head -c 30; sleep 0.1; cat; } | "$0"')).toBe(0);
});

withStrace('the kernel is asked to add exactly these bytes, then to reseed', () => {
  const { stderr, status } = spawnSync('strace', ['-xx', '-e', 'trace=ioctl', program], {
    input: entropy,
    encoding: 'utf8',
  });
  const bytes = [...entropy.subarray(0, 32)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  expect(status).toBe(0);
  expect(stderr.split('\n').slice(0, 2)).toEqual([
    `ioctl(3, RNDADDENTROPY, {entropy_count=512, buf_size=64, buf="${bytes}"...}) = 0`,
    expect.stringMatching(/^ioctl\(3, RNDRESEEDCRNG(, 0)?\) += 0$/),
  ]);
});

test.each([0, 1, 63, 65, 4096])('%i bytes are rejected', (length) => {
  expect(exitCode(makeBytes(7, length))).toBe(2);
});

test('a directory as standard input is rejected', () => {
  expect(spawnSync('sh', ['-c', '"$0" < /', program]).status).toBe(2);
});

asRoot('without /dev/urandom it fails', async () => {
  const root = join(directory, 'root');
  await mkdir(root);
  await writeFile(join(root, 'reseed'), createReseedProgram(), { mode: 0o755 });
  expect(spawnSync('chroot', [root, '/reseed'], { input: entropy }).status).toBe(3);
});

test('without the privilege it fails', () => {
  const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  expect(exitCode(entropy, ...drop)).toBe(4);
});
