import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, ToolError } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { Log } from '../../platform/progress/log.js';
import type { Output, Processes } from '../../platform/process/processes.js';
import { formatEnvironment, guestEnvironment } from '../guest-environment.js';
import type { MountSpace } from './mount-space.js';
import type { LoopDevice, MountedGuest } from './mounted-guest.js';

/** Runs programs of a mounted guest. */
export interface Chroot {
  /** Its output goes to the log as it comes. @throws ToolError */
  run(argv: readonly [string, ...string[]], timeoutMs: number): Promise<Output>;
  /** The path by which this process reaches a path of the guest. It must lead through no link: below /run none does. */
  reach(path: string): string;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

/**
 * The only devices of the host that programs of the image find. That keeps mistakes from its disks, and no attack: they are root, and can make
 * another by mknod(2), which stays allowed since scripts need it that make file trees (debootstrap(8)).
 */
const deviceNodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** Mounts what programs need beside their files. All of it goes with the guest's own mounts. `more` is added to their environment. */
export async function enterChroot(
  { space, root, devices }: MountedGuest,
  more: Readonly<Record<string, string>>,
  { processes, log }: Ports,
): Promise<Chroot> {
  const reach = (path: string): string => space.reach(join(root, path));
  for (const path of ['/dev', '/proc', '/run', '/sys']) await requireDirectory(path, reach(path));
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
  await requireIsolation(root, space);
  const environment = await formatEnvironment({ ...guestEnvironment, ...more }, processes);
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

/** What Docker's containers may not write below /proc (moby, oci/defaults.go, ReadonlyPaths): it changes the kernel of all. */
const readOnlyInProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];

/** What no package needs, and would change this machine: its kernel's modules, its clock, its hardware, its power. */
const withoutCapabilities = '--bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot';

/**
 * The first process of the programs' namespaces. It lasts as long as the program: by its root, which is not that of the chroot, programs see
 * that they are in one (ischroot(1), systemctl(1)). So `exit` is last: of its last command a shell may become the process.
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

/** With its first process all others end that it left behind, and what they mounted. */
function isolate(root: string): readonly [string, ...string[]] {
  return [
    // Not with --mount-proc: unshare 2.37, of Ubuntu 22.04, takes no directory there that is not a mount already.
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

/** Tries it once: later a failure would look like one of the program. @throws Failure where this machine does not let us */
async function requireIsolation(root: string, space: MountSpace): Promise<void> {
  await space.run({ argv: [...isolate(root), 'true'] }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure('programs of the image cannot be kept apart from this machine', {
      fix: 'use driver libguestfs',
      evidence: error.evidence,
      cause: error,
    });
  });
}

async function requireDirectory(path: string, reached: string): Promise<void> {
  const there = await ifPresent(lstat(reached));
  if (there?.isDirectory() !== true)
    throw new Failure(`the image has no directory ${path}: its programs cannot be run`);
}

/**
 * Not the name of a loop device: update-grub, which every kernel's installation runs, takes the file behind one for the root
 * filesystem and fails, as that is not in the guest (GRUB's grub-mkconfig_lib and 10_linux; Debian's patch mkconfig-loopback).
 */
function nameInGuest({ number }: LoopDevice): string {
  return `/dev/guest${number}`;
}

/**
 * GRUB's configuration names the root filesystem by its UUID where `/dev/disk` knows it. The kernel says of a mount that it
 * is of a loop device: as a link, that is the guest's own device.
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

/** Where our own files are while programs run: it goes with /run. */
export const guestDirectory = '/run/ch-golden';

/** Makes a file for programs of the guest. */
export async function offerFile(chroot: Chroot, path: string, content: string | Buffer, mode: number): Promise<void> {
  await mkdir(dirname(chroot.reach(path)), { recursive: true });
  await writeFile(chroot.reach(path), content, { mode });
}
