import { readFile, stat } from 'node:fs/promises';
import { release as kernelRelease, userInfo } from 'node:os';
import { isRoot } from '../../../platform/process/privilege-method.js';
import { isAtLeast, parseRelease } from '../../../vmm/cloud-hypervisor-release.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import type { Finding, Severity } from '../finding.js';
import { cloudHypervisorSeverity, tryFindCloudHypervisor } from './cloud-hypervisor.js';
import { readDeviceState, type DeviceState } from './devices.js';
import { proveOnVmms, type VmmProof } from './kvm-proof.js';

const appliesTo = ({ smoke }: DoctorRequest): boolean => smoke.enabled;

/** What smoke VMs need of the kernel and the CPU, with any VMM. */
export const kvmChecks: readonly Check[] = [
  { name: 'kernel', appliesTo, check: checkRunningKernel },
  {
    name: 'virtualization',
    appliesTo,
    check: async ({ smoke }) => [checkCpu(await readFile('/proc/cpuinfo', 'utf8'), kvmSeverity(smoke))],
  },
  { name: '/dev/kvm', appliesTo, check: checkKvmDevice },
];

interface KernelNeed {
  readonly min: string;
  readonly for: string;
  readonly severity: Severity;
}

/** QEMU exports images through FUSE in a user namespace: Linux 4.18. */
const qemuKernel: KernelNeed = { min: '4.18', for: 'FUSE in a user namespace', severity: 'broken' };
/** Cloud Hypervisor's own minimum since v34.0: its release notes. */
const vmmKernel: Omit<KernelNeed, 'severity'> = { min: '5.13', for: 'Cloud Hypervisor' };

async function checkRunningKernel({ smoke }: DoctorRequest, ports: DoctorPorts): Promise<readonly Finding[]> {
  const vmm = await tryFindCloudHypervisor(smoke, ports);
  const need = vmm === undefined ? qemuKernel : { ...vmmKernel, severity: cloudHypervisorSeverity(smoke) };
  return [checkKernel(kernelRelease(), need)];
}

function kvmSeverity({ requireKvm, vmm }: Pick<DoctorRequest['smoke'], 'requireKvm' | 'vmm'>): Severity {
  return requireKvm || vmm === 'cloud-hypervisor' ? 'broken' : 'warning';
}

/** @param release as `uname -r` prints it */
export function checkKernel(release: string, { min, for: purpose, severity }: KernelNeed): Finding {
  const name = 'kernel';
  const text = `Linux ${release}`;
  if (isAtLeast(parseRelease(release), min)) return { name, state: 'ok', text };
  return {
    name,
    state: severity,
    text: `${text}: ${purpose} needs ${min} or newer`,
    fix: 'sudo apt-get update && sudo apt-get full-upgrade && sudo reboot',
  };
}

/** @param cpuInfo /proc/cpuinfo */
export function checkCpu(cpuInfo: string, severity: Severity): Finding {
  const name = 'virtualization';
  const flag = /\b(vmx|svm)\b/.exec(cpuInfo)?.[1];
  if (flag !== undefined) return { name, state: 'ok', text: flag === 'vmx' ? 'VT-x (vmx)' : 'AMD-V (svm)' };
  return {
    name,
    state: severity,
    text: 'the CPU reports neither VT-x (vmx) nor AMD-V (svm)',
    fix: 'enable it in the firmware; in a VM, enable nested virtualization on its host',
  };
}

async function checkKvmDevice(request: DoctorRequest, ports: DoctorPorts): Promise<readonly Finding[]> {
  const severity = kvmSeverity(request.smoke);
  const device = await readDeviceState('/dev/kvm');
  if (device === 'missing') return [checkKvm(device, undefined, severity)];
  const proof = device === 'ok' && request.bootsOnKvm ? await proveOnVmms(request, ports) : undefined;
  const groups = checkGroups(await readGroups(device), severity);
  return [checkKvm(device, proof, severity, groups.fix), groups];
}

const emulated = 'smoke VMs are emulated and boot in about a minute';

/**
 * @param proof undefined if no guest was run
 * @param permit the command that lets this user open the device
 */
export function checkKvm(
  device: DeviceState,
  proof: VmmProof | undefined,
  severity: Severity,
  permit?: string,
): Finding {
  const name = '/dev/kvm';
  const fix = 'enable virtualization in the firmware, or use a bare-metal runner';
  switch (device) {
    case 'missing':
      return {
        name,
        state: severity,
        text: `missing: ${emulated}`,
        fix: `sudo modprobe kvm_intel || sudo modprobe kvm_amd   # or ${fix}`,
      };
    case 'denied':
      return { name, state: severity, text: `this user cannot open it: ${emulated}`, fix: permit };
    case 'ok': {
      if (proof === undefined) return { name, state: 'ok', text: 'can be opened; the smoke test shows if it runs VMs' };
      return proof.works
        ? { name, state: 'ok', text: `runs a guest in ${proof.vmm} (${Math.round(proof.elapsedMs)} ms)` }
        : {
            name,
            state: severity,
            text: `${proof.reason.replace('/dev/kvm is ', '').replace(/\.$/, '')}: ${emulated}`,
            fix,
          };
    }
  }
}

/** Who may open /dev/kvm, and the groups of this user. */
export interface GroupFacts {
  readonly device: Exclude<DeviceState, 'missing'>;
  readonly isRoot: boolean;
  /** The group of the device; undefined if it has no name. */
  readonly group: string | undefined;
  /** The permission bits of the device. */
  readonly mode: number;
  /**
   * Whether /etc/group lists this user in that group. A session that is older than the entry does not have the group.
   */
  readonly isListed: boolean;
}

async function readGroups(device: GroupFacts['device']): Promise<GroupFacts> {
  const { gid, mode } = await stat('/dev/kvm');
  const groups = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const [group, , , members = ''] = groups.find(([, , id]) => id === String(gid)) ?? [];
  return {
    device,
    isRoot: isRoot(),
    group,
    mode,
    isListed: members.split(',').includes(getUserName()),
  };
}

/** Empty for a user without a line in passwd(5). */
function getUserName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

const udevRule =
  `echo 'KERNEL=="kvm", GROUP="kvm", MODE="0660"' | sudo tee /etc/udev/rules.d/60-kvm.rules` +
  ' && sudo udevadm control --reload && sudo udevadm trigger --name-match=kvm' +
  ' && sudo usermod -aG kvm "$USER"   # then log in again';

export function checkGroups({ device, isRoot, group, mode, isListed }: GroupFacts, severity: Severity): Finding {
  const name = 'groups';
  const bits = (mode & 0o777).toString(8).padStart(4, '0');
  const permissions = `${group ?? 'no group'}, ${bits}`;
  if (device === 'ok')
    return { name, state: 'ok', text: isRoot ? 'root needs none' : `this user can open /dev/kvm (${permissions})` };
  if (group === undefined || group === 'root' || (mode & 0o060) !== 0o060)
    return { name, state: severity, text: `only root can open /dev/kvm (${permissions})`, fix: udevRule };
  if (isListed) {
    return {
      name,
      state: severity,
      text: `this user was added to ${group} after logging in`,
      fix: 'log in again; for a runner service: sudo ./svc.sh stop && sudo ./svc.sh start',
    };
  }
  return {
    name,
    state: severity,
    text: `this user is not in ${group}, the group of /dev/kvm`,
    fix: `sudo usermod -aG ${group} "$USER"   # then log in again`,
  };
}
