import { Failure, ToolError } from '../errors.js';
import type { DirectoryIdentity } from '../fs/owned-directory.js';
import type { ProcessIdentity } from './process-identity.js';
import type { Processes } from './processes.js';

/**
 * Node has no pidfd. While one is open, its process id is not reused, so the process that is checked is the one that
 * gets the signal. The numbers are those of pidfd_open(2) and pidfd_send_signal(2), the same on every architecture but
 * alpha.
 */
const program = `
my ($pid, $ticks, $dev, $ino, $signal) = @ARGV;
my $fd = syscall(434, $pid + 0, 0);
if ($fd < 0) { exit 3 if $!{ESRCH}; die "pidfd_open: $!\\n"; }
open(my $file, '<', "/proc/$pid/stat") or exit 3;
my $stat = do { local $/; <$file> };
exit 3 unless defined $stat;
my @fields = split ' ', substr($stat, rindex($stat, ')') + 2);
exit 3 if $fields[0] eq 'Z' or $fields[19] ne $ticks;
my @cwd = stat("/proc/$pid/cwd");
die "/proc/$pid/cwd: $!\\n" unless @cwd;
exit 4 unless $cwd[0] eq $dev and $cwd[1] eq $ino;
exit 0 if syscall(424, $fd, $signal + 0, 0, 0) == 0;
exit 3 if $!{ESRCH};
die "pidfd_send_signal: $!\\n";
`.trim();

const exitCodes = { gone: 3, elsewhere: 4 } as const;

export interface SignalRequest {
  readonly identity: ProcessIdentity;
  /** The working directory of the process. */
  readonly directory: DirectoryIdentity;
  /** Such as 9 for SIGKILL. */
  readonly signal: number;
}

interface Ports {
  readonly processes: Processes;
}

/**
 * Sends a signal to a process after checking its identity through a pidfd, also after a cancel. Returns false if the
 * process has ended.
 * @throws Failure if its working directory is different, or its identity cannot be checked
 */
export async function signalProcess(
  { identity, directory: { dev, ino }, signal }: SignalRequest,
  { processes }: Ports,
): Promise<boolean> {
  const { pid, startTicks } = identity;
  try {
    const args = [pid, startTicks, dev, ino, signal].map(String);
    await processes.run({ argv: ['perl', '-e', program, '--', ...args], timeoutMs: 30_000, evenAfterCancel: true });
    return true;
  } catch (error) {
    if (error instanceof ToolError && error.exitCode === exitCodes.gone) return false;
    const reason = error instanceof ToolError ? error.evidence.at(-1) : undefined;
    if (error instanceof ToolError && error.exitCode === exitCodes.elsewhere) {
      throw new Failure(`process ${pid} was not signaled: its working directory is not the expected one`, {
        cause: error,
      });
    }
    throw new Failure(
      `process ${pid} was not signaled: its identity cannot be verified${reason === undefined ? '' : `: ${reason}`}`,
      {
        fix: `check what it is, then: kill -${signal} ${pid}`,
        cause: error,
      },
    );
  }
}
