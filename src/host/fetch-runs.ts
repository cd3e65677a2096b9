import { addAbortSignal, type Readable } from 'node:stream';
import { errorMessage, Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { HttpError } from '../platform/http.js';
import { retryTransient, type RetryPorts } from '../platform/retry.js';
import { runConcurrently } from '../platform/concurrency.js';
import type { ObjectReader } from '../objects/object-store.js';
import type { ByteRange } from '../platform/byte-range.js';
import { chunkRange, type ChunkTable, type ChunkRun } from './plan-chunks.js';

export interface FetchRequest {
  readonly key: string;
  readonly table: ChunkTable;
  readonly runs: readonly ChunkRun[];
  /** Receives the verified bytes of a chunk; the buffer is reused afterwards. */
  readonly write: (bytes: Buffer, offset: number) => Promise<void>;
  /** Receives the number of bytes that came from the store, good or bad. */
  readonly onBytes: (count: number) => void;
}

export interface FetchPorts extends RetryPorts {
  readonly store: ObjectReader;
}

const concurrentRequests = 4;

/**
 * Fetches runs of chunks concurrently, one chunk of each in memory. Interrupted transfers resume at their first
 * missing chunk.
 */
export async function fetchRuns(request: FetchRequest, ports: FetchPorts): Promise<void> {
  await runConcurrently(
    { items: request.runs, concurrency: concurrentRequests, signal: ports.signal },
    (signal) => async (run) => fetchRun(run, request, { ...ports, signal }),
  );
}

async function fetchRun(run: ChunkRun, request: FetchRequest, ports: FetchPorts): Promise<void> {
  let next = run.first;
  let reached = next;
  const gotFurther = (): boolean => {
    const further = next > reached;
    reached = next;
    return further;
  };
  await retryTransient(
    ports,
    async () => {
      for await (const { bytes, range } of readChunks(
        { first: next, count: run.first + run.count - next },
        request,
        ports,
      )) {
        const sha256 = request.table.chunks[next];
        if (sha256Of(bytes) !== sha256)
          throw new HttpError(`chunk ${next} of ${ports.store.uri(request.key)} does not match its manifest`);
        await request.write(bytes, range.start);
        next += 1;
      }
    },
    gotFurther,
  );
}

interface FetchedChunk {
  readonly bytes: Buffer;
  readonly range: ByteRange;
}

/** Reads a run from the store, chunk by chunk. @throws HttpError if the transfer is interrupted or too short */
async function* readChunks(
  run: ChunkRun,
  { key, table, onBytes }: FetchRequest,
  { store, signal }: FetchPorts,
): AsyncGenerator<FetchedChunk> {
  const { start } = chunkRange(table, run.first);
  const last = chunkRange(table, run.first + run.count - 1);
  const body = await store.open(key, { start, length: last.start + last.length - start });
  if (body === undefined) throw new Failure(`${store.uri(key)} is missing, although its manifest exists`);
  const chunk = Buffer.allocUnsafe(table.chunkSize);
  let filled = 0;
  let next = run.first;
  for await (const part of readParts(body, store.uri(key), signal)) {
    onBytes(part.length);
    for (let rest = part; rest.length > 0 && next < run.first + run.count; ) {
      const range = chunkRange(table, next);
      const taken = rest.copy(chunk, filled, 0, range.length - filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < range.length) continue;
      yield { bytes: chunk.subarray(0, range.length), range };
      filled = 0;
      next += 1;
    }
    if (next === run.first + run.count) return;
  }
  throw new HttpError(`${store.uri(key)} ended in the middle of chunk ${next}`);
}

/** Makes every interruption of a transfer one that is retried, whatever the store calls the error. */
async function* readParts(body: Readable, uri: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const part of addAbortSignal(signal, body)) yield part as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure
      ? error
      : new HttpError(`transfer of ${uri} was interrupted: ${errorMessage(error)}`, undefined, error);
  }
}
