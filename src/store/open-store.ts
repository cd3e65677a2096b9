import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../platform/errors.js';
import type { Processes } from '../platform/processes.js';
import { createDirectoryStore } from './directory/directory-store.js';
import type { ObjectStore } from './object-store.js';

/** The store at an address: the path of a folder, or its `file://` URL. @throws UsageError for any other. */
export function openStore(address: string, ports: { readonly processes: Processes }): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (address === '' || (scheme !== undefined && scheme !== 'file')) throw unsupported(address);
  return createDirectoryStore(scheme === undefined ? resolve(address) : getFolder(address), ports);
}

function getFolder(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (error) {
    throw unsupported(address, error);
  }
}

function unsupported(address: string, cause?: unknown): UsageError {
  return new UsageError(`store ${JSON.stringify(address)} is not an address that is supported`, {
    mend: 'use the path of a folder, or file:///path/of/a/folder', cause,
  });
}
