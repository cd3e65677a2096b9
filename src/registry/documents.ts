import { z } from 'zod';
import { parseJson } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { count } from '../platform/schema-parts.js';
import { digestPattern } from './reference.js';

/** Registries accept no larger manifests. */
export const ociManifestLimit = 4 * 1024 ** 2;
/** Registries accept no larger layers. */
export const maxBlobBytes = 10 * 1024 ** 3;
/** More than any image has: 256 GiB in layers of 64 MiB. */
const maxEntries = 8192;

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

/** The content of a blob that means nothing, for manifests that have no configuration. */
export const emptyBlob = Buffer.from('{}');

const line = z
  .string()
  .max(4096)
  .regex(/^\P{Cc}*$/u, 'not one line of text');
const mediaType = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/);
const annotations = z.record(z.string().max(512), z.string().max(65_536)).readonly();

const descriptorSchema = z
  .object({
    mediaType,
    digest: z.string().regex(digestPattern, 'not a SHA-256 digest'),
    size: count.max(maxBlobBytes),
    artifactType: line.exactOptional(),
    annotations: annotations.exactOptional(),
  })
  .readonly();

/** A blob or a manifest by its content. */
export type Descriptor = z.infer<typeof descriptorSchema>;

const manifestSchema = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.literal(mediaTypes.manifest).exactOptional(),
    artifactType: line.exactOptional(),
    config: descriptorSchema,
    layers: z.array(descriptorSchema).max(maxEntries).readonly(),
    subject: descriptorSchema.exactOptional(),
    annotations: annotations.exactOptional(),
  })
  .readonly();

export type OciManifest = z.infer<typeof manifestSchema>;

const indexSchema = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.literal(mediaTypes.index).exactOptional(),
    manifests: z.array(descriptorSchema).max(maxEntries).readonly(),
  })
  .readonly();

export type OciIndex = z.infer<typeof indexSchema>;

const tagsSchema = z.object({ tags: z.array(z.string().max(128)).max(100_000).readonly().nullish() }).readonly();

export function parseOciManifest(bytes: Buffer, name: string): OciManifest {
  return parse(manifestSchema, bytes, name);
}

export function parseOciIndex(bytes: Buffer, name: string): OciIndex {
  return parse(indexSchema, bytes, name);
}

export function parseTags(bytes: Buffer, name: string): readonly string[] {
  return parse(tagsSchema, bytes, name).tags ?? [];
}

/** @throws Failure with one line that names the first invalid field */
function parse<T>(schema: z.ZodType<T>, bytes: Buffer, name: string): T {
  const result = schema.safeParse(parseJson(bytes, name));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${z.core.toDotPath(issue.path)}: `;
  throw new Failure(`${name} is not valid: ${where}${issue?.message ?? 'unknown'}`, { cause: result.error });
}

/** Equal manifests have equal bytes, and so equal digests. */
export function formatOciDocument(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}
