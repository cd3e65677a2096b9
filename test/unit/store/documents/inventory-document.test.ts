import { expect, test } from '@jest/globals';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import type { Inventory } from '../../../../src/image/golden-image.js';
import { formatInventory, tryReadInventory } from '../../../../src/store/documents/inventory-document.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';
import { createMemoryState, createMemoryStore } from '../../../fixtures/memory-store.js';

const file = (path: string): NonNullable<Inventory['files']>[number] => ({
  path,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 1,
  content: 'link:x',
});

async function read(bytes: Buffer): Promise<Inventory | undefined> {
  const state = createMemoryState();
  state.objects.set('snapshots/ubuntu-base.3.inventory.json', bytes);
  const document = { name: 'ubuntu-base.3.inventory.json', size: bytes.length, sha256: sha256Of(bytes) };
  return tryReadInventory(
    { image: 'ubuntu-base', version: 3, documents: { inventory: document } } as unknown as Manifest,
    createMemoryStore(state),
  );
}

test.each<[string, Inventory]>([
  ['files and folders', { files: [file('/etc/a'), file('/etc/"b"')], folders: [{ path: '/etc', bytes: 2 }] }],
  ['none', { files: [], folders: [] }],
  ['too many files', { folders: [{ path: '/etc', bytes: 2 }] }],
])('reads what it has written: %s', async (_, inventory) => {
  expect(await read(formatInventory(inventory))).toEqual({ schema: 1, ...inventory });
});

test('a line for a file', () => {
  expect(
    formatInventory({ files: [file('/a'), file('/b')], folders: [] })
      .toString()
      .split('\n')
      .filter((line) => line.includes('"path"')),
  ).toHaveLength(2);
});

test.each<[string, object, RegExp]>([
  ['terminal codes', { schema: 1, files: [file('/\u001b[2J')], folders: [] }, /files\[0\]\.path: not one line of text/],
  ['a newer schema', { schema: 2 }, /has schema 2/],
  ['no folders', { schema: 1 }, /folders/],
])('refuses %s', async (_, document, message) => {
  await expect(read(Buffer.from(JSON.stringify(document)))).rejects.toThrow(message);
});

test('a version from before there were inventories has none', async () => {
  expect(
    await tryReadInventory({ image: 'ubuntu-base', version: 3 } as Manifest, createMemoryStore(createMemoryState())),
  ).toBeUndefined();
});
