import { expect, test } from '@jest/globals';
import { formatVmmError } from '../../../src/smoke/prove-kvm.js';

test.each([
  [
    'QEMU failed to start kvm-proof: qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: ' +
      "kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.",
    '/dev/kvm is not usable: the VMM failed an assertion in kvm_buf_set_msrs',
  ],
  [
    'QEMU failed to start kvm-proof: Could not access KVM kernel module: No such file or directory',
    'QEMU failed to start kvm-proof: Could not access KVM kernel module: No such file or directory',
  ],
])('%s', (words, reason) => {
  expect(formatVmmError('/dev/kvm', words)).toBe(reason);
});
