import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadUserData } from '../../src/app/read-user-data.js';
import { tryFindAddressProblem } from '../../src/host/vm/static-address.js';
import { writeSeedIso } from '../../src/vmm/seed-iso.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('vm inputs');
});
afterAll(async () => directory.remove());

async function readBytes(bytes: string | Buffer): Promise<Buffer> {
  const file = join(directory.path, 'user-data');
  await writeFile(file, bytes);
  const userData = await loadUserData({ file });
  return 'content' in userData ? userData.content : Buffer.from('no content');
}

const latin1 = Buffer.from('#!/bin/sh\necho gr\u00fc\u00dfe\n', 'latin1');
const mime = 'Content-Type: text/cloud-config\nMIME-Version: 1.0\n\na: 1\n';

// 27 of the inputs in this suite and the next were checked by hand against the functions of cloud-init 22.4.2 that
// src/host/vm/user-data.ts names.
describe('rows 33 and 34: user-data that cloud-init recognizes is passed on, byte for byte', () => {
  test.each<[string, string | Buffer]>([
    ['a cloud-config', '#cloud-config\na: 1\n'],
    ['capitals, and space before them', '\n  #Cloud-Config\n'],
    ['an archive', '#cloud-config-archive\n[]\n'],
    ['a JSON patch', '#cloud-config-jsonp\n[]\n'],
    ['a script', '#!/bin/sh\n'],
    ['a script after a space', '#! /bin/sh\n'],
    ['a script in Latin-1', latin1],
    ['a boot hook', '#cloud-boothook\n'],
    ['addresses to include', '#include\nhttp://example.org/\n'],
    ['addresses to include once', '#include-once\nhttp://example.org/\n'],
    ['a part handler', '#part-handler\n'],
    ['a template', '## template: jinja\n#cloud-config\n'],
    ['a template that begins with a tag', '## template: jinja\n{% if true %}#cloud-config\n{% endif %}'],
    ['a MIME message', mime],
    ['a MIME message from a mailbox', `From x\n${mime}`],
    ['gzip of a cloud-config', gzipSync('#cloud-config\n')],
    ['gzip of a script in Latin-1', gzipSync(latin1)],
    ['gzip of a MIME message', gzipSync(mime)],
  ])('%s', async (_, bytes) => {
    expect((await readBytes(bytes)).equals(Buffer.from(bytes))).toBe(true);
  });

  test('to the file in the seed', async () => {
    const iso = join(directory.path, 'seed.iso');
    const extracted = join(directory.path, 'extracted');
    const processes = createTestProcesses();
    const bytes = gzipSync(latin1);
    await writeSeedIso({ 'user-data': bytes }, { directory: join(directory.path, 'seed'), iso }, processes);
    await processes.run({ argv: ['xorriso', '-osirrox', 'on', '-indev', iso, '-extract', '/user-data', extracted] });
    expect((await readFile(extracted)).equals(bytes)).toBe(true);
  });
});

describe('row 33: user-data that cloud-init ignores is rejected', () => {
  const starting = (line: string): string => `cloud-init ignores a file that starts with ${JSON.stringify(line)}`;
  test.each<[string, string | Buffer, string]>([
    ['a space too many', '# cloud-config\na: 1\n', starting('# cloud-config')],
    ['a dash too few', '#cloudconfig\na: 1\n', starting('#cloudconfig')],
    ['a comment first', '# Our VMs\n#cloud-config\n', starting('# Our VMs')],
    ['no header', 'runcmd: [true]\n', starting('runcmd: [true]')],
    ['a byte order mark', '\ufeff#cloud-config\n', 'cloud-init ignores a file that starts with '],
    [
      'a MIME header without its version',
      'Content-Type: text/cloud-config\n\na: 1\n',
      starting('Content-Type: text/cloud-config'),
    ],
    ['a template without a space', '## template:jinja\n#cloud-config\n', starting('## template:jinja')],
    ['a template of nothing', '## template: jinja\n# cloud-config\n', starting('## template: jinja')],
    ['a script that mentions MIME', '#!/bin/sh\n# MIME-Version: 1.0\n', 'cloud-init reads it as a MIME message'],
    ['a job of Upstart', '#upstart-job\n', starting('#upstart-job')],
    ['nothing', '', 'empty file'],
    ['blank lines', ' \n\n', 'empty file'],
    ['gzip of what is ignored', gzipSync('# cloud-config\n'), starting('# cloud-config')],
    ['gzip twice', gzipSync(gzipSync('#!/bin/sh\n')), 'cloud-init ignores a file that starts with '],
    ['half a gzip file', gzipSync('#cloud-config\n').subarray(0, 15), 'damaged gzip file'],
  ])('%s', async (_, bytes, problem) => {
    await expect(readBytes(bytes)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(problem),
      fix: expect.stringMatching(/./),
    });
  });
});

