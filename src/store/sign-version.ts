import { basename } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import {
  createSignature,
  envelopeLimit,
  formatEnvelope,
  parseEnvelope,
  verifySignatures,
  type Envelope,
} from '../trust/dsse.js';
import type { SigningKey } from '../trust/keys.js';
import { formatStatement, statementType } from '../trust/statement.js';
import { documentKey, signatureKey } from './names.js';
import type { ObjectStore, Writer } from '../objects/object-store.js';

export interface SignVersionRequest {
  readonly image: string;
  readonly version: number;
  readonly manifestSha256: string;
  /** The run that writes. */
  readonly owner: string;
}

const tries = 10;

/**
 * Adds the key's signature to those of a version. Signatures by other keys stay.
 * @throws Failure if the existing envelope is about something else
 */
export async function signVersion(
  request: SignVersionRequest,
  { store, clock, key }: { readonly store: ObjectStore; readonly clock: Clock; readonly key: SigningKey },
): Promise<'signed' | 'present'> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const outcome = await tryAddSignature(request, key, store);
    if (outcome !== 'lost') return outcome;
    await clock.sleep(Math.random() * 20 * 2 ** attempt);
  }
  const uri = store.uri(signatureKey(request.image, request.version, 'keys'));
  throw new Failure(`could not add a signature to ${uri}: gave up after ${tries} conflicts with other writers`);
}

async function tryAddSignature(
  request: SignVersionRequest,
  key: SigningKey,
  store: ObjectStore,
): Promise<'signed' | 'present' | 'lost'> {
  const { image, version, owner } = request;
  const objectKey = signatureKey(image, version, 'keys');
  const payload = formatStatement({
    name: basename(documentKey(image, version, 'manifest.json')),
    sha256: request.manifestSha256,
  });
  const content = await store.read(objectKey, envelopeLimit);
  const current =
    content === undefined
      ? { payloadType: statementType, payload, signatures: [] }
      : parseEnvelope(content.bytes, store.uri(objectKey));
  // We sign only what we have written, never what we find.
  if (current.payloadType !== statementType || !current.payload.equals(payload)) {
    throw new Failure(`${store.uri(objectKey)} is not for the manifest of ${image}.${version}`, {
      fix: `find out who wrote it, remove it, then run ch-golden sign ${version}`,
    });
  }
  if (isSignedBy(current, key, store.uri(objectKey))) return 'present';
  const others = current.signatures.filter(({ keyid }) => keyid !== key.id);
  const bytes = formatEnvelope({ ...current, signatures: [...others, createSignature(statementType, payload, key)] });
  parseEnvelope(bytes, `the new signatures of ${image}.${version}`);
  // Cached for a minute, like the index: a signature can be added later.
  const writer: Writer = { owner, cacheControl: 'public, max-age=60' };
  if ((await store.compareAndSwap(objectKey, content?.tag, bytes, writer)) === 'swapped') return 'signed';
  // The response to a successful swap can get lost.
  return (await store.read(objectKey, envelopeLimit))?.bytes.equals(bytes) === true ? 'signed' : 'lost';
}

function isSignedBy(envelope: Envelope, { publicKey }: SigningKey, name: string): boolean {
  try {
    verifySignatures(envelope, [publicKey], name);
    return true;
  } catch {
    return false;
  }
}
