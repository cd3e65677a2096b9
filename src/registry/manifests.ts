import { Failure } from '../platform/errors.js';
import { HttpError, readBody } from '../platform/http.js';
import {
  formatOciDocument,
  ociManifestLimit,
  mediaTypes,
  parseOciIndex,
  parseOciManifest,
  parseTags,
  type Descriptor,
  type OciIndex,
  type OciManifest,
} from './documents.js';
import { digestOf, toUrl, type RegistryClient } from './registry-client.js';
import { digestPattern, tagPattern } from './reference.js';

/** A manifest with the bytes that its digest is of. */
export interface StoredManifest {
  readonly manifest: OciManifest;
  readonly bytes: Buffer;
  readonly digest: string;
}

/** The manifest of a tag or a digest; undefined if there is none. @throws HttpError if it is not that of the digest */
export async function tryFetchManifest(client: RegistryClient, reference: string): Promise<StoredManifest | undefined> {
  const bytes = await tryReadBytes(client, reference, mediaTypes.manifest);
  if (bytes === undefined) return undefined;
  return { manifest: parseOciManifest(bytes, nameOf(client, reference)), bytes, digest: digestOf(bytes) };
}

async function tryReadBytes(client: RegistryClient, reference: string, accept: string): Promise<Buffer | undefined> {
  const isDigest = digestPattern.test(reference);
  if (!isDigest && !tagPattern.test(reference)) throw new Failure(`invalid tag ${JSON.stringify(reference)}`);
  const response = await client.send({ target: `./manifests/${reference}`, headers: { accept } }, [200, 404]);
  if (response.status === 404) {
    response.close();
    return undefined;
  }
  const named = response.headers.get('docker-content-digest');
  const bytes = await readBody(response, ociManifestLimit, nameOf(client, reference));
  const wanted = isDigest ? reference : named !== null && digestPattern.test(named) ? named : undefined;
  if (wanted === undefined || digestOf(bytes) === wanted) return bytes;
  throw new HttpError(`${nameOf(client, reference)}: the registry sent different content`);
}

function nameOf({ repository: { host, name } }: RegistryClient, reference: string): string {
  return digestPattern.test(reference)
    ? `manifest ${host}/${name}@${reference}`
    : `manifest ${host}/${name}:${reference}`;
}

/** The digest of a tag's manifest, without the manifest; undefined if the tag or that header is missing. */
export async function tryReadDigest(client: RegistryClient, reference: string): Promise<string | undefined> {
  const headers = { accept: mediaTypes.manifest };
  const response = await client.send({ target: `./manifests/${reference}`, method: 'HEAD', headers }, [200, 404]);
  response.close();
  const digest = response.headers.get('docker-content-digest') ?? '';
  return response.status === 200 && digestPattern.test(digest) ? digest : undefined;
}

/** Writes a manifest, under a tag or its digest. @returns true if the registry knows what its `subject` means */
export async function writeManifest(
  client: RegistryClient,
  { bytes, type, reference }: { readonly bytes: Buffer; readonly type: string; readonly reference: string },
): Promise<boolean> {
  if (bytes.length > ociManifestLimit)
    throw new Failure(`${nameOf(client, reference)} would have ${bytes.length} bytes, more than registries accept`);
  const headers = { 'content-type': type };
  const response = await client.send(
    { target: `./manifests/${reference}`, method: 'PUT', headers, body: bytes },
    [200, 201, 202],
  );
  response.close();
  return response.headers.get('oci-subject') !== null;
}

/** What registries return for a list that they do not have. Some redirect to a page for people. */
const missingStatuses = [400, 404, 405, 406, 501];
const maxPages = 200;
const maxPageBytes = ociManifestLimit;

/** The tags of the repository; empty if it does not exist. @throws Failure if there are absurdly many */
export async function listTags(client: RegistryClient): Promise<readonly string[]> {
  const pages = await tryReadPages(client, './tags/list?n=1000', 'list of tags');
  return [...new Set((pages ?? []).flatMap((page) => parseTags(page, 'list of tags')))];
}

