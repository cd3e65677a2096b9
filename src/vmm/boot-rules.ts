import { z } from 'zod';

/**
 * A kernel version, as part of a file name. Without `@`, which separates the suffix of a second version's files on a
 * host.
 */
export const kernelVersion = /^\d[A-Za-z0-9.+~_-]{0,99}$/;

/** x86-64 kernels accept 2048 bytes including a NUL: COMMAND_LINE_SIZE in Linux, arch/x86/include/asm/setup.h. */
export const maxCmdlineLength = 2047;

/**
 * Adds an argument of the kernel, such as `quiet` or `name=value`. One with that name stays as it is, and one that does
 * not fit is left out. The kernel passes what follows `--` to init.
 */
export function addArgument(cmdline: string, argument: string): string {
  const [own = '', ...forInit] = cmdline.split(/ (?=-- |--$)/);
  const [name] = argument.split('=', 1);
  if (own.split(' ').some((other) => other.split('=', 1)[0] === name)) return cmdline;
  const longer = [`${own} ${argument}`, ...forInit].join(' ');
  return longer.length > maxCmdlineLength ? cmdline : longer;
}

/** The arguments of a kernel. No leading dash: the VMM would read it as an option. */
export const cmdlineText = z
  .string()
  .max(maxCmdlineLength)
  .regex(/^[!-,.-~][ -~]*$/, 'must be printable ASCII characters and must not start with a dash or a space');
