import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type HeadObjectCommandOutput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Failure } from '../../platform/errors.js';
import type { ListedObject, ListOptions, ObjectHead, TaggedContent, Writer } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { isFailedCondition, isMissing, S3Error, unlessMissing } from './failures.js';

/** What a small object is, and who writes it. */
export interface Write {
  readonly key: string;
  readonly bytes: Buffer;
  readonly writer: Writer;
}

export async function createOnly(
  write: Write,
  bucket: Bucket,
  hold?: () => Promise<void>,
): Promise<'created' | 'exists'> {
  const id = randomUUID();
  const { key } = write;
  try {
    await put(write, { id, condition: { IfNoneMatch: '*' }, hold }, bucket);
    return 'created';
  } catch (error) {
    if (isFailedCondition(error, 412)) return (await isWrittenBy(id, key, bucket)) ? 'created' : 'exists';
    throw error;
  }
}

export async function compareAndSwap(
  { key, bytes, writer }: Write,
  expectedTag: string | undefined,
  bucket: Bucket,
): Promise<'swapped' | 'lost'> {
  const condition = expectedTag === undefined ? { IfNoneMatch: '*' } : { IfMatch: expectedTag };
  try {
    await put({ key, bytes, writer }, { id: randomUUID(), condition }, bucket);
    return 'swapped';
  } catch (error) {
    if (isFailedCondition(error, 412) || isMissing(error)) return 'lost';
    throw error;
  }
}

interface Read {
  readonly key: string;
  readonly limitBytes: number;
  /** The content that the caller has already. */
  readonly known: TaggedContent | undefined;
}

export async function readObject(read: Read, bucket: Bucket): Promise<TaggedContent | undefined> {
  return unlessMissing(getContent(read, bucket)).catch((error: unknown) => {
    if (read.known !== undefined && isFailedCondition(error, 304)) return read.known;
    throw error;
  });
}

async function getContent({ key, limitBytes, known }: Read, bucket: Bucket): Promise<TaggedContent> {
  return bucket.send({ action: 's3:GetObject', key }, async (client, options) => {
    const condition = known === undefined ? {} : { IfNoneMatch: known.tag };
    const {
      Body,
      ContentLength,
      ETag = '',
    } = await client.send(new GetObjectCommand({ ...bucket.at(key), ...condition, ChecksumMode: 'ENABLED' }), options);
    const body = Body as Readable;
    if (ContentLength === undefined || ContentLength > limitBytes) {
      body.destroy();
      throw new Failure(
        `${bucket.uri(key)} has ${ContentLength ?? 'an unknown number of'} bytes, more than the ${limitBytes} allowed`,
      );
    }
    const bytes = Buffer.concat((await body.toArray()) as Buffer[]);
    return { bytes, tag: ETag };
  });
}

export async function headObject(key: string, bucket: Bucket): Promise<ObjectHead | undefined> {
  const head = await tryHead(key, bucket);
  if (head === undefined) return undefined;
  const size = head.ContentLength ?? 0;
  const sha256 = sha256Of(head, size);
  return { size, sha256, tag: head.ETag };
}

/** The headers of an object; undefined if it does not exist. */
export async function tryHead(key: string, bucket: Bucket): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await getHead(key, bucket);
  } catch (error) {
    if (!(error instanceof S3Error) || error.status !== 404) throw error;
    // Another writer may have created it since.
    return (await isReallyMissing(key, bucket)) ? undefined : getHead(key, bucket);
  }
}

async function getHead(key: string, bucket: Bucket): Promise<HeadObjectCommandOutput> {
  return bucket.send({ action: 's3:GetObject', key }, async (client, options) =>
    client.send(new HeadObjectCommand({ ...bucket.at(key), ChecksumMode: 'ENABLED' }), options),
  );
}

/** The response to HEAD has no body, and so no code: a 404 can be that of the bucket or of the access key. */
async function isReallyMissing(key: string, bucket: Bucket): Promise<boolean> {
  const found = await unlessMissing(
    bucket.send({ action: 's3:GetObject', key }, async (client, options) => {
      const { Body } = await client.send(new GetObjectCommand(bucket.at(key)), options);
      (Body as Readable).destroy();
      return true;
    }),
  );
  return found === undefined;
}

