import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** Whether this user may read and write a device. */
export async function openState(path: string): Promise<'ok' | 'denied' | 'missing'> {
  try {
    await access(path, constants.F_OK);
  } catch {
    return 'missing';
  }
  return access(path, constants.R_OK | constants.W_OK).then(
    () => 'ok' as const,
    () => 'denied' as const,
  );
}
