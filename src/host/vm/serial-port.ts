import { constants, type Stats } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { ifPresent } from '../../platform/fs/files.js';
import { handlePath } from '../../platform/fs/handle-path.js';
import { openPathOnly } from '../../platform/fs/owned-directory.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';

/**
 * How the VMM is started with a serial port that has a log and takes input, without a process beside it.
 *
 * Cloud Hypervisor's own ways have one of the two: `file=` takes no input and forgets what was before a reboot of the
 * guest, `socket=` and `pty` write no log. A socket also makes a reboot under Landlock fail (EADDRINUSE: it may not
 * remove its socket). So the port is `tty`: output goes to standard output, which is the log, opened for appending, and
 * input comes from standard input, which must be a terminal. That is the master of a pseudo terminal here, so that what
 * `vm console` writes to its other end is what the guest reads. The VMM keeps both ends open, over every reboot, and
 * opens nothing that Landlock would have to allow.
 */

/** The VMM's file descriptor for the end that `vm console` opens. */
const terminalFd = 3;

/**
 * A Perl program that becomes the command in its arguments. The numbers are those of TIOCSPTLCK and TIOCGPTPEER in
 * ioctl_tty(2): the peer is of this pair, wherever /dev/pts is mounted. Without pseudo terminals, the VM still starts.
 */
export const connectSerialPort = `
use strict; use Fcntl; use POSIX ();
my $master;
eval {
  sysopen($master, '/dev/ptmx', O_RDWR | O_NOCTTY) or die "/dev/ptmx: $!\\n";
  ioctl($master, 0x40045431, my $unlocked = pack('i', 0)) or die "TIOCSPTLCK: $!\\n";
  my $peer = ioctl($master, 0x5441, O_RDWR | O_NOCTTY) or die "TIOCGPTPEER: $!\\n";
  my $raw = POSIX::Termios->new;
  $raw->getattr($peer) or die "tcgetattr: $!\\n";
  $raw->setiflag(0); $raw->setoflag(0); $raw->setlflag(0);
  $raw->setattr($peer, POSIX::TCSANOW()) or die "tcsetattr: $!\\n";
  defined POSIX::dup2(fileno($master), 0) or die "dup2: $!\\n";
  defined POSIX::dup2($peer, ${terminalFd}) or die "dup2: $!\\n";
  POSIX::close($peer) if $peer != ${terminalFd};
  1;
} or warn "the VM has no console: $@";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\\n";
`.trim();

/** Opens the end of the VMM's pseudo terminal that is for us; undefined if it has none. */
export async function tryOpenPort(vmm: ProcessIdentity): Promise<FileHandle | undefined> {
  await using named = await tryNamePort(vmm);
  if (named === undefined) return undefined;
  return await open(handlePath(named), constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
}

/** Such as `/dev/pts/3`; undefined if the VMM has no pseudo terminal. */
export async function tryReadPortPath(vmm: ProcessIdentity): Promise<string | undefined> {
  await using named = await tryNamePort(vmm);
  return named === undefined ? undefined : await readlink(handlePath(named));
}

/** The VMM decides what is at that number. So it is checked before it is opened. */
async function tryNamePort(vmm: ProcessIdentity): Promise<FileHandle | undefined> {
  const named = await ifPresent(open(`/proc/${vmm.pid}/fd/${terminalFd}`, openPathOnly));
  if (named === undefined) return undefined;
  if (isOwnTerminal(await named.stat()) && (await isAlive(vmm))) return named;
  await named.close();
  return undefined;
}

/** Whether it is a pseudo terminal that this user has created: the numbers are those of Unix98 PTY slaves. */
function isOwnTerminal(stats: Stats): boolean {
  const major = (stats.rdev >> 8) & 0xfff;
  return stats.isCharacterDevice() && major >= 136 && major <= 143 && stats.uid === process.geteuid?.();
}
