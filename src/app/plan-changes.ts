import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Edit, FileContent } from '../image/plan.js';
import type { BuildInputs } from '../inputs/build-inputs.js';
import { Failure } from '../platform/errors.js';
import { ifPresent, sha256OfFile } from '../platform/files.js';

/** What the user wants to be in an image beside the daemon, in order: packages, then files, then the script that may need both. */
export async function planChanges({ upgrade, packages, snapshot, files, run }: BuildInputs['changes']): Promise<readonly Edit[]> {
  const pin = snapshot === undefined ? {} : { snapshot };
  return [
    ...upgrade === 'none' ? [] : [{ kind: 'upgrade', scope: upgrade, ...pin } as const],
    ...packages.length === 0 ? [] : [{ kind: 'install', packages, ...pin } as const],
    ...await Promise.all(files.map(async ({ source, path, attributes }) => (
      { kind: 'write', path, content: await readFileOf('files', source), attributes } as const
    ))),
    ...run === undefined ? [] : [await planRun(run)],
  ];
}

async function planRun(path: string): Promise<Edit> {
  const script = await readFileOf('run', path);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead < 2 || buffer.toString('latin1') !== '#!') {
      throw new Failure(`run: ${path} does not begin with #!`, { mend: 'say in its first line what runs it, such as #!/bin/sh' });
    }
  } finally {
    await file.close();
  }
  return { kind: 'run', name: basename(path), script };
}

/** The digest of a file of the runner: what it holds is a part of the plan. */
async function readFileOf(input: string, path: string): Promise<FileContent> {
  const there = await ifPresent(stat(path));
  if (there?.isFile() !== true) throw new Failure(`${input}: ${path} is ${there === undefined ? 'not there' : 'no file'}`);
  return { file: path, sha256: await sha256OfFile(path) };
}
