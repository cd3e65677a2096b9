import { realpath } from 'node:fs/promises';

/** True if both paths lead to the same file or directory, by whatever links; false if one leads nowhere. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  return Promise.all([realpath(one), realpath(other)]).then(
    ([first, second]) => first === second,
    () => false,
  );
}
