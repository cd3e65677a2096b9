import { realpath } from 'node:fs/promises';

/** True if both paths lead to the same file or directory, through any links; false if one of them is missing. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  return Promise.all([realpath(one), realpath(other)]).then(
    ([first, second]) => first === second,
    () => false,
  );
}
