import { z } from 'zod';

import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { heartbeatKey } from './names.js';
import type { ObjectReader } from '../objects/object-store.js';
import { fields, text, versionNumber } from '../platform/schema-parts.js';
import { signaturesSchema } from '../trust/signed-document.js';
import type { IndexPorts } from './index/update-index.js';
import { seal } from './signer.js';

const heartbeatSchema = fields({
  schema: z.literal(1),
  image: text,
  /** The newest version: a build would produce it again. */
  version: versionNumber,
  checked: z.iso.datetime(),
  /** The run that checked. It makes every content unique. */
  owner: text,
  expires: z.iso.datetime().exactOptional(),
  signatures: signaturesSchema.exactOptional(),
});

/** Left by the last run that had nothing to build. If neither it nor a new version appears, builds have stopped. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

const heartbeatKind: DocumentKind<Heartbeat> = { schema: heartbeatSchema, version: 1, limit: 64 * 1024 };

/** Records that `version` was checked now and is current. If two runs do so at once, one of them is enough. */
export async function recordHeartbeat(
  request: { readonly image: string; readonly version: number; readonly owner: string },
  { store, clock, signer }: IndexPorts,
): Promise<void> {
  const key = heartbeatKey(request.image);
  const last = await store.read(key, heartbeatKind.limit);
  const now = clock.now();
  const heartbeat: Heartbeat = seal(
    'heartbeat',
    { schema: 1 as const, ...request, checked: new Date(now).toISOString() },
    { signer, now },
  );
  // Hosts read it when a version is older than they like: a minute more or less does not matter.
  await store.compareAndSwap(key, last?.tag, formatDocument(heartbeat), {
    owner: request.owner,
    cacheControl: 'public, max-age=60',
  });
}

/** Checks a heartbeat before it is used, and throws to reject it. */
export type AcceptHeartbeat = (heartbeat: Heartbeat, bytes: Buffer, uri: string) => void;

/** Undefined if no run has ever found the image unchanged. @throws Failure if it is invalid; as `accept` does */
export async function tryReadHeartbeat(
  image: string,
  store: ObjectReader,
  accept?: AcceptHeartbeat,
): Promise<Heartbeat | undefined> {
  const key = heartbeatKey(image);
  const content = await store.read(key, heartbeatKind.limit);
  if (content === undefined) return undefined;
  const heartbeat = parseDocument(heartbeatKind, content.bytes, store.uri(key));
  if (heartbeat.image !== image)
    throw new Failure(`${store.uri(key)} is the heartbeat of ${quoteText(heartbeat.image)}`);
  accept?.(heartbeat, content.bytes, store.uri(key));
  return heartbeat;
}
