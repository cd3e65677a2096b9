type Results<T extends readonly Promise<unknown>[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Waits for works that run side by side. The first failure cancels the others through `cancel`;
 * all have ended, one way or the other, when this returns or throws that first failure.
 */
export async function waitTogether<const T extends readonly Promise<unknown>[]>(
  works: T,
  cancel: (reason: unknown) => void,
): Promise<Results<T>> {
  try {
    return await Promise.all(works);
  } catch (error) {
    cancel(error);
    await Promise.allSettled(works);
    throw error;
  }
}

/**
 * Runs works side by side. The first failure aborts the signal of the others;
 * all have ended, one way or the other, when this returns or throws that first failure.
 */
export async function runTogether<T>(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<readonly T[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  return waitTogether(
    works.map(async (work) => work(either)),
    (reason) => failed.abort(reason),
  );
}

export interface ConcurrentTasks<T> {
  readonly items: readonly T[];
  /** How many are under way at once, at the most. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
}

/**
 * Does the same to many items, some of them at a time. A lane is begun once, with what it uses for one item after the other, such as a buffer.
 * After a failure no item is begun, and the signal that lanes get is aborted; all have ended when this returns or throws the first failure.
 */
export async function runConcurrently<T>(
  { items, concurrency, signal }: ConcurrentTasks<T>,
  beginLane: (signal: AbortSignal) => (item: T) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const queue = [...items];
  const run = async (): Promise<void> => {
    const work = beginLane(either);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      either.throwIfAborted();
      await work(item);
    }
  };
  await waitTogether(Array.from({ length: Math.min(concurrency, items.length) }, run), (reason) =>
    failed.abort(reason),
  );
}
