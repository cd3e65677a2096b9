import { z } from 'zod';

/** A kernel's version, as part of a file name. No `@` in it: on a host, what follows one tells versions apart. */
export const kernelVersion = /^\d[A-Za-z0-9.+~_-]{0,99}$/;

/** x86-64 kernels take 2048 bytes, the last of them a NUL: COMMAND_LINE_SIZE in Linux, arch/x86/include/asm/setup.h. */
export const longestCmdline = 2047;

/** The arguments of a kernel. They do not begin with a dash: the VMM would take them for an option. */
export const cmdlineText = z
  .string()
  .max(longestCmdline)
  .regex(/^[!-,.-~][ -~]*$/, 'not printable ASCII characters that begin with a word');
