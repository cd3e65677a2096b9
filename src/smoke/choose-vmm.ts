import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/log.js';
import type { Vmm } from './machine.js';
import { proveKvm } from './prove-kvm.js';
import { createQemu, readQemuVersion, type QemuPorts } from './qemu.js';

export interface VmmRequest {
  readonly vmm: 'auto' | 'cloud-hypervisor' | 'qemu';
  readonly requireKvm: boolean;
  readonly kernel: string;
  /** `/dev/kvm` */
  readonly kvmDevice: string;
  readonly folder: string;
}

/** The VMM that is to boot the image, and one line of log that says why. @throws Failure where what is required is not there. */
export async function chooseVmm(request: VmmRequest, ports: QemuPorts & { readonly log: Log }): Promise<Vmm> {
  if (request.vmm === 'cloud-hypervisor') {
    throw new Failure('the smoke test cannot boot with Cloud Hypervisor yet', { mend: 'vmm: auto or vmm: qemu' });
  }
  const version = await readQemuVersion(ports.processes);
  const withKvm = createQemu('kvm', version, ports);
  const kvm = await proveKvm({ device: request.kvmDevice, vmm: withKvm, kernel: request.kernel, folder: request.folder }, ports);
  if (kvm.works) {
    ports.log.info(`smoke test with QEMU ${version} and KVM: the kernel printed its first line after ${kvm.firstLineMs} ms`);
    return withKvm;
  }
  if (request.requireKvm) {
    throw new Failure(`KVM is required and does not work here: ${kvm.reason}`, {
      mend: 'run on a machine with KVM, or allow the slow emulation with require-kvm: false',
    });
  }
  ports.log.info(`smoke test with QEMU ${version} without KVM: ${kvm.reason}`);
  ports.log.warn('no usable KVM: the smoke test boots in emulation, minutes instead of seconds, with one CPU, and reads back a sample of the image only');
  return createQemu('tcg', version, ports);
}
