/** A kernel's version, as part of a file name. No `@` in it: on a host, what follows one tells versions apart. */
export const kernelVersion = /^\d[A-Za-z0-9.+~_-]{0,99}$/;

/** x86-64 kernels take 2048 bytes, the last of them a NUL: COMMAND_LINE_SIZE in Linux, arch/x86/include/asm/setup.h. */
export const longestCmdline = 2047;

/** Printable ASCII. It does not begin with a dash: the VMM would take it for an option. */
export const cmdlineCharacters = /^[!-,.-~][ -~]*$/;

/** Why a text cannot be the arguments of a kernel; undefined if it can. */
export function findCmdlineProblem(cmdline: string): string | undefined {
  if (cmdline.length > longestCmdline) return `longer than ${longestCmdline} characters`;
  return cmdlineCharacters.test(cmdline) ? undefined : 'not printable ASCII characters that begin with a word';
}
