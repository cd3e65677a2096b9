import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { Failure } from '../errors.js';

/** The Debian and Ubuntu package of each program that this product starts. */
export const packageOfProgram: Readonly<Record<string, string>> = {
  chroot: 'coreutils',
  debugfs: 'e2fsprogs',
  dumpe2fs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  mke2fs: 'e2fsprogs',
  fakeroot: 'fakeroot',
  flock: 'util-linux',
  getent: 'libc-bin',
  go: 'golang-go',
  gpgv: 'gpgv',
  ip: 'iproute2',
  losetup: 'mount',
  'mkfs.vfat': 'dosfstools',
  mmdebstrap: 'mmdebstrap',
  newuidmap: 'uidmap',
  mount: 'mount',
  nsenter: 'util-linux',
  npx: 'npm',
  perl: 'perl-base',
  prlimit: 'util-linux',
  'qemu-img': 'qemu-utils',
  'qemu-io': 'qemu-utils',
  'qemu-storage-daemon': 'qemu-system-common',
  'qemu-system-x86_64': 'qemu-system-x86',
  resize2fs: 'e2fsprogs',
  rm: 'coreutils',
  setpriv: 'util-linux',
  setsid: 'util-linux',
  sfdisk: 'fdisk',
  sh: 'dash',
  sudo: 'sudo',
  tar: 'tar',
  umount: 'mount',
  unshare: 'util-linux',
  xorriso: 'xorriso',
};

/** Administrators' programs, which a plain user's PATH often lacks on Debian. */
const administratorDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a program; undefined if it is not installed. */
export async function tryFindProgram(program: string, searchPath: string): Promise<string | undefined> {
  const candidates = isAbsolute(program)
    ? [program]
    : [...searchPath.split(delimiter).filter(isAbsolute), ...administratorDirectories].map((directory) =>
        join(directory, program),
      );
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** The absolute path of a program. @throws Failure that names the package to install. */
export async function getProgram(program: string, searchPath: string): Promise<string> {
  const found = await tryFindProgram(program, searchPath);
  if (found !== undefined) return found;
  const packageName = packageOfProgram[program];
  throw new Failure(`${program} is not installed`, {
    fix: packageName === undefined ? undefined : `sudo apt-get install --no-install-recommends ${packageName}`,
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
