import { z } from 'zod';
import { formatDocument, parseDocument, type DocumentKind } from '../../platform/document.js';
import { Failure } from '../../platform/errors.js';
import { count, fields, hexDigest, list, text, versionNumber } from '../../platform/schema-parts.js';
import { parsePublicKey, type SigningKey } from '../../trust/keys.js';
import { signaturesSchema, signDocument, verifyDocument } from '../../trust/signed-document.js';
import { isImageName } from '../names.js';

const mostImages = 64;
const mostVersions = 1000;
const imageName = text.refine(isImageName, 'not an image name');
const shortText = text.max(253);

const hostSchema = fields({
  schema: z.literal(1),
  /** SHA-256 of `publicKey` in DER. So the name of the object says which key must have signed it. */
  id: hexDigest,
  publicKey: z.string().max(4096),
  /** The host's name, for people. Nothing proves it. */
  name: shortText,
  reported: z.iso.datetime(),
  /** Release of Cloud Hypervisor; absent if it is not installed. */
  vmm: shortText.exactOptional(),
  inUse: list(fields({ image: imageName, version: versionNumber, created: z.iso.datetime() })).refine(
    (images) => images.length <= mostImages,
    'too many images',
  ),
  /** How many VMs run on which version. */
  vms: list(fields({ image: imageName, version: versionNumber, count: count.min(1) })).refine(
    (versions) => versions.length <= mostVersions,
    'too many versions',
  ),
  signatures: signaturesSchema.exactOptional(),
});

/** What a host reports about itself, if it wants to be counted: `hosts/<id>.json`. */
export type HostDocument = z.infer<typeof hostSchema>;
export type HostFacts = Omit<HostDocument, 'schema' | 'id' | 'publicKey' | 'signatures'>;

const hostKind: DocumentKind<HostDocument> = { schema: hostSchema, version: 1, limit: 256 * 1024 };

/** Largest size in bytes. */
export const hostLimit = hostKind.limit;

export function formatHost(facts: HostFacts, key: SigningKey): Buffer {
  const document = {
    schema: 1 as const,
    id: key.id,
    publicKey: key.publicKey.pem,
    ...facts,
    inUse: facts.inUse.slice(0, mostImages),
    vms: facts.vms.slice(0, mostVersions),
  };
  return formatDocument(signDocument('host', document, key));
}

/**
 * Checks that the document comes from the key whose ID is its name. Which machine has that key, nothing proves: it is
 * trusted on first use.
 * @throws Failure if it does not, or is malformed
 */
export function parseHost(bytes: Buffer, id: string, name: string): HostDocument {
  const document = parseDocument(hostKind, bytes, name);
  const key = parsePublicKey(document.publicKey, `${name}: publicKey`);
  if (key.id !== id || document.id !== id)
    throw new Failure(`${name} is signed by a different key than its file name states`);
  verifyDocument('host', bytes, [key], name);
  return document;
}
