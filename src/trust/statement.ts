import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { fields, hexDigest, list, text } from '../platform/schema-parts.js';
import { shortenId } from './dsse.js';

/** The payload type of an in-toto statement. */
export const statementType = 'application/vnd.in-toto+json';

/** An in-toto statement v1, of which we read what it is about. Digests other than SHA-256 are left out. */
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

/** @throws Failure with one line that names the field that is wrong */
export function parseStatement(payload: Buffer, name: string): Statement {
  return parseDocument(statementKind, payload, name);
}

const predicateType = 'https://github.com/daytona/ch-golden-action/manifest/v1';

/** Statements that vouch for a version: ours, and the provenance that `actions/attest` makes. A scan's result does not. */
export const predicateTypes: readonly string[] = [predicateType, 'https://slsa.dev/provenance/v1'];

/** What a key signs for a version: the SHA-256 of its manifest, which vouches for everything else. */
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

/** What it is about, for messages: the first subject. */
export function formatSubject({ subject: [first, ...others] }: Statement): string {
  const name = first?.name === undefined ? 'something' : quoteText(first.name, 80);
  const digest =
    first?.digest.sha256 === undefined ? 'without a SHA-256' : `with SHA-256 ${first.digest.sha256.slice(0, 16)}`;
  return `${name}, ${digest}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

/**
 * A signature of another version, image or file is a right one, too.
 * @throws Failure unless the statement vouches for the manifest with this SHA-256
 */
export function assertVouchesFor(statement: Statement, manifestSha256: string, name: string): void {
  if (!predicateTypes.includes(statement.predicateType)) {
    const found = JSON.stringify(statement.predicateType);
    throw new Failure(`${name} has the predicate type ${found}; expected: ${predicateTypes.join(' or ')}`);
  }
  if (isAbout(statement, manifestSha256)) return;
  throw new Failure(
    `${name} is of ${formatSubject(statement)}; expected: the manifest, with SHA-256 ${shortenId(manifestSha256)}`,
  );
}
