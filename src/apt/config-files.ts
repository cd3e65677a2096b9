import { Failure } from '../platform/errors.js';
import type { SourcesFile } from './sources.js';
import type { GuestFiles } from '../disk/guest-files.js';

/** Of one configuration file or keyring. */
export const maxAptFileBytes = 1024 ** 2;
/** In one configuration directory. */
export const maxAptFiles = 100;

/** A configuration file, and the names that apt accepts in the directory next to it. */
const kinds = {
  sources: { path: '/etc/apt/sources.list', names: /^[\w.-]+\.(list|sources)$/ },
  preferences: { path: '/etc/apt/preferences', names: /^[\w-]+(\.pref)?$/ },
} as const;

/**
 * A guest's sources.list(5) or apt_preferences(5) files in the order in which apt reads them. Names are relative to
 * `/etc/apt`.
 * @throws Failure if there are too many, or one is too large
 */
export async function readAptFiles(files: GuestFiles, kind: keyof typeof kinds): Promise<readonly SourcesFile[]> {
  const { path, names } = kinds[kind];
  const paths = [path, ...(await listAptDirectory(files, `${path}.d`, names))];
  const all = await Promise.all(
    paths.map(async (name) => ({ name: name.replace('/etc/apt/', ''), content: await tryReadAptFile(files, name) })),
  );
  return all.flatMap(({ name, content }) => (content === undefined ? [] : [{ name, text: content.toString('utf8') }]));
}

export async function listAptDirectory(
  files: GuestFiles,
  directory: string,
  names: RegExp,
): Promise<readonly string[]> {
  const paths = (await files.list(directory))
    .map(({ path }) => `${directory}/${path.slice(path.lastIndexOf('/') + 1)}`)
    .filter((path) => names.test(path.slice(directory.length + 1)));
  if (paths.length > maxAptFiles)
    throw new Failure(`${directory} in the image has too many files: ${paths.length} (limit: ${maxAptFiles})`);
  return paths;
}

/** Undefined for anything but a regular file. */
export async function tryReadAptFile(files: GuestFiles, path: string): Promise<Buffer | undefined> {
  return (await files.tryResolve(path))?.inode.kind === 'file' ? files.read(path, maxAptFileBytes) : undefined;
}
