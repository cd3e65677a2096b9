import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { cmdlineText, kernelVersion, maxCmdlineLength } from '../vmm/boot-rules.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import type { Guest } from '../disk/open-guest.js';
import { compareDebianVersions } from '../apt/debian-version.js';
import type { Artifact } from './golden-image.js';

/** A kernel with the initramfs that belongs to it. */
export interface BootPair {
  readonly version: string;
  readonly kernel: GuestFile;
  readonly initramfs: GuestFile;
}

const largestKernel = 256 * 1024 ** 2;
const largestInitramfs = 1024 ** 3;

/** What people, packages and editors call the copy of a file that they keep; GRUB's own list is in grub-mkconfig's 10_linux. */
const backupName = /(?:~|[.](?:bak|backup|old|orig|save|saved|copy|disabled|tmp|sig|dpkg-\w+|ucf-\w+|rpm\w+)\d*)$/i;

/** True for the version of a kernel file that is a copy of another one: `V.bak`, or `V.2` beside `V`. */
function isBackup(version: string, versions: readonly string[]): boolean {
  if (backupName.test(version)) return true;
  // `6.1.5` is no copy of `6.1`.
  return versions.some(
    (other) => version.startsWith(`${other}.`) && !(/\d$/.test(other) && /^\.\d/.test(version.slice(other.length))),
  );
}

/** The kernels in `/boot`, backups left out, by version: newest first. The one rule by which every driver and every reader goes. */
export async function listKernels(
  files: GuestFiles,
): Promise<readonly { readonly version: string; readonly kernel: GuestFile }[]> {
  const found = (await files.list('/boot')).flatMap((kernel) => {
    const version = /^vmlinuz-([\w.+~-]+)$/.exec(basename(kernel.path))?.[1];
    return version === undefined ? [] : [{ version, kernel }];
  });
  const versions = found.map(({ version }) => version);
  return found
    .filter(({ version }) => !isBackup(version, versions))
    .sort((a, b) => compareDebianVersions(b.version, a.version));
}

/** The newest kernel, by Debian version order, that has its initramfs beside it. @throws Failure where there is none. */
export async function getBootPair(files: GuestFiles): Promise<BootPair> {
  const inBoot = await files.list('/boot');
  const byName = new Map(inBoot.map((file) => [basename(file.path), file]));
  const [newest] = (await listKernels(files)).flatMap(({ version, kernel }): readonly BootPair[] => {
    const initramfs = byName.get(`initrd.img-${version}`);
    return kernelVersion.test(version) &&
      initramfs !== undefined &&
      isContent(kernel, largestKernel) &&
      isContent(initramfs, largestInitramfs)
      ? [{ version, kernel, initramfs }]
      : [];
  });
  if (newest !== undefined) return newest;
  const found = inBoot.map((file) => basename(file.path)).filter((name) => /^(vmlinuz|initrd)/.test(name));
  throw new Failure(
    `the image has no kernel with an initramfs in /boot${found.length === 0 ? '' : `: only ${found.join(', ')}`}`,
    {
      fix: 'install a kernel package in the base, such as linux-image-virtual',
    },
  );
}

function isContent(file: GuestFile, largest: number): boolean {
  return file.inode.kind === 'file' && file.inode.size > 0 && file.inode.size <= largest;
}

/** Copies kernel and initramfs out of the image into `directory`, mode 0444. */
export async function extractBootFiles(
  pair: BootPair,
  files: GuestFiles,
  directory: string,
): Promise<{ readonly kernel: Artifact; readonly initramfs: Artifact }> {
  const kernel = await extractFile(pair.kernel, files, join(directory, `vmlinuz-${pair.version}`));
  await checkBzImage(kernel.path);
  const initramfs = await extractFile(pair.initramfs, files, join(directory, `initrd.img-${pair.version}`));
  return { kernel, initramfs };
}

async function extractFile(file: GuestFile, files: GuestFiles, path: string): Promise<Artifact> {
  const hash = createHash('sha256');
  const target = await open(path, 'wx', 0o644);
  try {
    for await (const piece of files.content(file)) {
      hash.update(piece);
      await withPathInErrors(path, async () => target.writeFile(piece));
    }
    await target.chmod(0o444);
  } finally {
    await target.close();
  }
  return { path, size: file.inode.size, sha256: hash.digest('hex') };
}

/** Cloud Hypervisor boots a bzImage directly since v39. Source: Linux, Documentation/arch/x86/boot.rst. */
async function checkBzImage(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0x202);
    if (buffer.toString('latin1') !== 'HdrS') throw new Failure(`${basename(path)} in the image is no x86-64 bzImage`);
  } finally {
    await file.close();
  }
}

/**
 * The kernel's arguments: those of the image's own boot loader, else `root=` by what its fstab says.
 * A serial console is always among them, so that a boot can be watched.
 */
export async function readCmdline(guest: Guest, kernelVersion: string): Promise<string> {
  const grub = await guest.files.tryReadText('/boot/grub/grub.cfg');
  const fromGrub = grub === undefined ? undefined : tryParseGrub(grub, kernelVersion);
  const words = fromGrub ?? [`root=${await findRootName(guest)}`, 'ro'];
  const cmdline = [...words, ...(words.some((word) => word.startsWith('console=ttyS0')) ? [] : ['console=ttyS0'])].join(
    ' ',
  );
  if (cmdlineText.safeParse(cmdline).success) return cmdline;
  const problem = `they have odd characters, or more than ${maxCmdlineLength}`;
  throw new Failure(`the kernel arguments ${quoteText(cmdline)} of the image cannot be used: ${problem}`, {
    fix: "change GRUB_CMDLINE_LINUX in the base's /etc/default/grub, and run update-grub in it",
  });
}

/** The arguments of the first `linux` line for this kernel that names a root and is no recovery entry. */
export function tryParseGrub(config: string, kernelVersion: string): readonly string[] | undefined {
  for (const line of config.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [command, kernel, ...rest] = words;
    const isOurs = command === 'linux' && kernel?.endsWith(`/vmlinuz-${kernelVersion}`) === true;
    if (
      isOurs &&
      rest.some((word) => word.startsWith('root=')) &&
      !rest.includes('recovery') &&
      !rest.includes('single')
    ) {
      return rest.filter((word) => !word.includes('$'));
    }
  }
  return undefined;
}

async function findRootName(guest: Guest): Promise<string> {
  const fstab = (await guest.files.tryReadText('/etc/fstab')) ?? '';
  const source = fstab
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((words) => words[1] === '/' && !words[0]?.startsWith('#'))?.[0];
  if (source !== undefined && /^(LABEL|UUID|PARTUUID|PARTLABEL)=[\w.-]+$/.test(source)) return source;
  const { filesystem } = guest.root.mount;
  return /^[\w.-]+$/.test(filesystem.label) ? `LABEL=${filesystem.label}` : `UUID=${filesystem.uuid}`;
}

/**
 * A kernel that this build installed is the one that is to be booted: its hooks must have made an initramfs for it. A kernel of the base
 * may lack one: the newest complete pair is booted. @param before versions that the base has
 */
export async function assertNewKernelsComplete(files: GuestFiles, before: ReadonlySet<string>): Promise<void> {
  const names = new Set((await files.list('/boot')).map((file) => basename(file.path)));
  const incomplete = (await listKernels(files)).find(
    ({ version }) => !before.has(version) && !names.has(`initrd.img-${version}`),
  );
  if (incomplete === undefined) return;
  throw new Failure(
    `the kernel ${incomplete.version}, which this build installed, has no initramfs: its package made none`,
    {
      fix: 'install initramfs-tools in the base',
    },
  );
}
