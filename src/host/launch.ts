import { diskOptions, oneQueue, rawDisk } from '../vmm/cloud-hypervisor-needs.js';
import { addKernelIdentity, type KernelIdentity } from '../vmm/kernel-identity.js';
import { Failure } from '../platform/errors.js';
import type { Manifest } from '../store/documents/manifest.js';

/** What a VM is started from. All paths are absolute, and stay those of this version. */
export interface Launch {
  readonly image: string;
  readonly version: number;
  readonly imagePath: string;
  readonly kernelPath: string;
  readonly initramfsPath: string;
  readonly cmdline: string;
  /** Options of `--disk` for an overlay over the image, which stays read-only. */
  readonly diskOptions: string;
}

interface LaunchableVersion {
  readonly image: string;
  readonly version: number;
  readonly manifest: Pick<Manifest, 'cmdline' | 'bootProfile'>;
  readonly files: readonly { readonly role: string; readonly path: string }[];
}

export function toLaunch({ image, version, manifest, files }: LaunchableVersion): Launch {
  const pathOf = (role: string): string => {
    const path = files.find((file) => file.role === role)?.path;
    if (path === undefined) throw new Failure(`${image}.${version} has no ${role}`);
    return path;
  };
  return {
    image,
    version,
    imagePath: pathOf('image'),
    kernelPath: pathOf('kernel'),
    initramfsPath: pathOf('initramfs'),
    cmdline: manifest.cmdline,
    diskOptions: overlayOptions,
  };
}

/**
 * As `toLaunch`, for one VM. The kernel of an image with the boot profile `fast` gets its name and static address, so
 * that the daemon need not wait for cloud-init. Any other image boots with the arguments of its manifest.
 */
export function toVmLaunch(version: LaunchableVersion, identity: KernelIdentity): Launch {
  const launch = toLaunch(version);
  if (version.manifest.bootProfile?.profile !== 'fast') return launch;
  return { ...launch, cmdline: addKernelIdentity(launch.cmdline, identity) };
}

/** Options of `--disk` for an overlay over any image. None of them comes from a manifest. */
export const overlayOptions = [...diskOptions, oneQueue].join(',');
/** Options of `--disk` for a raw file. */
export const rawOptions = [rawDisk, oneQueue].join(',');

/** The disk of a VM, in its directory. */
export const diskFiles = { qcow2: 'disk.qcow2', raw: 'disk.raw' } as const;

export type DiskFormat = keyof typeof diskFiles;

/** The command that creates an overlay. A size in bytes can be appended. */
export function overlayCommand(backing: string, disk: string = diskFiles.qcow2): readonly [string, ...string[]] {
  return ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, disk];
}

/** Arguments of cloud-hypervisor in the directory of a VM. Its disk is an overlay over the image unless it is raw. */
export function launchArguments({
  kernelPath,
  initramfsPath,
  cmdline,
  disk,
}: Pick<Launch, 'kernelPath' | 'initramfsPath' | 'cmdline'> & {
  readonly disk?: 'raw' | undefined;
}): readonly string[] {
  return [
    '--kernel',
    kernelPath,
    '--initramfs',
    initramfsPath,
    '--cmdline',
    cmdline,
    '--disk',
    disk === 'raw' ? `path=${diskFiles.raw},${rawOptions}` : `path=${diskFiles.qcow2},${overlayOptions}`,
  ];
}

/** Lines for systemd's `EnvironmentFile=`, which a shell can read, too. */
export function formatLaunchEnvironment(version: LaunchableVersion): string {
  const launch = toLaunch(version);
  const variables = {
    CH_GOLDEN_VERSION: `${launch.image}.${launch.version}`,
    CH_IMAGE_PATH: launch.imagePath,
    CH_KERNEL_PATH: launch.kernelPath,
    CH_INITRAMFS_PATH: launch.initramfsPath,
    CH_CMDLINE: launch.cmdline,
    CH_DISK_OPTIONS: launch.diskOptions,
    CH_BOOT_PROFILE: version.manifest.bootProfile?.profile ?? 'stock',
  };
  // Both unescape exactly these four within double quotes.
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`)
    .join('');
}
