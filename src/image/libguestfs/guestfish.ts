import { partitionsOf, type Guest } from '../../disk/open-guest.js';
import { Failure } from '../../platform/errors.js';

/** Printed once the appliance runs. */
export const launchedMark = 'ch-golden: launched';

export interface SessionCommands {
  readonly guest: Guest;
  /** Local files, and their paths in the guest. */
  readonly uploads: readonly { readonly from: string; readonly to: string }[];
  /** A directory of the guest that is created first, and removed with its contents at the end. */
  readonly directory: string;
  /** A shell command, run in the guest. */
  readonly command: string;
  /** A file of the guest, and its local path. */
  readonly download?: { readonly from: string; readonly to: string } | undefined;
}

/**
 * Commands of guestfish(1) for one session, a line each. All arguments are quoted, because `!` and `|` run commands on
 * this machine.
 */
export function formatSession({ guest, uploads, directory, command, download }: SessionCommands): string {
  const commands = [
    ['run'],
    ['echo', launchedMark],
    // `errors=` overrides a filesystem's own setting, which could panic the appliance.
    ...partitionsOf(guest).map(({ partition, mount }) => [
      'mount-options',
      'noatime,errors=remount-ro',
      `/dev/sda${partition.number}`,
      mount.path,
    ]),
    ['mkdir-p', directory],
    ['chmod', '0700', directory],
    ...uploads.map(({ from, to }) => ['upload', from, to]),
    ['sh', command],
    ...(download === undefined ? [] : [['download', download.from, download.to]]),
    ['rm-rf', directory],
    ['umount-all'],
    ['shutdown'],
  ];
  return commands.map((command) => `${command.map(quoteArgument).join(' ')}\n`).join('');
}

/**
 * Quotes an argument: in double quotes only backslashes are special.
 * @throws Failure for a NUL, which no argument can have
 */
export function quoteArgument(argument: string): string {
  if (/^[a-z][a-z-]*$/.test(argument)) return argument;
  if (argument.includes('\0')) throw new Failure('guestfish arguments cannot contain NUL');
  const escaped = [...Buffer.from(argument, 'utf8')].map((byte) =>
    /[A-Za-z0-9 _./:=,@%+-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.join('')}"`;
}
