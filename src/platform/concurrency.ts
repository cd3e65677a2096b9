type Results<T extends readonly Promise<unknown>[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Waits for tasks that run concurrently. The first failure cancels the others through `cancel`. All have ended when
 * this returns or throws that first failure.
 */
export async function waitTogether<const T extends readonly Promise<unknown>[]>(
  tasks: T,
  cancel: (reason: unknown) => void,
): Promise<Results<T>> {
  try {
    return await Promise.all(tasks);
  } catch (error) {
    cancel(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}

/**
 * Runs tasks concurrently. The first failure aborts the signal of the others. All have ended when this returns or
 * throws that first failure.
 */
export async function runTogether<T>(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<readonly T[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  return waitTogether(
    tasks.map(async (task) => task(either)),
    (reason) => failed.abort(reason),
  );
}

export interface ConcurrentTasks<T> {
  readonly items: readonly T[];
  /** The largest number at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Processes items concurrently. Each worker is created once, with what it reuses from item to item, such as a buffer.
 * After a failure no further item is started, and the workers' signal is aborted. All have ended when this returns or
 * throws the first failure.
 */
export async function runConcurrently<T>(
  { items, concurrency, signal }: ConcurrentTasks<T>,
  createWorker: (signal: AbortSignal) => (item: T) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const queue = [...items];
  const run = async (): Promise<void> => {
    const work = createWorker(either);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      either.throwIfAborted();
      await work(item);
    }
  };
  await waitTogether(Array.from({ length: Math.min(concurrency, items.length) }, run), (reason) =>
    failed.abort(reason),
  );
}