/** Follows links to further pages. Undefined if there is no such list. */
async function tryReadPages(
  client: RegistryClient,
  first: string,
  what: string,
): Promise<readonly Buffer[] | undefined> {
  const pages: Buffer[] = [];
  for (let target: string | undefined = first; target !== undefined; ) {
    if (pages.length === maxPages) throw new Failure(`the ${what} of ${client.repository.host} has no end`);
    const response = await client.send({ target }, [200, ...missingStatuses]);
    if (response.status !== 200 || response.headers.get('content-type')?.startsWith('text/html') === true) {
      response.close();
      return undefined;
    }
    const next = response.headers.get('link');
    pages.push(await readBody(response, maxPageBytes, what));
    target = parseNext(client, next);
  }
  return pages;
}

/** `</v2/name/tags/list?last=x>; rel="next"`, which must stay with the registry. */
function parseNext({ repository }: RegistryClient, link: string | null): string | undefined {
  const next = /^\s*<([^<>]{1,4096})>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (next === undefined) return undefined;
  const url = toUrl(repository, next);
  if (url.origin !== repository.origin)
    throw new Failure(`registry ${repository.host}: the next page of a list is on a different server`);
  return url.href;
}

/** Manifests that have this one as their subject, of one artifact type. */
export async function listReferrers(
  client: RegistryClient,
  subject: string,
  artifactType: string,
): Promise<readonly Descriptor[]> {
  const target = `./referrers/${subject}?artifactType=${encodeURIComponent(artifactType)}`;
  const pages = await tryReadPages(client, target, 'list of referrers');
  const indexes = pages?.map((page) => parseOciIndex(page, 'list of referrers'));
  const found = (indexes ?? [await tryReadFallback(client, subject)]).flatMap((index) => index?.manifests ?? []);
  // A registry need not filter.
  const wanted = found.filter((one) => one.artifactType === artifactType);
  if (wanted.length > maxReferrers)
    throw new Failure(`${nameOf(client, subject)} has ${wanted.length} documents of type ${artifactType}`, {
      fix: 'delete those that are not needed in the registry',
    });
  return Promise.all(wanted.map(async (one) => withAnnotations(client, one)));
}

const maxReferrers = 50;

/** Some registries list referrers without the annotations that the specification requires. */
async function withAnnotations(client: RegistryClient, listed: Descriptor): Promise<Descriptor> {
  if (listed.annotations !== undefined) return listed;
  const found = await tryFetchManifest(client, listed.digest);
  return { ...listed, annotations: found?.manifest.annotations ?? {} };
}

/** In registries without the API for referrers, a tag named after the subject lists them. */
function fallbackTag(subject: string): string {
  return subject.replace(':', '-');
}

async function tryReadFallback(client: RegistryClient, subject: string): Promise<OciIndex | undefined> {
  const bytes = await tryReadBytes(client, fallbackTag(subject), mediaTypes.index);
  return bytes === undefined ? undefined : parseOciIndex(bytes, nameOf(client, fallbackTag(subject)));
}

/** Writes a manifest that has a subject, and lists it where readers look for it. */
export async function writeReferrer(client: RegistryClient, manifest: OciManifest): Promise<void> {
  const { subject, artifactType = manifest.config.mediaType, annotations } = manifest;
  if (subject === undefined) throw new TypeError('a referrer has a subject');
  const bytes = formatOciDocument(manifest);
  const digest = digestOf(bytes);
  const isUnderstood = await writeManifest(client, { bytes, type: mediaTypes.manifest, reference: digest });
  // Some registries claim to know subjects, and have no API for them.
  if (isUnderstood && (await tryReadPages(client, `./referrers/${subject.digest}`, 'list of referrers')) !== undefined)
    return;
  const entry: Descriptor = {
    mediaType: mediaTypes.manifest,
    digest,
    size: bytes.length,
    artifactType,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const listed = (await tryReadFallback(client, subject.digest))?.manifests ?? [];
  if (listed.some((one) => one.digest === digest)) return;
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...listed, entry] };
  const reference = fallbackTag(subject.digest);
  await writeManifest(client, { bytes: formatOciDocument(index), type: mediaTypes.index, reference });
}
