import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatEdit, type Edit, type FileContent } from '../../image/plan.js';
import { undoes } from '../../image/resolve-edits.js';
import type { BuildInputs } from '../../inputs/build-inputs.js';
import type { FileRequest } from '../../inputs/parse-changes.js';
import { Failure, UsageError } from '../../platform/errors.js';
import { ifPresent, sha256OfFile } from '../../platform/fs/files.js';
import { planImage } from './plan-image.js';

/** What the user wants to be in an image beside the daemon, in order: packages, then files, then the script that may need both. */
export async function planChanges({
  upgrade,
  packages,
  snapshot,
  files,
  run,
}: BuildInputs['changes']): Promise<readonly Edit[]> {
  for (const file of files) if (run === undefined || !isTemporary(file.path)) assertNotUndone(file);
  const pin = snapshot === undefined ? {} : { snapshot };
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

/** What every image is made with after the user's changes. */
const everyImage = planImage({ path: '', sha256: '' }, []);

/** Hygiene sees what an earlier step has left, but not what the same step writes: whether the file stays would depend on the driver. */
function assertNotUndone({ source, path }: FileRequest): void {
  const edit = everyImage.find((candidate) => undoes(candidate, path));
  if (edit === undefined) return;
  throw new UsageError(`files: ${source} cannot be ${path}: every image is made with "${formatEdit(edit)}" after it`, {
    fix: 'choose another destination; cloud-init also reads /etc/cloud/cloud.cfg.d, and netplan all of /etc/netplan',
  });
}

/** A script finds there what it needs, and hygiene comes after it: with every driver such a file is in no image. */
function isTemporary(path: string): boolean {
  return /^\/(var\/)?tmp\//.test(path);
}

async function planRun(path: string): Promise<Edit> {
  const script = await readFileOf('run', path);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead < 2 || buffer.toString('latin1') !== '#!') {
      throw new Failure(`run: ${path} does not begin with #!`, {
        fix: 'say in its first line what runs it, such as #!/bin/sh',
      });
    }
  } finally {
    await file.close();
  }
  return { kind: 'run', name: basename(path), script };
}

/** The digest of a file of the runner: what it holds is a part of the plan. */
async function readFileOf(input: string, path: string): Promise<FileContent> {
  const there = await ifPresent(stat(path));
  if (there?.isFile() !== true)
    throw new Failure(`${input}: ${path} is ${there === undefined ? 'not there' : 'no file'}`);
  return { file: path, sha256: await sha256OfFile(path) };
}
