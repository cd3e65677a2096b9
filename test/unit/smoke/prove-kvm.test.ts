import { expect, test } from '@jest/globals';
import { formatEnd } from '../../../src/smoke/prove-kvm.js';

test.each([
  [
    "QEMU did not start kvm-proof: qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.",
    '/dev/kvm opens, but the VMM gave up on it (its own check in kvm_buf_set_msrs failed)',
  ],
  [
    'QEMU did not start kvm-proof: Could not access KVM kernel module: No such file or directory',
    'QEMU did not start kvm-proof: Could not access KVM kernel module: No such file or directory',
  ],
])('%s', (words, reason) => {
  expect(formatEnd('/dev/kvm', words)).toBe(reason);
});
