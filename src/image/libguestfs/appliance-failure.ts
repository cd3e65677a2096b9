import { Failure } from '../../platform/errors.js';

/** Words of libguestfs that show why its appliance did not start, and what it is. Never is a host's /boot to be made readable to all. */
const causes: readonly { readonly pattern: RegExp; readonly message: string; readonly fix: string }[] = [
  {
    pattern:
      /Permission denied[^]*\/boot\/vmlinu|\/boot\/vmlinu[^]*Permission denied|cannot find any suitable libguestfs supermin[^]*|failed to find a suitable kernel/,
    message: 'libguestfs finds no kernel that this user may read',
    fix: 'give libguestfs a copy of your own: sudo install -o "$USER" -m 0400 /boot/vmlinuz-$(uname -r) ~/vmlinuz, and SUPERMIN_KERNEL=~/vmlinuz SUPERMIN_MODULES=/lib/modules/$(uname -r); or use driver mount',
  },
  {
    pattern:
      /qemu-system-x86_64[^]*(not found|No such file)|cannot find a suitable qemu|qemu command line was wrong|LIBGUESTFS_HV/,
    message: 'libguestfs finds no QEMU',
    fix: 'sudo apt-get install --no-install-recommends qemu-system-x86',
  },
  {
    pattern: /Cannot allocate memory|cannot set up guest memory/,
    message: 'this machine has too little memory for the appliance of libguestfs',
    fix: 'free a gigabyte, or use driver mount',
  },
  {
    pattern: /No space left on device/,
    message: 'the disk is full: the appliance of libguestfs does not fit',
    fix: 'make room for the cache directory',
  },
];

/** What kept the appliance from starting. */
export function applianceFailure(lines: readonly string[]): Failure {
  const text = lines.join('\n');
  const cause = causes.find(({ pattern }) => pattern.test(text));
  const evidence = lines.slice(-20);
  if (cause !== undefined) return new Failure(cause.message, { fix: cause.fix, evidence });
  return new Failure('the appliance of libguestfs did not start', {
    fix: 'libguestfs-test-tool says more; or use driver mount',
    evidence,
  });
}
