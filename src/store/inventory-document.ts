import { z } from 'zod';
import type { Inventory } from '../image/golden-image.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/files.js';
import { parseDocument, type DocumentKind } from './document.js';
import type { Manifest } from './manifest.js';
import { documentKey } from './names.js';
import type { ObjectReader } from './object-store.js';
import { count, fields, list, text } from './schema-parts.js';

const inventorySchema = fields({
  schema: z.literal(1),
  files: list(fields({ path: text, mode: count, uid: count, gid: count, size: count, content: text })).exactOptional(),
  folders: list(fields({ path: text, bytes: count })),
});

const inventoryKind: DocumentKind<Inventory> = { schema: inventorySchema, version: 1, limit: 16 * 1024 ** 2 };

/** One file a line: indented, thousands of files would be tens of thousands of lines. */
export function formatInventory({ files, folders }: Inventory): Buffer {
  const lines = (items: readonly object[]): string => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return Buffer.from(`{"schema": 1,\n${files === undefined ? '' : `"files": ${lines(files)},\n`}"folders": ${lines(folders)}}\n`);
}

/** Undefined where the version has none: it was published before there were any. @throws Failure where it is another than the manifest says */
export async function tryReadInventory(manifest: Manifest, store: ObjectReader): Promise<Inventory | undefined> {
  const document = manifest.documents?.inventory;
  if (document === undefined) return undefined;
  const key = documentKey(manifest.image, manifest.version, 'inventory.json');
  const content = await store.read(key, inventoryKind.limit);
  if (content === undefined) throw new Failure(`${store.uri(key)} is missing`);
  if (sha256Of(content.bytes) !== document.sha256) throw new Failure(`${store.uri(key)} has another SHA-256 than the manifest says`);
  return parseDocument(inventoryKind, content.bytes, store.uri(key));
}
