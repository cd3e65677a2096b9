import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type CompletedPart,
  type ListMultipartUploadsCommandOutput,
  type ListPartsCommandOutput,
  type Part,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { StagedLeftover } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { unlessMissing } from './failures.js';
import type { FilePart } from './file-parts.js';

/** Digests of parts, from which S3 computes the object's: a digest of digests. */
export type PartChecksum = 'SHA256' | 'SHA1';

const checksumFields = { SHA256: 'ChecksumSHA256', SHA1: 'ChecksumSHA1' } as const;

/** An open upload, with the parts that have arrived, by number. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  readonly algorithm: PartChecksum;
  /** Marks its object as written by this run; undefined if a different run started it. */
  readonly write: string | undefined;
  readonly arrived: ReadonlyMap<number, CompletedPart>;
}

export function digestPart(bytes: Buffer, algorithm: PartChecksum): string {
  return createHash(algorithm.toLowerCase()).update(bytes).digest('base64');
}

/** The digest of a part, for a request. */
export function toChecksum(
  digest: string,
  algorithm: PartChecksum,
): { readonly ChecksumSHA256?: string; readonly ChecksumSHA1?: string } {
  return { [checksumFields[algorithm]]: digest };
}

/** The digest of a part in a response; undefined if the server keeps none. */
export function readDigest(
  response: { readonly ChecksumSHA256?: string | undefined; readonly ChecksumSHA1?: string | undefined },
  algorithm: PartChecksum,
): string | undefined {
  return response[checksumFields[algorithm]];
}

/** Removes an upload and its parts; no error if it is completed or gone. */
export async function abortUpload({ key, id }: Pick<Upload, 'key' | 'id'>, bucket: Bucket): Promise<void> {
  await unlessMissing(
    bucket.send({ action: 's3:AbortMultipartUpload', key }, async (client, options) =>
      client.send(new AbortMultipartUploadCommand({ ...bucket.at(key), UploadId: id }), options),
    ),
  );
}

/** The open uploads of our keys, whoever started them. Without a prefix: MinIO lists none for a prefix that is not a whole key. */
export async function* listLeftovers(
  isStagedKey: (key: string) => boolean,
  bucket: Bucket,
): AsyncGenerator<StagedLeftover> {
  for await (const { key, id, since } of listOpen(undefined, bucket)) {
    if (isStagedKey(key)) yield { key, since, alive: undefined, abort: async () => abortUpload({ key, id }, bucket) };
  }
}

/** The newest upload of a key, started since then, that is cut into the same parts; undefined if none has a part to reuse. */
export async function tryFindUpload(
  { key, since }: Pick<OpenUpload, 'key' | 'since'>,
  parts: readonly FilePart[],
  bucket: Bucket,
): Promise<Upload | undefined> {
  const open: OpenUpload[] = [];
  for await (const upload of listOpen(key, bucket)) if (upload.key === key && upload.since >= since) open.push(upload);
  open.sort((one, other) => other.since - one.since);
  for (const { id } of open) {
    const found = await tryReuseUpload({ key, id }, parts, bucket);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface OpenUpload {
  readonly key: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

async function* listOpen(key: string | undefined, bucket: Bucket): AsyncGenerator<OpenUpload> {
  const place = bucket.below(key ?? '');
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    const marker = page === undefined ? {} : { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    page = await bucket.send({ action: 's3:ListBucketMultipartUploads' }, async (client, options) =>
      client.send(
        new ListMultipartUploadsCommand(
          key === undefined ? { Bucket: place.Bucket, ...marker } : { ...place, ...marker },
        ),
        options,
      ),
    );
    for (const { Key, UploadId: id, Initiated } of page.Uploads ?? []) {
      const found = bucket.tryParseKey(Key);
      if (found !== undefined && id !== undefined) yield { key: found, id, since: Initiated?.getTime() ?? 0 };
    }
  } while (page.IsTruncated === true);
}

/** Undefined unless each part that has arrived is one of these, with a digest to compare. */
async function tryReuseUpload(
  upload: Pick<Upload, 'key' | 'id'>,
  parts: readonly FilePart[],
  bucket: Bucket,
): Promise<Upload | undefined> {
  const arrived = new Map<number, CompletedPart>();
  let algorithm: PartChecksum | undefined;
  for await (const { PartNumber: number = 0, ETag, Size, ...digests } of listParts(upload, bucket)) {
    algorithm = digests.ChecksumSHA256 === undefined ? 'SHA1' : 'SHA256';
    const digest = readDigest(digests, algorithm);
    if (digest === undefined || Size !== parts[number - 1]?.length) return undefined;
    arrived.set(number, { PartNumber: number, ETag, ...toChecksum(digest, algorithm) });
  }
  return algorithm === undefined ? undefined : { ...upload, algorithm, write: undefined, arrived };
}

async function* listParts({ key, id }: Pick<Upload, 'key' | 'id'>, bucket: Bucket): AsyncGenerator<Part> {
  let page: ListPartsCommandOutput | undefined;
  do {
    const marker = page?.NextPartNumberMarker;
    page = await unlessMissing(
      bucket.send({ action: 's3:ListMultipartUploadParts', key }, async (client, options) =>
        client.send(
          new ListPartsCommand({
            ...bucket.at(key),
            UploadId: id,
            PartNumberMarker: marker,
          }),
          options,
        ),
      ),
    );
    yield* page?.Parts ?? [];
  } while (page?.IsTruncated === true);
}
