import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, ToolError } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { Output } from '../../platform/process/processes.js';
import { formatEnvironment, guestEnvironment } from '../guest-environment.js';
import type { Ports } from '../ports.js';
import type { MountSpace } from './mount-space.js';
import type { LoopDevice, MountedGuest } from './mounted-guest.js';

/** Runs programs of a mounted guest. */
export interface Chroot {
  /** Logs output as it arrives. @throws ToolError */
  run(argv: readonly [string, ...string[]], timeoutMs: number): Promise<Output>;
  /** This process's path for a path of the guest that leads through no link, as below /run. */
  reach(path: string): string;
}

/**
 * The only devices of the host that programs of the image see. This protects its disks from mistakes, not from attacks:
 * the programs are root and can call mknod(2), which scripts that create file trees need (debootstrap(8)).
 */
const deviceNodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * Mounts what programs need besides their files. It is unmounted with the guest's filesystems.
 * @param variables added to the environment
 */
export async function enterChroot(
  { space, root, devices }: MountedGuest,
  variables: Readonly<Record<string, string>>,
  { processes, log }: Ports,
): Promise<Chroot> {
  const reach = (path: string): string => space.reach(join(root, path));
  for (const path of ['/dev', '/proc', '/run', '/sys']) await assertDirectory(path, reach(path));
  const mount = async (type: string, path: string, options: string): Promise<Output> =>
    space.run({ argv: ['mount', '-t', type, '-o', options, 'none', join(root, path)] });
  await mount('sysfs', '/sys', 'ro,nosuid,nodev,noexec');
  await mount('tmpfs', '/run', 'mode=0755,nosuid,nodev');
  await mkdir(reach('/run/lock'));
  await chmod(reach('/run/lock'), 0o1777);
  await mount('tmpfs', '/dev', 'mode=0755,nosuid,size=16m');
  await space.run({ argv: ['cp', '--archive', '--', ...deviceNodes.map((name) => `/dev/${name}`), join(root, 'dev')] });
  for (const device of devices)
    await space.run({ argv: ['cp', '--archive', '--', device.path, join(root, nameInGuest(device))] });
  await fillDev(reach, devices);
  await mount('devpts', '/dev/pts', 'newinstance,ptmxmode=0666,mode=0620,nosuid,noexec');
  await assertIsolation(root, space);
  const environment = await formatEnvironment({ ...guestEnvironment, ...variables }, processes);
  return {
    reach,
    run: async (argv, timeoutMs) =>
      space.run({
        argv: [...isolate(root), 'env', ...environment, 'chroot', root, ...argv],
        timeoutMs,
        onLine: (line) => log.detail(line),
      }),
  };
}

/**
 * Read-only below /proc as in Docker's containers (moby, oci/defaults.go, ReadonlyPaths), because it configures the
 * machine's kernel.
 */
const readOnlyInProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];

/** Capabilities that no package needs, and that affect the machine: kernel modules, clock, hardware, power. */
const withoutCapabilities = '--bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot';

/**
 * The first process of the programs' namespaces. It must outlive the program: its root is outside of the chroot, by
 * which programs detect that they are in one (ischroot(1), systemctl(1)). It ends with `exit` because a shell may exec
 * its last command.
 */
const firstProcess = `set -e
mount -t proc -o nosuid,nodev,noexec proc "$1"
echo localhost >"$1/sys/kernel/hostname"
for name in ${readOnlyInProc.join(' ')}; do
  if [ -e "$1/$name" ]; then
    mount --bind "$1/$name" "$1/$name"
    mount -o remount,bind,ro,nosuid,nodev,noexec "$1/$name"
  fi
done
shift
set +e
"$@"
exit "$?"`;

/** When the first process exits, all others in its namespaces are killed and their mounts removed. */
function isolate(root: string): readonly [string, ...string[]] {
  return [
    // Without --mount-proc: for unshare 2.37 (Ubuntu 22.04) its directory must already be a mount.
    'unshare',
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    '--fork',
    '--kill-child',
    '--',
    'setpriv',
    withoutCapabilities,
    '--',
    'sh',
    '-c',
    firstProcess,
    'sh',
    join(root, 'proc'),
  ];
}

/**
 * Tries the isolation first, because later a failure would look like one of the program.
 * @throws Failure if this machine forbids it
 */
async function assertIsolation(root: string, space: MountSpace): Promise<void> {
  await space.run({ argv: [...isolate(root), 'true'] }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure('this machine does not allow namespaces that isolate programs of the image', {
      fix: 'use driver libguestfs',
      evidence: error.evidence,
      cause: error,
    });
  });
}

async function assertDirectory(path: string, reached: string): Promise<void> {
  const stats = await ifPresent(lstat(reached));
  if (stats?.isDirectory() !== true)
    throw new Failure(`the image has no directory ${path}, which is needed to run its programs`);
}

/**
 * Not the name of a loop device: update-grub, which every kernel installation runs, would take the file behind it for
 * the root filesystem and fail, as the guest does not have it (GRUB's grub-mkconfig_lib and 10_linux; Debian's patch
 * mkconfig-loopback).
 */
function nameInGuest({ number }: LoopDevice): string {
  return `/dev/guest${number}`;
}

/**
 * GRUB's configuration uses the UUID of the root filesystem if it is in `/dev/disk`. The kernel lists mounts as of a
 * loop device, so that name links to the guest's device.
 */
async function fillDev(reach: (path: string) => string, devices: MountedGuest['devices']): Promise<void> {
  const links = [
    ['/dev/fd', '/proc/self/fd'],
    ['/dev/stdin', 'fd/0'],
    ['/dev/stdout', 'fd/1'],
    ['/dev/stderr', 'fd/2'],
    ['/dev/ptmx', 'pts/ptmx'],
    ...devices.flatMap(
      (device) =>
        [
          [device.path, nameInGuest(device)],
          [`/dev/disk/by-uuid/${device.uuid}`, nameInGuest(device)],
        ] as const,
    ),
  ] as const;
  for (const [path = '', target = ''] of links) {
    await mkdir(dirname(reach(path)), { recursive: true });
    await symlink(target, reach(path));
  }
  await mkdir(reach('/dev/pts'));
  await mkdir(reach('/dev/shm'));
  await chmod(reach('/dev/shm'), 0o1777);
}

/** For files that programs need from us. It disappears with /run. */
export const guestDirectory = '/run/ch-golden';

export async function writeGuestFile(
  chroot: Chroot,
  path: string,
  content: string | Buffer,
  mode: number,
): Promise<void> {
  await mkdir(dirname(chroot.reach(path)), { recursive: true });
  await writeFile(chroot.reach(path), content, { mode });
}
