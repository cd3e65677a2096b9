import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../platform/document.js';
import { fields, text } from '../platform/schema-parts.js';
import { parseStatement, statementType, type Statement } from './statement.js';

/** A Sigstore bundle, of which we read what it is about: bundles of a message signature have no statement. */
const bundleSchema = fields({
  mediaType: text,
  dsseEnvelope: fields({ payloadType: z.literal(statementType), payload: z.base64().max(1024 ** 2) }),
});

const bundleKind: DocumentKind<z.infer<typeof bundleSchema>> = { schema: bundleSchema, version: 1, limit: 2 * 1024 ** 2 };

/** Bytes that a bundle can have. */
export const bundleLimit = bundleKind.limit;

/**
 * The statement in a Sigstore bundle. Nothing is verified here.
 * @throws Failure with one line that names the field that is wrong
 */
export function parseBundleStatement(bytes: Buffer, name: string): Statement {
  const { dsseEnvelope: { payload } } = parseDocument(bundleKind, bytes, name);
  return parseStatement(Buffer.from(payload, 'base64'), `the statement in ${name}`);
}
