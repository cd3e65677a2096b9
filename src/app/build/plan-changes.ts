import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatEdit, type Edit, type FileContent } from '../../image/plan.js';
import { undoes } from '../../image/resolve-edits.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { FileRequest } from '../../inputs/parse-changes.js';
import { Failure, UsageError } from '../../platform/errors.js';
import { ifPresent, sha256OfFile } from '../../platform/fs/files.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { planImage } from './plan-image.js';

/** The user's changes beside the daemon, in order: packages, then files, then the script, which may need both. */
export async function planChanges({
  upgrade,
  packages,
  snapshot,
  files,
  run,
}: BuildInputs['changes']): Promise<readonly Edit[]> {
  for (const file of files) if (run === undefined || !isTemporary(file.path)) assertNotUndone(file);
  const pin = withoutUndefined({ snapshot });
  return [
    ...(upgrade === 'none' ? [] : [{ kind: 'upgrade', scope: upgrade, ...pin } as const]),
    ...(packages.length === 0 ? [] : [{ kind: 'install', packages, ...pin } as const]),
    ...(await Promise.all(
      files.map(
        async ({ source, path, attributes }) =>
          ({ kind: 'write', path, content: await readFileOf('files', source), attributes }) as const,
      ),
    )),
    ...(run === undefined ? [] : [await planRun(run)]),
  ];
}

/** Edits of every image, after the user's changes. */
const everyImage = planImage({ path: '', sha256: '' }, []);

/**
 * Hygiene removes what earlier steps left, not what the same step writes, so the driver would decide if the file stays.
 */
function assertNotUndone({ source, path }: FileRequest): void {
  const edit = everyImage.find((candidate) => undoes(candidate, path));
  if (edit === undefined) return;
  throw new UsageError(
    `files: ${source} cannot be copied to ${path}: every build does "${formatEdit(edit)}" afterwards`,
    {
      fix: 'choose another destination; cloud-init also reads /etc/cloud/cloud.cfg.d, and netplan all of /etc/netplan',
    },
  );
}

/** A script finds its files there. Hygiene comes later, so with every driver such a file ends up in no image. */
function isTemporary(path: string): boolean {
  return /^\/(var\/)?tmp\//.test(path);
}

async function planRun(path: string): Promise<Edit> {
  const script = await readFileOf('run', path);
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  if (bytesRead < 2 || buffer.toString('latin1') !== '#!') {
    throw new Failure(`run: ${path} does not start with #!`, {
      fix: 'name its interpreter in the first line, e.g. #!/bin/sh',
    });
  }
  return { kind: 'run', name: basename(path), script };
}

/** The digest of a file of the runner: its content is part of the plan. */
async function readFileOf(input: string, path: string): Promise<FileContent> {
  const stats = await ifPresent(stat(path));
  if (stats?.isFile() !== true)
    throw new Failure(`${input}: ${path} ${stats === undefined ? 'does not exist' : 'is not a file'}`);
  return { file: path, sha256: await sha256OfFile(path) };
}
