import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { fields, hexDigest, list, text } from '../platform/schema-parts.js';
import { shortenId } from './dsse.js';

/** The payload type of an in-toto statement. */
export const statementType = 'application/vnd.in-toto+json';

/** The subjects of an in-toto statement v1. Digests other than SHA-256 are ignored. */
const statementSchema = fields({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: list(fields({ name: text.exactOptional(), digest: fields({ sha256: hexDigest.exactOptional() }) })).refine(
    (subjects) => subjects.length > 0 && subjects.length <= 1024,
    'must have 1 to 1024 subjects',
  ),
  predicateType: text,
});

export type Statement = z.infer<typeof statementSchema>;

const statementKind: DocumentKind<Statement> = { schema: statementSchema, version: 1, limit: 1024 ** 2 };

/** @throws Failure with one line that names the invalid field */
export function parseStatement(payload: Buffer, name: string): Statement {
  return parseDocument(statementKind, payload, name);
}

const predicateType = 'https://github.com/daytona/ch-golden-action/manifest/v1';

/** Statements that vouch for a version: ours, and provenance from `actions/attest`. Scan results do not. */
export const predicateTypes: readonly string[] = [predicateType, 'https://slsa.dev/provenance/v1'];

/** The statement that a key signs for a version: the SHA-256 of its manifest, which covers everything else. */
export function formatStatement(subject: { readonly name: string; readonly sha256: string }): Buffer {
  const { name, sha256 } = subject;
  return Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name, digest: { sha256 } }],
      predicateType,
      predicate: {},
    }),
  );
}

/** Whether the statement is about content with this SHA-256. */
export function isAbout({ subject }: Statement, sha256: string): boolean {
  return subject.some(({ digest }) => digest.sha256 === sha256);
}

/** The first subject, for messages. */
export function formatSubject({ subject: [first, ...others] }: Statement): string {
  const name = first?.name === undefined ? 'an unnamed subject' : quoteText(first.name, 80);
  const digest =
    first?.digest.sha256 === undefined ? 'without a SHA-256' : `with SHA-256 ${first.digest.sha256.slice(0, 16)}`;
  return `${name}, ${digest}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

/**
 * A valid signature may be for a different version, image or file.
 * @throws Failure unless the statement vouches for the manifest with this SHA-256
 */
export function assertVouchesFor(statement: Statement, manifestSha256: string, name: string): void {
  if (!predicateTypes.includes(statement.predicateType)) {
    const found = JSON.stringify(statement.predicateType);
    throw new Failure(`${name} has the predicate type ${found}; expected: ${predicateTypes.join(' or ')}`);
  }
  if (isAbout(statement, manifestSha256)) return;
  throw new Failure(
    `${name} is for ${formatSubject(statement)}; expected: the manifest, with SHA-256 ${shortenId(manifestSha256)}`,
  );
}
