/** A kernel's version, as part of a file name. No `@` in it: on a host, what follows one tells versions apart. */
export const kernelVersion = /^\d[A-Za-z0-9.+~_-]{0,99}$/;

/** x86-64 kernels take 2048 bytes, the last of them a NUL: COMMAND_LINE_SIZE in Linux, arch/x86/include/asm/setup.h. */
export const longestCmdline = 2047;

/** Printable ASCII. It does not begin with a dash: the VMM would take it for an option. */
export const cmdlineCharacters = /^[!-,.-~][ -~]*$/;

/** True for a text that can be the arguments of a kernel. */
export function isCmdline(text: string): boolean {
  return text.length <= longestCmdline && cmdlineCharacters.test(text);
}
