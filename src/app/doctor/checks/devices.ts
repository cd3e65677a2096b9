import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Check } from '../check.js';
import type { Finding, Severity } from '../finding.js';

/** Whether this user can read and write a device. */
export type DeviceState = 'ok' | 'denied' | 'missing';

export const fuseCheck: Check = {
  name: '/dev/fuse',
  appliesTo: () => true,
  check: async () => [checkFuse(await readDeviceState('/dev/fuse'))],
};

export async function readDeviceState(path: string): Promise<DeviceState> {
  try {
    await access(path, constants.F_OK);
  } catch {
    return 'missing';
  }
  return access(path, constants.R_OK | constants.W_OK).then(
    () => 'ok' as const,
    () => 'denied' as const,
  );
}

export function checkFuse(device: DeviceState): Finding {
  return checkDevice('/dev/fuse', device, {
    severity: 'broken',
    effect: 'images cannot be edited without it',
    fix:
      'sudo apt-get install --no-install-recommends fuse3 && sudo modprobe fuse' +
      ' && sudo udevadm trigger --name-match=fuse',
  });
}

export function checkTun(device: DeviceState, severity: Severity): Finding {
  return checkDevice('/dev/net/tun', device, {
    severity,
    effect: 'VMs of Cloud Hypervisor have no network without it',
    fix: 'sudo modprobe tun && sudo udevadm trigger --name-match=net/tun',
  });
}

function checkDevice(
  name: string,
  device: DeviceState,
  { severity, effect, fix }: { readonly severity: Severity; readonly effect: string; readonly fix: string },
): Finding {
  switch (device) {
    case 'ok':
      return { name, state: 'ok', text: 'can be opened' };
    case 'denied':
      return { name, state: severity, text: `this user cannot open it: ${effect}`, fix };
    case 'missing':
      return { name, state: severity, text: `missing: ${effect}`, fix };
  }
}
