import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { z } from 'zod';
import { Failure } from '../platform/errors.js';
import { tryParseJson } from '../platform/json.js';
import { fields, list } from '../platform/schema-parts.js';

/** The authorities of one Sigstore instance. */
export interface TrustedRoot {
  /** Content of the file. */
  readonly json: TrustedRootJson;
  readonly material: TrustMaterial;
}

export type TrustedRootJson = Readonly<Record<string, unknown>>;

const mediaType = /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.1|\.v0\.[12]\+json)$/;
const authorities = list(z.record(z.string(), z.unknown())).refine((found) => found.length <= 32, 'more than 32');

/** Only the outline: `toTrustMaterial` parses keys and certificates. */
const outline = fields({
  mediaType: z.string().regex(mediaType, 'not the media type of a Sigstore trusted root'),
  certificateAuthorities: authorities.refine((found) => found.length > 0, 'must not be empty'),
  tlogs: authorities.default([]),
  ctlogs: authorities.default([]),
  timestampAuthorities: authorities.default([]),
}).refine(
  ({ tlogs, timestampAuthorities }) => tlogs.length + timestampAuthorities.length > 0,
  'has no log and no timestamp authority',
);

/** GitHub's root and the public one have 15 kB together. */
const mostCharacters = 256 * 1024;
const mostRoots = 8;

/** One trusted root as JSON, or several, one per line, as printed by `gh attestation trusted-root`. @throws Failure */
export function parseTrustedRoots(text: string, name: string): readonly TrustedRoot[] {
  if (text.length > mostCharacters) throw new Failure(`${name} has more than ${mostCharacters} characters`);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parts = tryParseJson(text) === undefined ? lines : [text];
  if (parts.length === 0 || parts.length > mostRoots) {
    throw new Failure(`${name} has ${parts.length} trusted roots (must be 1 to ${mostRoots})`);
  }
  return parts.map((part, index) => {
    const json = tryParseJson(part);
    if (json === undefined) {
      throw new Failure(`${name} is not a Sigstore trusted root: line ${index + 1} is not JSON`, {
        fix: trustedRootHint,
      });
    }
    return parseTrustedRoot(json, name);
  });
}

const trustedRootHint = "print GitHub's: gh attestation trusted-root";

/** @throws Failure */
export function parseTrustedRoot(json: unknown, name: string): TrustedRoot {
  const parsed = outline.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? '' : ` ${z.core.toDotPath(issue.path)}:`;
    throw new Failure(`${name} is not a Sigstore trusted root:${at} ${issue?.message ?? ''}`, {
      fix: trustedRootHint,
    });
  }
  try {
    return { json: json as TrustedRootJson, material: toTrustMaterial(TrustedRootMessage.fromJSON(parsed.data)) };
  } catch (error) {
    throw new Failure(`${name} is not a Sigstore trusted root: malformed key or certificate`, {
      fix: trustedRootHint,
      cause: error,
    });
  }
}

let publicGood: readonly TrustedRoot[] | undefined;

/** The public Sigstore instance, which signs for public repositories on github.com. */
export function getPublicRoots(): readonly TrustedRoot[] {
  const encoded = seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'];
  return (publicGood ??= parseTrustedRoots(Buffer.from(encoded, 'base64').toString(), 'the public trusted root'));
}
