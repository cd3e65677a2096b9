import type { Processes } from './process/processes.js';

/** Set on every file by the kernel or a security module, so they are never copied. */
const ownedByMachine = /^(?:security\.(?:selinux|ima|evm|apparmor)|trusted\.)/;

/**
 * listxattr(2) on x86-64. Node has no API for it, and getfattr is rarely installed. Every Debian and Ubuntu has
 * perl-base.
 */
const program =
  String.raw`for (@ARGV) { my $names = "\0" x 65536; my $size = syscall(194, $_, $names, 65536);` +
  String.raw` print join("\t", $size > 0 ? split(/\0/, substr($names, 0, $size)) : ()), "\n"; }`;

/**
 * The names of the extended attributes of each file: capabilities, ACLs, those of users. Empty if they cannot be
 * read.
 */
export async function listAttributes(
  paths: readonly string[],
  { processes }: { readonly processes: Processes },
): Promise<readonly (readonly string[])[]> {
  if (paths.length === 0 || (await processes.tryFind('perl')) === undefined) return paths.map(() => []);
  const { stdout } = await processes.run({ argv: ['perl', '-e', program, '--', ...paths], timeoutMs: 30_000 });
  const lines = stdout.split('\n');
  return paths.map((_, index) =>
    (lines[index] ?? '').split('\t').filter((name) => name !== '' && !ownedByMachine.test(name)),
  );
}
