/**
 * Runs works side by side and waits until all have ended; the first that fails cancels the others.
 * @throws what the first failure threw.
 */
export async function together<T>(
  signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<readonly T[]> {
  const cancel = new AbortController();
  const either = AbortSignal.any([signal, cancel.signal]);
  const failures: unknown[] = [];
  const results = await Promise.all(works.map(async (work) => {
    try {
      return [await work(either)];
    } catch (error) {
      failures.push(error);
      cancel.abort(error);
      return [];
    }
  }));
  if (failures.length > 0) throw failures[0];
  return results.flatMap((result) => result);
}
