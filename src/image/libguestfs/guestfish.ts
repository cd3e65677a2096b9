import { partitionsOf, type Guest } from '../../disk/open-guest.js';
import { Failure } from '../../platform/errors.js';

/** Printed when the appliance runs. */
export const launchedMark = 'ch-golden: launched';

export interface SessionCommands {
  readonly guest: Guest;
  /** Files of this machine and where in the guest they are to be. */
  readonly uploads: readonly { readonly from: string; readonly to: string }[];
  /** A directory of the guest that is made first, and removed with all in it at the end. */
  readonly directory: string;
  /** A shell command, run in the guest. */
  readonly command: string;
  /** A file of the guest, and where on this machine it is to be. */
  readonly download?: { readonly from: string; readonly to: string };
}

/** Commands of guestfish(1) for one session, a line each. `!` and `|` would be run on this machine: every word is quoted. */
export function formatSession({ guest, uploads, directory, command, download }: SessionCommands): string {
  const commands = [
    ['run'],
    ['echo', launchedMark],
    // A filesystem may say that an error is to stop the machine: `errors=` overrules it.
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
  return commands.map((words) => `${words.map(quoteWord).join(' ')}\n`).join('');
}

/** A word in double quotes, where only backslashes have a meaning. @throws Failure for a NUL, which no word can have */
export function quoteWord(word: string): string {
  if (/^[a-z][a-z-]*$/.test(word)) return word;
  if (word.includes('\0')) throw new Failure('guestfish takes no word with a NUL in it');
  const escaped = [...Buffer.from(word, 'utf8')].map((byte) =>
    /[A-Za-z0-9 _./:=,@%+-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.join('')}"`;
}
