import { isAtLeast, parseRelease } from '../../vmm/cloud-hypervisor-release.js';
import type { KvmProof } from '../../smoke/prove-kvm.js';
import type { Finding } from './finding.js';

/*
 * What the doctor says of what was read of this machine: pure. `worst` is what a line is at its worst: of what only makes
 * smoke VMs slow, a warning.
 */

type Worst = Exclude<Finding['state'], 'ok'>;
type OpenState = 'ok' | 'denied' | 'missing';

export function judgeMachine(platform: string, architecture: string): Finding {
  const name = 'machine';
  if (platform === 'linux' && architecture === 'x64') return { name, state: 'ok', text: 'Linux on x86-64' };
  return {
    name,
    state: 'broken',
    text: `${platform} on ${architecture}`,
    fix: 'use a Linux machine with an x86-64 CPU',
  };
}

/** @param release as `uname -r` says it */
export function judgeKernel(
  release: string,
  need: { readonly min: string; readonly for: string; readonly worst: Worst },
): Finding {
  const name = 'kernel';
  const text = `Linux ${release}`;
  if (isAtLeast(parseRelease(release), need.min)) return { name, state: 'ok', text };
  return {
    name,
    state: need.worst,
    text: `${text}: ${need.for} needs ${need.min}`,
    fix: 'sudo apt-get update && sudo apt-get full-upgrade && sudo reboot',
  };
}

/** @param cpuInfo /proc/cpuinfo */
export function judgeCpu(cpuInfo: string, worst: Worst): Finding {
  const name = 'virtualization';
  const flag = /\b(vmx|svm)\b/.exec(cpuInfo)?.[1];
  if (flag !== undefined) return { name, state: 'ok', text: flag === 'vmx' ? 'VT-x (vmx)' : 'AMD-V (svm)' };
  return {
    name,
    state: worst,
    text: 'the CPU shows neither VT-x (vmx) nor AMD-V (svm)',
    fix: 'enable it in the firmware; in a VM, enable nested virtualization on its host',
  };
}

const slow = 'smoke VMs are emulated and boot in about a minute';

/**
 * @param proof undefined where no guest was run
 * @param permit what lets this user open it
 */
export function judgeKvm(open: OpenState, proof: KvmProof | undefined, worst: Worst, permit?: string): Finding {
  const name = '/dev/kvm';
  const fix = 'enable virtualization in the firmware, or use a bare-metal runner';
  switch (open) {
    case 'missing':
      return {
        name,
        state: worst,
        text: `is not there: ${slow}`,
        fix: `sudo modprobe kvm_intel || sudo modprobe kvm_amd   # or ${fix}`,
      };
    case 'denied':
      return {
        name,
        state: worst,
        text: `this user may not open it: ${slow}`,
        ...(permit === undefined ? {} : { fix: permit }),
      };
    case 'ok': {
      if (proof === undefined)
        return { name, state: 'ok', text: 'opens; the smoke boot proves whether it runs a guest' };
      return proof.works
        ? { name, state: 'ok', text: `runs a guest: its first line came after ${proof.firstLineMs} ms` }
        : { name, state: worst, text: `${proof.reason.replace(/\.$/, '')}: ${slow}`, fix };
    }
  }
}

/** Who may open /dev/kvm, and who we are. */
export interface GroupFacts {
  readonly open: 'ok' | 'denied';
  readonly isRoot: boolean;
  /** The device's group; undefined where the system has no name for it. */
  readonly group: string | undefined;
  /** The permission bits of the device. */
  readonly mode: number;
  /** Whether /etc/group has this user in that group: a session that is older does not. */
  readonly isListed: boolean;
}

const udevRule =
  `echo 'KERNEL=="kvm", GROUP="kvm", MODE="0660"' | sudo tee /etc/udev/rules.d/60-kvm.rules` +
  ' && sudo udevadm control --reload && sudo udevadm trigger --name-match=kvm && sudo usermod -aG kvm "$USER"   # then log in again';

export function judgeGroups({ open, isRoot, group, mode, isListed }: GroupFacts, worst: Worst): Finding {
  const name = 'groups';
  const bits = (mode & 0o777).toString(8).padStart(4, '0');
  if (open === 'ok')
    return {
      name,
      state: 'ok',
      text: isRoot ? 'root needs none' : `this user may open /dev/kvm (${group ?? 'no group'}, ${bits})`,
    };
  if (group === undefined || group === 'root' || (mode & 0o060) !== 0o060) {
    return {
      name,
      state: worst,
      text: `no group but root may open /dev/kvm (${group ?? 'no group'}, ${bits})`,
      fix: udevRule,
    };
  }
  if (isListed) {
    return {
      name,
      state: worst,
      text: `this user is in ${group}, but this session began before`,
      fix: 'log in again; for a runner that is a service: sudo ./svc.sh stop && sudo ./svc.sh start',
    };
  }
  return {
    name,
    state: worst,
    text: `this user is not in ${group}, which may open /dev/kvm`,
    fix: `sudo usermod -aG ${group} "$USER"   # then log in again`,
  };
}

export function judgeFuse(open: OpenState): Finding {
  const fix =
    'sudo apt-get install --no-install-recommends fuse3 && sudo modprobe fuse && sudo udevadm trigger --name-match=fuse';
  return judgeDevice('/dev/fuse', open, { worst: 'broken', without: 'images cannot be edited without it', fix });
}

export function judgeTun(open: OpenState, worst: Worst): Finding {
  return judgeDevice('/dev/net/tun', open, {
    worst,
    without: "Cloud Hypervisor's VMs have no network without it",
    fix: 'sudo modprobe tun && sudo udevadm trigger --name-match=net/tun',
  });
}

function judgeDevice(
  name: string,
  open: OpenState,
  { worst, without, fix }: { readonly worst: Worst; readonly without: string; readonly fix: string },
): Finding {
  switch (open) {
    case 'ok':
      return { name, state: 'ok', text: 'opens' };
    case 'denied':
      return { name, state: worst, text: `this user may not open it: ${without}`, fix };
    case 'missing':
      return { name, state: worst, text: `is not there: ${without}`, fix };
  }
}
