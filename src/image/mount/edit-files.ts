import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, chown, lstat, mkdir, open, rmdir, symlink, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { changedFailure, toBytes, type Attributes, type Content } from '../plan.js';
import { guestPathOf, type FileOperation } from '../resolve-edits.js';

/**
 * Applies operations to a mounted guest. Their paths lead through no link, so none leads out of the image, and nothing
 * exists yet at the paths that they create.
 * @param root this process's path of the guest's root directory
 */
export async function applyOperations(operations: readonly FileOperation[], root: string): Promise<void> {
  for (const operation of operations) {
    try {
      await applyOperation(operation, join(root, guestPathOf(operation)));
    } catch (error) {
      if (!hasCode(error, 'ENOSPC')) throw error;
      throw new Failure(
        `the image's filesystem for ${operation.mount.path} is full: ${guestPathOf(operation)} does not fit`,
        {
          fix: 'use a base with a larger filesystem, or install less',
          cause: error,
        },
      );
    }
  }
}

async function applyOperation(operation: FileOperation, path: string): Promise<void> {
  switch (operation.kind) {
    case 'write':
      return writeNew(path, operation.content, operation.attributes);
    case 'make-directory':
      await mkdir(path);
      return setAttributes(path, operation.attributes);
    case 'set-attributes':
      if (!(await lstat(path)).isDirectory())
        throw new Failure(`${guestPathOf(operation)} in the image is not a directory`);
      return setAttributes(path, operation.attributes);
    case 'link':
      return symlink(operation.target, path);
    case 'remove-file':
      return unlink(path);
    case 'remove-directory':
      return rmdir(path);
  }
}

async function writeNew(path: string, content: Content, attributes: Attributes): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  if (!('file' in content)) await file.writeFile(toBytes(content));
  else await copyInto(file, content.file, content.sha256);
  await file.chown(attributes.uid, attributes.gid);
  // After the owner: chown(2) clears setuid.
  await file.chmod(attributes.mode);
}

async function copyInto(target: FileHandle, source: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(source) as AsyncIterable<Buffer>) {
    hash.update(piece);
    await target.writeFile(piece);
  }
  if (hash.digest('hex') !== sha256) throw changedFailure(source);
}

async function setAttributes(path: string, { mode, uid, gid }: Attributes): Promise<void> {
  await chown(path, uid, gid);
  await chmod(path, mode);
}
