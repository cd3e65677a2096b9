/** A console line that makes a boot fail the smoke test. */
export interface ConsolePattern {
  readonly pattern: RegExp;
  /** What it means, as part of a sentence. */
  readonly what: string;
  /** A line as the kernel, the initramfs or systemd prints it. */
  readonly example: string;
}

/**
 * Lockup and stall warnings are left out: a busy host causes them in an emulated guest. Failed units are left out too:
 * the probe reports them. Gaps are bounded because a hostile guest may write lines that stall a pattern.
 */
export const consolePatterns: readonly ConsolePattern[] = [
  {
    pattern: /VFS: (?:Cannot open root device|Unable to mount root fs)/,
    what: 'the kernel found no root device',
    example: '[    3.211377] VFS: Cannot open root device "LABEL=nothing" or unknown-block(0,0): error -6',
  },
  {
    pattern: /Gave up waiting for (?:root file system|root|suspend\/resume) device/,
    what: 'the initramfs found no root device',
    example: 'Gave up waiting for root file system device.  Common problems:',
  },
  {
    pattern: /ALERT! .{0,200} does not exist/,
    what: 'the initramfs found no root device',
    example: 'ALERT!  LABEL=cloudimg-rootfs does not exist.  Dropping to a shell!',
  },
  {
    pattern: /No (?:working )?init found|Target filesystem doesn't have requested/,
    what: 'the root filesystem has no init',
    example: "Target filesystem doesn't have requested /sbin/init.",
  },
  {
    pattern: /Kernel panic - not syncing/,
    what: 'the kernel panicked',
    example: '[    3.230114] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00',
  },
  {
    pattern: /\bOops: |\bgeneral protection fault\b|\bdouble fault: /,
    what: 'the kernel hit an oops',
    example: '[   12.905911] Oops: 0002 [#1] PREEMPT SMP NOPTI',
  },
  {
    pattern: /\bkernel BUG at |\bBUG: (?:scheduling while atomic|KASAN|stack guard)/,
    what: 'the kernel hit a bug',
    example: '[    9.104327] kernel BUG at fs/ext4/inode.c:2721!',
  },
  {
    pattern: /\bBUG: (?:unable to handle|kernel NULL pointer|Bad (?:page|rss))/,
    what: 'the kernel hit a bug',
    example: '[   12.901144] BUG: kernel NULL pointer dereference, address: 0000000000000008',
  },
  {
    pattern: /\bOut of memory: Killed process|\binvoked oom-killer|\boom-kill:/,
    what: 'the guest ran out of memory',
    example: '[   41.820917] Out of memory: Killed process 612 (daytona-daemon) total-vm:4096000kB, anon-rss:890112kB',
  },
  {
    pattern: /\]: segfault at |\btraps: .{0,200} trap /,
    what: 'a program in the guest crashed',
    example:
      '[   22.104418] daytona-daemon[512]: segfault at 0 ip 00007f0e51a2c0a4 sp 00007ffd2c1f5c10 error 4 in libc.so.6',
  },
  {
    pattern: /\bI\/O error, dev |\bBuffer I\/O error on dev|\bmetadata I\/O error/,
    what: 'a disk reported an I/O error',
    example: '[   52.118402] I/O error, dev vda, sector 7325696 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2',
  },
  {
    pattern: /EXT4-fs error|EXT4-fs .{0,200}Remounting filesystem read-only/,
    what: 'a filesystem in the guest is corrupt',
    example: '[   52.120881] EXT4-fs (vda1): Remounting filesystem read-only',
  },
  {
    pattern: /XFS .{0,200}(?:Corruption|Shutting down filesystem)|BTRFS (?:error|critical)/,
    what: 'a filesystem in the guest is corrupt',
    example: '[   52.120881] XFS (vda1): Metadata Corruption detected at xfs_agf_verify',
  },
  {
    pattern: /\bFailed to mount\b/,
    what: 'a mount failed',
    example: '[FAILED] Failed to mount boot.mount - /boot.',
  },
  {
    pattern: /\bDependency failed for .{0,200}(?:File Systems|\/boot|\/efi)/,
    what: 'a mount failed',
    example: '[DEPEND] Dependency failed for local-fs.target - Local File Systems.',
  },
  {
    pattern: /\bTimed out waiting for device\b/,
    what: 'a device that the image refers to is missing',
    example: '[ TIME ] Timed out waiting for device dev-disk-by\\x2dlabel-BOOT.device - /dev/disk/by-label/BOOT.',
  },
  {
    pattern: /\bFound ordering cycle\b|\bto break ordering cycle\b/,
    what: 'systemd found an ordering cycle',
    example: '[    7.310022] systemd[1]: sysinit.target: Found ordering cycle on local-fs.target/start',
  },
  {
    pattern: /\bYou are in (?:emergency|rescue) mode|\bEntering emergency mode/,
    what: 'the guest dropped into an emergency shell',
    example: 'You are in emergency mode. After logging in, type "journalctl -xb" to view',
  },
  {
    pattern: /\b(?:Emergency|Rescue) Mode\.?$|root password for maintenance/,
    what: 'the guest dropped into an emergency shell',
    example: 'Give root password for maintenance',
  },
  {
    pattern: /\bDropping to a shell|\bbuilt-in shell \(ash\)/,
    what: 'the initramfs dropped into a shell',
    example: 'BusyBox v1.36.1 (Ubuntu 1:1.36.1-6ubuntu3.1) built-in shell (ash)',
  },
  {
    pattern: /^-- console restarted --$/,
    what: 'the guest rebooted unexpectedly',
    example: '-- console restarted --',
  },
  {
    pattern: /systemd\[1\]: (?:Freezing execution|Caught <)|!!!!!!\] (?:Failed|Caught|Out)/,
    what: 'systemd itself failed',
    example: '[!!!!!!] Failed to load SELinux policy.',
  },
];

/** A fatal line, its meaning, and the lines around it. */
export interface FatalLine {
  readonly what: string;
  readonly line: string;
  readonly evidence: readonly string[];
}

const linesBefore = 6;
const linesAfter = 12;

/** The first fatal line of `fresh`; `earlier` are lines that came before. */
export function tryFindFatalLine(fresh: readonly string[], earlier: readonly string[] = []): FatalLine | undefined {
  for (const [index, line] of fresh.entries()) {
    const found = consolePatterns.find(({ pattern }) => pattern.test(line));
    if (found === undefined) continue;
    const before = [...earlier.slice(-linesBefore), ...fresh.slice(Math.max(0, index - linesBefore), index)].slice(
      -linesBefore,
    );
    return { what: found.what, line, evidence: [...before, ...fresh.slice(index, index + 1 + linesAfter)] };
  }
  return undefined;
}
