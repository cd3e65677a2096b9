import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure, hasCode } from '../platform/errors.js';
import { ifPresent, writeFileAtomically } from '../platform/fs/files.js';
import { assertOwned } from '../platform/fs/owned-directory.js';

const fileName = 'host.json';
/** Bytes. */
const largestConfig = 64 * 1024;

/** Settings of a host, in `<root>/host.json`. Keys that this release does not know are kept. */
const schema = z.looseObject({
  schema: z.literal(1),
  /** The system user that VMs run as if root starts them. */
  vmUser: z.string().exactOptional(),
});

export type HostConfig = z.infer<typeof schema>;

/** Reads the settings of a host; the defaults if there are none. @throws Failure if the file is invalid, or others can change it */
export async function readHostConfig(root: string): Promise<HostConfig> {
  const path = join(root, fileName);
  const file = await ifPresent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)).catch(
    (error: unknown) => {
      throw hasCode(error, 'ELOOP') ? invalid(path, error) : error;
    },
  );
  if (file === undefined) return { schema: 1 };
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > largestConfig) throw invalid(path);
    assertOwned(path, stats, [0]);
    return schema.parse(JSON.parse(await file.readFile('utf8')));
  } catch (error) {
    throw error instanceof Failure ? error : invalid(path, error);
  } finally {
    await file.close();
  }
}

export async function writeHostConfig(root: string, config: HostConfig): Promise<void> {
  await writeFileAtomically(join(root, fileName), `${JSON.stringify(config, null, 2)}\n`);
}

function invalid(path: string, cause?: unknown): Failure {
  return new Failure(`${path} is not a valid host configuration`, {
    fix: `remove it, then: ch-golden host user NAME`,
    cause,
  });
}
