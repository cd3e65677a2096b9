import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../platform/document.js';
import { fields, hexDigest, list, text } from '../platform/schema-parts.js';

/** The payload type of an in-toto statement. */
export const statementType = 'application/vnd.in-toto+json';

/** An in-toto statement v1, of which we read what it is about. Digests other than SHA-256 are left out. */
const statementSchema = fields({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: list(fields({ name: text.exactOptional(), digest: fields({ sha256: hexDigest.exactOptional() }) }))
    .refine((subjects) => subjects.length > 0 && subjects.length <= 1024, 'must have 1 to 1024 subjects'),
  predicateType: text,
});

export type Statement = z.infer<typeof statementSchema>;

const statementKind: DocumentKind<Statement> = { schema: statementSchema, version: 1, limit: 1024 ** 2 };

/** @throws Failure with one line that names the field that is wrong */
export function parseStatement(payload: Buffer, name: string): Statement {
  return parseDocument(statementKind, payload, name);
}

const predicateType = 'https://github.com/daytona/ch-golden-action/manifest/v1';

/** What a key signs for a version: the SHA-256 of its manifest, which vouches for everything else. */
export function formatStatement(subject: { readonly name: string; readonly sha256: string }): Buffer {
  const { name, sha256 } = subject;
  return Buffer.from(JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1', subject: [{ name, digest: { sha256 } }], predicateType, predicate: {},
  }));
}

/** Whether the statement is about content with this SHA-256. */
export function isAbout({ subject }: Statement, sha256: string): boolean {
  return subject.some(({ digest }) => digest.sha256 === sha256);
}