describe('files for user-data are read up to a limit', () => {
  const script = (size: number): Buffer => Buffer.alloc(size, '#!/bin/sh\n');
  const mebibyte = 1024 ** 2;

  test('user-data of 1 MiB is accepted', async () => {
    expect(await readBytes(script(mebibyte))).toHaveLength(mebibyte);
  });

  test('a larger file is rejected', async () => {
    await expect(readBytes(script(mebibyte + 1))).rejects.toMatchObject({
      name: 'UsageError',
      message: `user-data "${join(directory.path, 'user-data')}" is larger than 1 MiB`,
      fix: 'let it download large files when the VM boots',
    });
  });

  test('a device without an end is rejected', async () => {
    await expect(loadUserData({ file: '/dev/zero' })).rejects.toThrow('user-data "/dev/zero" is larger than 1 MiB');
    await expect(loadUserData({ sshKeyFiles: ['/dev/zero'], commands: [] })).rejects.toThrow(
      'ssh-key "/dev/zero" is larger than 1 MiB',
    );
  });

  test('a missing file is named', async () => {
    await expect(loadUserData({ file: '/missing' })).rejects.toThrow('user-data "/missing" cannot be read: ENOENT');
  });
});

describe('row 35: a fixed address', () => {
  test.each<[string, number, string, string | undefined]>([
    ['192.168.1.10', 24, '192.168.1.1', undefined],
    ['10.255.0.0', 8, '10.0.0.1', undefined],
    ['10.0.1.0', 23, '10.0.0.1', undefined],
    ['10.0.0.0', 31, '10.0.0.1', undefined],
    ['10.0.0.1', 31, '10.0.0.0', undefined],
    ['192.168.1.0', 24, '192.168.1.1', 'the address 192.168.1.0 is the network address of 192.168.1.0/24'],
    ['192.168.1.255', 24, '192.168.1.1', 'the address 192.168.1.255 is the broadcast address of 192.168.1.255/24'],
    ['192.168.1.10', 24, '192.168.1.0', 'the gateway 192.168.1.0 is the network address of 192.168.1.10/24'],
    ['192.168.1.10', 24, '192.168.1.255', 'the gateway 192.168.1.255 is the broadcast address of 192.168.1.10/24'],
    ['192.168.1.10', 24, '192.168.2.1', 'the gateway 192.168.2.1 is outside of 192.168.1.10/24'],
    ['192.168.1.10', 24, '192.168.1.10', 'the VM and the gateway both have the address 192.168.1.10'],
    ['10.0.0.1', 32, '10.0.0.2', 'the gateway 10.0.0.2 is outside of 10.0.0.1/32'],
    ['10.0.0.1', 31, '10.0.0.2', 'the gateway 10.0.0.2 is outside of 10.0.0.1/31'],
  ])('%s/%i with gateway %s', (address, prefix, gateway, problem) =>
    expect(tryFindAddressProblem({ address, prefix, gateway })?.problem).toBe(problem),
  );
});
