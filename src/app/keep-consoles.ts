import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CancelledError } from '../platform/errors.js';

/** Runs a smoke test and, where it fails, keeps what the VMs printed: the run folder goes, `to` stays. */
export async function keepConsoles<T>(folders: { readonly from: string; readonly to: string | undefined }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (folders.to !== undefined && !(error instanceof CancelledError)) await copyConsoles(folders.from, join(folders.to, 'consoles'));
    throw error;
  }
}

async function copyConsoles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const consoles = entries.filter((entry) => entry.isFile() && /\.(log|jsonl?|txt)$/.test(entry.name));
  await mkdir(to, { recursive: true });
  for (const entry of consoles) {
    const folder = basename(entry.parentPath);
    await copyFile(join(entry.parentPath, entry.name), join(to, folder === basename(from) ? entry.name : `${folder}-${entry.name}`));
  }
}
