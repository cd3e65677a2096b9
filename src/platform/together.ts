type Results<T extends readonly Promise<unknown>[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Waits for works that run side by side. The first failure cancels the others through `cancel`;
 * all have ended, one way or the other, when this returns or throws that first failure.
 */
export async function waitTogether<const T extends readonly Promise<unknown>[]>(works: T, cancel: (reason: unknown) => void): Promise<Results<T>> {
  try {
    return await Promise.all(works);
  } catch (error) {
    cancel(error);
    await Promise.allSettled(works);
    throw error;
  }
}