/** What goes along with the bytes of an object. `id` tells writes apart: those of two runs, and two attempts of one. */
export function toWriteHeaders(
  { owner, cacheControl }: Writer,
  id: string,
): { readonly CacheControl: string; readonly Metadata: Record<string, string> } {
  return { CacheControl: cacheControl, Metadata: { owner, write: id } };
}

/** Resolves a 412: another writer was faster, or the response to an earlier attempt of ours got lost. */
export async function isWrittenBy(id: string, key: string, bucket: Bucket): Promise<boolean> {
  return (await tryHead(key, bucket))?.Metadata?.['write'] === id;
}

export async function* listObjects(
  prefix: string,
  bucket: Bucket,
  { startAfter }: ListOptions = {},
): AsyncGenerator<ListedObject> {
  const { Prefix: whole } = bucket.below(prefix);
  const storeLength = whole.length - prefix.length;
  let page: ListObjectsV2CommandOutput | undefined;
  do {
    const token = page?.NextContinuationToken;
    page = await bucket.send({ action: 's3:ListBucket' }, async (client, options) =>
      client.send(
        new ListObjectsV2Command({
          ...bucket.below(prefix),
          ContinuationToken: token,
          StartAfter: startAfter === undefined ? undefined : bucket.below(startAfter).Prefix,
        }),
        options,
      ),
    );
    for (const { Key = '', Size = 0 } of page.Contents ?? []) yield { key: Key.slice(storeLength), size: Size };
  } while (page.IsTruncated === true);
}

export async function deleteObject(key: string, bucket: Bucket): Promise<void> {
  await unlessMissing(
    bucket.send({ action: 's3:DeleteObject', key }, async (client, options) =>
      client.send(new DeleteObjectCommand(bucket.at(key)), options),
    ),
  );
}

interface PutOptions {
  readonly id: string;
  readonly condition: { readonly IfNoneMatch: string } | { readonly IfMatch: string };
  /** Awaited when the server has the headers. */
  readonly hold?: (() => Promise<void>) | undefined;
}

async function put({ key, bytes, writer }: Write, { id, condition, hold }: PutOptions, bucket: Bucket): Promise<void> {
  const ChecksumSHA256 = createHash('sha256').update(bytes).digest('base64');
  await bucket.send({ action: 's3:PutObject', key }, async (client, options) => {
    const content =
      hold === undefined
        ? { Body: bytes }
        : { Body: pipedAfterContinue(Readable.from(holdBack(bytes, hold))), ContentLength: bytes.length };
    const command = new PutObjectCommand({
      ...bucket.at(key),
      ...content,
      ChecksumSHA256,
      ...condition,
      ...toWriteHeaders(writer, id),
    });
    if (hold !== undefined) expectContinue(command);
    return client.send(command, options);
  });
}

async function* holdBack(bytes: Buffer, hold: () => Promise<void>): AsyncGenerator<Buffer> {
  await hold();
  yield bytes;
}

/** Servers that do not know the header get the body after this time, as from the SDK. */
const continueWithinMs = 6_000;

/** The SDK waits for "100 Continue" only with agents of its own. */
function pipedAfterContinue(body: Readable): Readable {
  const pipe = body.pipe.bind(body);
  body.pipe = (request) => {
    const timer = setTimeout(() => begin(), continueWithinMs);
    const begin = (): void => {
      clearTimeout(timer);
      for (const event of ['continue', 'response']) request.removeListener(event, begin);
      pipe(request);
    };
    for (const event of ['continue', 'response']) request.once(event, begin);
    request.once('close', () => clearTimeout(timer));
    return request;
  };
  return body;
}

function expectContinue({ middlewareStack }: PutObjectCommand): void {
  middlewareStack.add(
    (next) => async (args) => {
      (args.request as { readonly headers: Record<string, string> }).headers['Expect'] = '100-continue';
      return next(args);
    },
    { step: 'build' },
  );
}

/**
 * The server's, if the object was uploaded as one; otherwise the publisher's, who had it verified before completion.
 */
function sha256Of(
  { ChecksumSHA256: checksum, Metadata: metadata }: HeadObjectCommandOutput,
  size: number,
): string | undefined {
  // The checksum of an object in parts is a digest of digests, followed by their number.
  if (checksum !== undefined && !checksum.includes('-')) return Buffer.from(checksum, 'base64').toString('hex');
  return metadata?.['size'] === String(size) ? metadata['sha256'] : undefined;
}
