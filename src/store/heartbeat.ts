import { z } from 'zod';
import type { Clock } from '../platform/clock.js';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { heartbeatKey } from './names.js';
import type { ObjectReader, ObjectStore } from './object-store.js';
import { fields, text, versionNumber } from '../platform/schema-parts.js';

const heartbeatSchema = fields({
  schema: z.literal(1),
  image: text,
  /** The newest version, which was found to be what a build would make again. */
  version: versionNumber,
  checked: z.iso.datetime(),
  /** The run that looked: no content comes twice. */
  owner: text,
});

/** What the last run left that had nothing to build: who sees neither it nor a new version knows that nobody looks any more. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

const heartbeatKind: DocumentKind<Heartbeat> = { schema: heartbeatSchema, version: 1, limit: 64 * 1024 };

/** Says that `version` was looked at now and is current. Where two runs say so at once, one of them is enough. */
export async function recordHeartbeat(
  request: { readonly image: string; readonly version: number; readonly owner: string },
  { store, clock }: { readonly store: ObjectStore; readonly clock: Clock },
): Promise<void> {
  const key = heartbeatKey(request.image);
  const last = await store.read(key, heartbeatKind.limit);
  const heartbeat: Heartbeat = { schema: 1, ...request, checked: new Date(clock.now()).toISOString() };
  // Hosts ask for it when a version is older than they like: a minute more or less does not matter.
  await store.compareAndSwap(key, last?.tag, formatDocument(heartbeat), { owner: request.owner, cacheControl: 'public, max-age=60' });
}

/** Undefined where no run has ever found an image unchanged. */
export async function tryReadHeartbeat(image: string, store: ObjectReader): Promise<Heartbeat | undefined> {
  const key = heartbeatKey(image);
  const content = await store.read(key, heartbeatKind.limit);
  return content === undefined ? undefined : parseDocument(heartbeatKind, content.bytes, store.uri(key));
}
