import { Failure } from '../../platform/errors.js';

/**
 * Output of libguestfs that shows why its appliance did not start. No fix makes the host's /boot readable for everyone.
 */
const causes: readonly { readonly pattern: RegExp; readonly message: string; readonly fix: string }[] = [
  {
    pattern: new RegExp(
      'Permission denied[^]*/boot/vmlinu|/boot/vmlinu[^]*Permission denied' +
        '|cannot find any suitable libguestfs supermin|failed to find a suitable kernel',
    ),
    message: 'libguestfs found no kernel that this user may read',
    fix:
      'give libguestfs a copy: sudo install -o "$USER" -m 0400 /boot/vmlinuz-$(uname -r) ~/vmlinuz, ' +
      'and set SUPERMIN_KERNEL=~/vmlinuz SUPERMIN_MODULES=/lib/modules/$(uname -r); or use driver mount',
  },
  {
    pattern: new RegExp(
      'qemu-system-x86_64[^]*(not found|No such file)' +
        '|cannot find a suitable qemu|qemu command line was wrong|LIBGUESTFS_HV',
    ),
    message: 'libguestfs found no QEMU',
    fix: 'sudo apt-get install --no-install-recommends qemu-system-x86',
  },
  {
    pattern: /Cannot allocate memory|cannot set up guest memory/,
    message: 'this machine has too little memory for the libguestfs appliance',
    fix: 'free 1 GB of memory, or use driver mount',
  },
  {
    pattern: /No space left on device/,
    message: 'the disk is full: the libguestfs appliance does not fit',
    fix: 'free space for the cache directory',
  },
];

export function applianceFailure(lines: readonly string[]): Failure {
  const text = lines.join('\n');
  const cause = causes.find(({ pattern }) => pattern.test(text));
  const evidence = lines.slice(-20);
  if (cause !== undefined) return new Failure(cause.message, { fix: cause.fix, evidence });
  return new Failure('the libguestfs appliance did not start', {
    fix: 'run libguestfs-test-tool to find the cause, or use driver mount',
    evidence,
  });
}
