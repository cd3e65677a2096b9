import { z } from 'zod';
import type { Clock } from '../platform/clock.js';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { heartbeatKey } from './names.js';
import type { ObjectReader, ObjectStore } from '../objects/object-store.js';
import { fields, text, versionNumber } from '../platform/schema-parts.js';
import { signaturesSchema } from '../trust/signed-document.js';
import { seal, type Signer } from './signer.js';

const heartbeatSchema = fields({
  schema: z.literal(1),
  image: text,
  /** The newest version, which was found to be what a build would make again. */
  version: versionNumber,
  checked: z.iso.datetime(),
  /** The run that looked: no content comes twice. */
  owner: text,
  expires: z.iso.datetime().exactOptional(),
  signatures: signaturesSchema.exactOptional(),
});

/** What the last run left that had nothing to build: who sees neither it nor a new version knows that nobody looks any more. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

const heartbeatKind: DocumentKind<Heartbeat> = { schema: heartbeatSchema, version: 1, limit: 64 * 1024 };

/** Says that `version` was looked at now and is current. Where two runs say so at once, one of them is enough. */
export async function recordHeartbeat(
  request: { readonly image: string; readonly version: number; readonly owner: string },
  { store, clock, signer }: { readonly store: ObjectStore; readonly clock: Clock; readonly signer?: Signer },
): Promise<void> {
  const key = heartbeatKey(request.image);
  const last = await store.read(key, heartbeatKind.limit);
  const now = clock.now();
  const heartbeat: Heartbeat = seal(
    'heartbeat',
    { schema: 1 as const, ...request, checked: new Date(now).toISOString() },
    { signer, now },
  );
  // Hosts ask for it when a version is older than they like: a minute more or less does not matter.
  await store.compareAndSwap(key, last?.tag, formatDocument(heartbeat), {
    owner: request.owner,
    cacheControl: 'public, max-age=60',
  });
}

/** Checks a heartbeat before it is used, and throws to reject it. */
export type AcceptHeartbeat = (heartbeat: Heartbeat, bytes: Buffer, uri: string) => void;

/** Undefined where no run has ever found an image unchanged. @throws Failure if it is not valid; as `accept` does */
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
