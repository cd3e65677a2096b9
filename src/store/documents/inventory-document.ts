import { z } from 'zod';
import type { Inventory } from '../../image/golden-image.js';
import { parseDocument, type DocumentKind } from '../../platform/document.js';
import type { Manifest } from './manifest.js';
import { documentName } from '../names.js';
import type { ObjectReader } from '../../objects/object-store.js';
import { tryReadDocument } from './read-document.js';
import { count, fields, list, text } from '../../platform/schema-parts.js';

const inventorySchema = fields({
  schema: z.literal(1),
  files: list(fields({ path: text, mode: count, uid: count, gid: count, size: count, content: text })).exactOptional(),
  folders: list(fields({ path: text, bytes: count })),
});

const inventoryKind: DocumentKind<Inventory> = { schema: inventorySchema, version: 1, limit: 16 * 1024 ** 2 };

/** One line per file: fully indented, thousands of files would take tens of thousands of lines. */
export function formatInventory({ files, folders }: Inventory): Buffer {
  const lines = (items: readonly object[]): string => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return Buffer.from(
    `{"schema": 1,\n${files === undefined ? '' : `"files": ${lines(files)},\n`}"folders": ${lines(folders)}}\n`,
  );
}

/** Undefined for versions that predate inventories. @throws Failure if it is not the one in the manifest */
export async function tryReadInventory(manifest: Manifest, store: ObjectReader): Promise<Inventory | undefined> {
  const bytes = await tryReadDocument({ manifest, role: 'inventory', limit: inventoryKind.limit }, store);
  return bytes === undefined
    ? undefined
    : parseDocument(inventoryKind, bytes, documentName(manifest.image, manifest.version, 'inventory'));
}
