import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCopiedFiles } from '../../src/app/doctor/checks/copied-files.js';
import type { Finding } from '../../src/app/doctor/finding.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';

const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('copied');
});
afterAll(async () => directory.remove());

const signal = new AbortController().signal;
const check = async (...sources: readonly string[]): Promise<readonly Finding[]> =>
  checkCopiedFiles(
    sources.map((source) => ({ source, path: '/usr/local/bin/tool' })),
    { processes, signal },
  );

/** An attribute, by setxattr(2): not every machine has setfattr. */
async function setAttribute(path: string, name: string, value: Buffer): Promise<void> {
  await processes.run({
    argv: [
      'perl',
      '-e',
      'my ($path, $name, $hex) = @ARGV; my $value = pack("H*", $hex); ' +
        'syscall(188, $path, $name, $value, length($value), 0) == 0 or die "$name: $!\\n"',
      '--',
      path,
      name,
      value.toString('hex'),
    ],
  });
}

/** An ACL of version 2: the owner, user 1000, the group, the mask, others. Source: Linux, posix_acl_xattr.h. */
function makeAcl(): Buffer {
  const entries = [
    [0x01, 6, -1],
    [0x02, 4, 1000],
    [0x04, 4, -1],
    [0x10, 4, -1],
    [0x20, 4, -1],
  ] as const;
  const acl = Buffer.alloc(4 + entries.length * 8);
  acl.writeUInt32LE(2, 0);
  for (const [index, [tag, bits, id]] of entries.entries()) {
    acl.writeUInt16LE(tag, 4 + index * 8);
    acl.writeUInt16LE(bits, 6 + index * 8);
    acl.writeInt32LE(id, 8 + index * 8);
  }
  return acl;
}

/** cap_net_raw, permitted and effective, of version 2. Source: Linux, capability.h. */
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** Only root may give a capability. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;

describe('row 29: attributes of a file that are not copied are named', () => {
  async function makeFile(name: string): Promise<string> {
    const path = join(directory.path, name);
    await writeFile(path, 'x', { mode: 0o755 });
    return path;
  }

  test('a plain file has no finding', async () => {
    expect(await check(await makeFile('plain'), await makeFile('other'))).toEqual([]);
    expect(await check()).toEqual([]);
  });

  asRoot('a capability', async () => {
    const path = await makeFile('tool');
    await setAttribute(path, 'security.capability', capability);
    expect(await check(await makeFile('plain'), path)).toEqual([
      {
        name: 'files',
        state: 'warning',
        text: `${path} is copied without its capabilities (security.capability)`,
        fix: 'set it in the image with a run script: setcap … /usr/local/bin/tool',
      },
    ]);
  });

  test('an ACL', async () => {
    const path = await makeFile('listed');
    await setAttribute(path, 'system.posix_acl_access', makeAcl());
    expect((await check(path)).map(({ text }) => text)).toEqual([
      `${path} is copied without its ACL (system.posix_acl_access)`,
    ]);
  });

  test('a missing file is reported elsewhere', async () => {
    expect(await check(join(directory.path, 'gone'))).toEqual([]);
  });
});
