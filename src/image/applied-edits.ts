import type { GuestFiles } from '../disk/guest-files.js';
import { derivedMark } from './derived-files.js';
import type { Edit } from './plan.js';

/** The edits that the image has. Those that depend on the image may have been skipped. */
export async function listApplied(edits: readonly Edit[], files: GuestFiles): Promise<readonly Edit[]> {
  const applied: Edit[] = [];
  for (const edit of edits) if (await isApplied(edit, files)) applied.push(edit);
  return applied;
}

async function isApplied(edit: Edit, files: GuestFiles): Promise<boolean> {
  if (edit.kind === 'derive') return (await files.tryReadText(edit.path))?.startsWith(derivedMark) === true;
  if ((edit.kind !== 'link' && edit.kind !== 'write') || edit.when === undefined) return true;
  const file = await files.tryStat(edit.path);
  if (edit.kind === 'link')
    return file?.inode.kind === 'link' && (await file.mount.filesystem.readLink(file.inode)) === edit.target;
  return (
    file?.inode.kind === 'file' &&
    (!('text' in edit.content) || (await files.tryReadText(edit.path)) === edit.content.text)
  );
}
