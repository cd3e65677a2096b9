import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isImageName } from '../store/names.js';
import { tryReadAcceptedIndex } from './cached-index.js';
import { isVmName } from './vm/vm-record.js';

/** Names on a host, for completion in a shell: fast, unverified, and none if they cannot be read. */
export interface LocalNames {
  readonly images: readonly string[];
  /** Newest first. */
  readonly versions: readonly string[];
  readonly channels: readonly string[];
  readonly vms: readonly string[];
}

/** @param image the image whose versions and channels are listed */
export async function listLocalNames(root: string, image: string): Promise<LocalNames> {
  const found = (await tryList(join(root, 'versions'))).flatMap((name) => {
    const [, imageName = '', version = ''] = /^(.+)\.([1-9]\d{0,8})$/.exec(name) ?? [];
    return isImageName(imageName) ? [{ imageName, version }] : [];
  });
  const versions = found.filter(({ imageName }) => imageName === image).map(({ version }) => version);
  return {
    images: [...new Set(found.map(({ imageName }) => imageName))].sort(),
    versions: versions.sort((one, other) => Number(other) - Number(one)),
    channels: await tryListChannels(root, image),
    vms: (await tryList(join(root, 'sandboxes'))).filter(isVmName).sort(),
  };
}

async function tryList(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

/** The channels of the store that was read last. */
async function tryListChannels(root: string, image: string): Promise<readonly string[]> {
  const index = await tryReadAcceptedIndex(root, image).catch(() => undefined);
  return Object.keys(index?.channels ?? {});
}
